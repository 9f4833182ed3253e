// What an engine measures of itself, as the aggregator sees it.
#include <gtest/gtest.h>

#include "engine_rig.h"
#include "eventlog/codec.h"
#include "runtime/clock.h"
#include "telemetry/aggregator.h"

namespace sluice::engine {
namespace {

using eventlog::StreamKind;
using telemetry::Stage;
using telemetry::Summary;
using test::CmdFeed;
using test::eventually;

class Measures : public testing::Test {
 protected:
  Measures() {
    rig_.options().hold_after = Nanos{60 * kNanosPerSecond};
    rig_.options().frame_slots = 64;
    rig_.options().answer_slots = 16;
  }
  /// Everything recorded so far.
  Summary of(Stage stage) {
    aggregator_.drain();
    aggregator_.roll();
    return aggregator_.total_summary(stage);
  }
  /// Those of a frame come after it is handed over, the backlog last; every message but the genesis is one.
  void wait_for_records() {
    ASSERT_TRUE(eventually([&] { return of(Stage::kQueueBacklog).samples == rig_.executed() - 1; }));
  }
  test::EngineRig rig_;
  telemetry::Aggregator aggregator_{rig_.spans()};
};

TEST_F(Measures, AFramesStagesCountForItsCommands) {
  rig_.start();
  rig_.settle();
  wait_for_records();
  const std::uint64_t before = of(Stage::kDecide).count;
  std::vector<OrderCommand> orders;
  for (int i = 0; i < 7; ++i) orders.push_back(CmdFeed::order(AccountId{1}, "o" + std::to_string(i)));
  rig_.feed.orders(orders);
  rig_.settle();
  wait_for_records();
  EXPECT_EQ(of(Stage::kDecide).count, before + 7);
  EXPECT_EQ(of(Stage::kHandle).count, before + 7);
  EXPECT_GE(of(Stage::kHandle).max, of(Stage::kDecide).min) << "waiting included, and not divided";
  EXPECT_TRUE(eventually([&] { return of(Stage::kRecovery).samples == 1; })) << "from the start on";
  EXPECT_EQ(of(Stage::kStall).samples, 0u);
  EXPECT_TRUE(eventually([&] { return of(Stage::kPublish).samples == of(Stage::kQueueBacklog).samples; }))
      << "one answer for each frame";
  EXPECT_TRUE(rig_.stop().ok());
}

TEST_F(Measures, AThreadThatDoesNothingThoughAFrameWaitsIsAStall) {
  const telemetry::InFlight& publishing = rig_.spans().follow(Stage::kPublish);
  const auto unacknowledged = [&] { return publishing.older_than(Nanos{}, runtime::steady_now()); };
  rig_.start();
  rig_.settle();
  EXPECT_TRUE(eventually([&] { return unacknowledged().count == 0; }));
  rig_.log.hold_acks(true);
  for (std::uint64_t batch = 1; batch <= 150; ++batch) {
    const auto frame =
        eventlog::encode_frame(rig_.feed.genesis(), {WriterId{5}, 0, batch},
                               std::vector{CmdFeed::order(AccountId{1}, "w" + std::to_string(batch))}, {});
    rig_.log.inject({StreamKind::kCommand, ShardId{0}}, FrameClass::kOrders, frame);
  }
  // No room for answers: the executing thread stands still, and nothing holds it.
  EXPECT_TRUE(eventually([&] { return rig_.status().cmd_read.load() > rig_.executed() + 5; }));
  const Nanos stands = runtime::steady_now();
  EXPECT_TRUE(eventually([&] { return runtime::steady_now() - stands > Nanos{400 * kNanosPerMilli}; }))
      << "some probes";
  EXPECT_FALSE(rig_.status().holds.any());
  EXPECT_GE(unacknowledged().oldest, Nanos{400 * kNanosPerMilli}) << "seen before it ends";
  rig_.log.hold_acks(false);
  ASSERT_TRUE(eventually([&] { return of(Stage::kStall).samples >= 1; }));
  EXPECT_GE(of(Stage::kStall).max, 100'000'000u);
  EXPECT_GT(of(Stage::kQueueBacklog).max, 1u);
  rig_.settle();
  EXPECT_TRUE(eventually([&] { return unacknowledged().count == 0; }));
  EXPECT_TRUE(rig_.stop().ok());
}

}  // namespace
}  // namespace sluice::engine
