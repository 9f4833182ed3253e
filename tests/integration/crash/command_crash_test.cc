// The command service dies between a client's command and its answer. Whatever the log took stands, nothing stands
// twice.
#include "crash/crash_rig.h"

namespace sluice::test {
namespace {

class CommandCrash : public testing::Test {
 protected:
  void die_at(const std::string& failpoint) {
    rig_.arm("command", failpoint);
    rig_.start_flow();
    rig_.expect_crash_and_restart("command");
    rig_.flow_goes_on();
    rig_.end_flow();
    EXPECT_GT(rig_.totals().resent, 0u) << "nothing was unclear: the crash came at no command's cost";
    rig_.expect_all_agree();
  }
  CrashRig rig_;
};

TEST_F(CommandCrash, BeforePublishNothingIsLoggedAndTheClientAsksAgain) { die_at("command_before_publish:20"); }
TEST_F(CommandCrash, PublishedNotAcknowledgedIsExecutedOnce) { die_at("command_published:20"); }
TEST_F(CommandCrash, AcknowledgedNotAnsweredIsExecutedOnce) { die_at("command_acknowledged:20"); }

}  // namespace
}  // namespace sluice::test
