// The query process dies around a batch: its read models and their checkpoint move together or not at all.
#include "crash/crash_rig.h"

namespace sluice::test {
namespace {

class QueryCrash : public testing::Test {
 protected:
  void die_at(const std::string& failpoint) {
    rig_.arm("query", failpoint);
    rig_.start_flow();
    rig_.expect_crash_and_restart("query");
    rig_.flow_goes_on();
    rig_.expect_all_agree();
  }
  CrashRig rig_;
};

TEST_F(QueryCrash, BeforeTheBatchItIsProjectedAfterTheRestart) { die_at("projector_before_batch:10"); }
TEST_F(QueryCrash, BatchWrittenNotAnnouncedIsNotProjectedTwice) { die_at("projector_batch_written:10"); }

}  // namespace
}  // namespace sluice::test
