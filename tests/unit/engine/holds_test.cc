// P3: a hold stops the executing thread while its cause lasts; nothing is cancelled, nothing is recorded.
#include "engine_rig.h"
#include "eventlog/codec.h"

namespace sluice::engine {
namespace {

using eventlog::StreamKind;
using test::CmdFeed;
using test::eventually;

TEST(HoldSet, NamesThoseThatAreOn) {
  Holds holds;
  EXPECT_EQ(holds.names(), std::vector<std::string_view>{"starting"});
  holds.set(Hold::kStarting, false);
  EXPECT_FALSE(holds.any());
  holds.set(Hold::kLogFull, true);
  holds.set(Hold::kClockStep, true);
  EXPECT_EQ(holds.names(), (std::vector<std::string_view>{"clock_step", "log_full"}));
  holds.set(Hold::kClockStep, false);
  EXPECT_TRUE(holds.has(Hold::kLogFull));
  EXPECT_FALSE(holds.has(Hold::kClockStep));
}

class P3 : public testing::Test {
 protected:
  P3() {
    rig_.start();
    rig_.feed.orders({CmdFeed::order(AccountId{1}, "resting")});
    rig_.settle();
    executed_ = rig_.executed();
    recorded_ = rig_.messages(StreamKind::kEvent);
  }
  /// The cause is gone: everything in CMD is executed, each message has one answer, and nothing else was written.
  void expect_resumed(std::uint64_t frames_while_held) {
    rig_.settle();
    EXPECT_TRUE(eventually([&] { return !rig_.status().holds.any(); }));
    EXPECT_EQ(rig_.executed(), executed_ + frames_while_held);
    EXPECT_EQ(rig_.messages(StreamKind::kEvent), recorded_ + frames_while_held);
    EXPECT_TRUE(rig_.kills().empty());
    EXPECT_TRUE(rig_.stop().ok());
  }

  test::EngineRig rig_;
  std::uint64_t executed_ = 0;
  std::uint64_t recorded_ = 0;
};

TEST_F(P3, ALostLogHolds) {
  rig_.log.set_available(false);
  rig_.expect_hold(Hold::kLogLost);
  rig_.log.set_available(true);
  rig_.expect_hold(Hold::kLogLost, false);
  rig_.feed.orders({CmdFeed::order(AccountId{1}, "later")});
  expect_resumed(1);
}

TEST_F(P3, AnOverdueAcknowledgementHolds) {
  rig_.log.hold_acks(true);
  const std::vector<std::byte> frame = eventlog::encode_frame(rig_.feed.genesis(), {WriterId{5}, 0, 1},
                                                              std::vector{CmdFeed::order(AccountId{1}, "first")}, {});
  rig_.log.inject({StreamKind::kCommand, ShardId{0}}, FrameClass::kOrders, frame);
  rig_.expect_hold(Hold::kAckOverdue);
  EXPECT_EQ(rig_.executed(), executed_ + 1) << "what was decided before the hold stands";
  for (int i = 0; i < 5; ++i) rig_.log.inject({StreamKind::kCommand, ShardId{0}}, FrameClass::kOrders, frame);
  EXPECT_TRUE(eventually([&] { return rig_.status().cmd_read.load() == executed_ + 6; })) << "the reader goes on";
  EXPECT_EQ(rig_.executed(), executed_ + 1) << "a command was taken during a hold";
  rig_.log.hold_acks(false);
  expect_resumed(6);
}

TEST_F(P3, FramesThatAreNotDeliveredHold) {
  rig_.log.withhold_messages(true);
  rig_.feed.orders({CmdFeed::order(AccountId{1}, "unseen")});
  rig_.expect_hold(Hold::kNotDelivered);
  EXPECT_EQ(rig_.executed(), executed_);
  rig_.log.withhold_messages(false);
  expect_resumed(1);
}

TEST_F(P3, AFrameFromTheFutureHoldsUntilOurClockHasComeNear) {
  test::set_broker_ahead(Nanos{2'300 * kNanosPerMilli});
  rig_.feed.orders({CmdFeed::order(AccountId{1}, "future")});
  rig_.expect_hold(Hold::kClockStep);
  EXPECT_EQ(rig_.executed(), executed_);
  test::set_broker_ahead(Nanos{0});
  expect_resumed(1);
}

TEST_F(P3, AFullEventLogHoldsAndKeepsWhatIsDecided) {
  rig_.log.set_bytes_max({StreamKind::kEvent, ShardId{0}}, 1);
  rig_.feed.orders({CmdFeed::order(AccountId{1}, "full")});
  rig_.expect_hold(Hold::kLogFull);
  rig_.log.set_bytes_max({StreamKind::kEvent, ShardId{0}}, 1u << 20);
  expect_resumed(1);
}

TEST_F(P3, P5AKillIsTakenDuringAHold) {
  rig_.log.set_available(false);
  rig_.expect_hold(Hold::kLogLost);
  const core::LatchedKill kill{CmdFeed::kill(KillScope::kAccount, "A"), *Principal::from("alice")};
  ASSERT_TRUE(rig_.engine().latch().store(kill));
  rig_.engine().executor_bell().ring();
  EXPECT_TRUE(eventually([&] { return rig_.status().kills.load() == 1; }));
  rig_.log.set_available(true);
  EXPECT_TRUE(eventually([&] { return rig_.messages(StreamKind::kEvent) == recorded_ + 1; }));
  ASSERT_EQ(rig_.kills().size(), 1u);
  EXPECT_EQ(rig_.kills().front().orders_cancelled, 1u);
  EXPECT_EQ(rig_.executed(), executed_);
}

}  // namespace
}  // namespace sluice::engine
