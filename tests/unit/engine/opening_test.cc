// P4: what a starting engine does before it executes anything.
#include "engine_rig.h"

namespace sluice::engine {
namespace {

using test::CmdFeed;
using test::eventually;

class Opening : public testing::Test {
 protected:
  std::filesystem::path file() const { return rig_.data_dir() / "emergency.kills"; }
  void leave_in_file(const EngageKillSwitch& kill) {
    EmergencyFile left(file());
    ASSERT_TRUE(left.load().ok());
    ASSERT_TRUE(left.add({kill, *Principal::from("alice")}).ok());
  }
  void start_and_stop() {
    rig_.start();
    rig_.settle();
    ASSERT_TRUE(rig_.stop().ok());
  }
  std::map<RejectReason, int> reasons() {
    std::map<RejectReason, int> counts;
    for (const auto& [id, outcome] : rig_.outcomes()) {
      if ((outcome.key_owner >> 63) == 0) ++counts[outcome.reason];
    }
    return counts;
  }

  test::EngineRig rig_;
  const EngageKillSwitch kill_a_ = CmdFeed::kill(KillScope::kAccount, "A");
};

TEST_F(Opening, AKillInTheUnreadLogIsLatchedBeforeEarlierUnreadOrders) {
  start_and_stop();
  for (int i = 0; i < 10; ++i)
    rig_.feed.orders(
        {CmdFeed::order(AccountId{1}, "a" + std::to_string(i)), CmdFeed::order(AccountId{2}, "b" + std::to_string(i))});
  rig_.feed.control(FrameClass::kControl, kill_a_);
  start_and_stop();
  EXPECT_EQ(reasons()[RejectReason::kKilled], 10);
  EXPECT_EQ(reasons()[RejectReason::kNone], 10);
  ASSERT_EQ(rig_.kills().size(), 1u) << "the command in the log is the second one to say so";
  EXPECT_EQ(rig_.kills().front().source, KillSource::kLatch);
}

TEST_F(Opening, AKillInTheEmergencyFileIsEngagedAndTakenOut) {
  rig_.feed.orders({CmdFeed::order(AccountId{1}, "a")});
  std::filesystem::create_directories(rig_.data_dir());
  leave_in_file(kill_a_);
  rig_.start();
  rig_.settle();
  EXPECT_TRUE(eventually([&] { return rig_.engine().emergency().kills().empty(); }));
  ASSERT_EQ(rig_.kills().size(), 1u);
  EXPECT_EQ(rig_.kills().front().by.view(), "alice");
  EXPECT_EQ(reasons()[RejectReason::kKilled], 1);
}

TEST_F(Opening, AKillThatIsRecordedAlreadyLeavesTheFileAndIsNotRecordedAgain) {
  rig_.feed.control(FrameClass::kControl, kill_a_);
  start_and_stop();
  leave_in_file(kill_a_);
  rig_.start();
  EXPECT_TRUE(eventually([&] { return rig_.engine().emergency().kills().empty(); }));
  rig_.settle();
  EXPECT_EQ(rig_.kills().size(), 1u);
}

TEST_F(Opening, AKillWhoseLatchCameAfterItsEventLeavesTheFile) {
  rig_.start();
  rig_.feed.control(FrameClass::kControl, kill_a_);
  rig_.settle();
  ASSERT_TRUE(rig_.engine().emergency().add({kill_a_, *Principal::from("alice")}).ok());
  EXPECT_TRUE(eventually([&] { return rig_.engine().emergency().kills().empty(); }));
}

TEST_F(Opening, AKillSurvivesAnyNumberOfRestarts) {
  rig_.feed.control(FrameClass::kControl, kill_a_);
  for (int i = 0; i < 3; ++i) {
    rig_.feed.orders({CmdFeed::order(AccountId{1}, "a" + std::to_string(i))});
    start_and_stop();
  }
  EXPECT_EQ(reasons()[RejectReason::kKilled], 3);
  EXPECT_EQ(rig_.kills().size(), 1u);
}

TEST_F(Opening, ADamagedEmergencyFileStopsTheEngine) {
  std::filesystem::create_directories(rig_.data_dir());
  leave_in_file(kill_a_);
  std::filesystem::resize_file(file(), std::filesystem::file_size(file()) + 64);  // zeros: no torn write looks so
  rig_.start();
  const Status ended = rig_.ended();
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace sluice::engine
