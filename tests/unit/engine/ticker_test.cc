// Ticker: an order that ends by its time ends although the log is idle; without timers the log stays silent.
#include "engine/ticker.h"

#include "engine_rig.h"
#include "runtime/clock.h"

namespace sluice::engine {
namespace {

using eventlog::StreamKind;
using test::CmdFeed;
using test::eventually;

OrderCommand good_for(Nanos span) {
  OrderCommand order = CmdFeed::order(AccountId{1}, "gtd");
  order.tif = TimeInForce::kGtd;
  order.expire_at = runtime::wall_now() + span;
  return order;
}

TEST(Ticking, AnIdleLogTicksOnceWhenAnOrderIsDue) {
  test::EngineRig rig;
  rig.start();
  rig.feed.orders({good_for(Nanos{300 * kNanosPerMilli})});
  rig.settle();
  const std::uint64_t commands = rig.messages(StreamKind::kCommand);
  EXPECT_GT(rig.status().next_timer.load(), 0);
  EXPECT_TRUE(eventually([&] { return rig.status().next_timer.load() == 0; })) << "the order has ended";
  rig.settle();
  EXPECT_EQ(rig.messages(StreamKind::kCommand), commands + rig.status().ticks.load());
  EXPECT_EQ(rig.status().ticks.load(), 1u);
  EXPECT_TRUE(rig.stop().ok());
}

TEST(Ticking, ARestartedEngineKnowsItsTimers) {
  test::EngineRig rig;
  rig.start();
  rig.feed.orders({good_for(Nanos{2 * kNanosPerSecond})});
  rig.settle();
  EXPECT_TRUE(rig.stop().ok());
  rig.start();
  rig.settle();
  EXPECT_GT(rig.status().next_timer.load(), 0);
  EXPECT_TRUE(eventually([&] { return rig.status().ticks.load() == 1 && rig.status().next_timer.load() == 0; }));
  EXPECT_TRUE(rig.stop().ok());
}

TEST(Ticking, OnlyWhenDueAndIdleAndOneAtATime) {
  eventlog::MemoryLog log(1);
  CmdFeed feed(log);
  Ticker ticker(log, feed.genesis());
  const Nanos now = runtime::wall_now();
  const std::uint64_t before = log.info({StreamKind::kCommand, ShardId{0}}).value().last_sequence;
  EXPECT_FALSE(ticker.tick_if(Nanos{0}, true)) << "no timer";
  EXPECT_FALSE(ticker.tick_if(now + Nanos{60 * kNanosPerSecond}, true)) << "not due";
  EXPECT_FALSE(ticker.tick_if(now, false)) << "a frame is on its way and ends it";
  EXPECT_EQ(log.info({StreamKind::kCommand, ShardId{0}}).value().last_sequence, before);
  log.hold_acks(true);
  EXPECT_TRUE(ticker.tick_if(now, true));
  EXPECT_FALSE(ticker.tick_if(now, true)) << "one is in flight";
  log.hold_acks(false);
  EXPECT_TRUE(eventually([&] { return ticker.tick_if(now, true); })) << "a second one, as it is still due";
}

}  // namespace
}  // namespace sluice::engine
