// Image and restore: the same state, and one row for each way an image can contradict itself.
#include <gtest/gtest.h>

#include <functional>

#include "tests/support/core_fixture.h"

namespace sluice::core {
namespace {

/// A state with something of everything in it.
void fill(CoreFixture& core) {
  core.register_usual();
  SetLimits limits;
  limits.account = name("B");
  limits.changes[static_cast<std::size_t>(LimitKind::kMaxPosition)] = {LimitAction::kSet, 1000};
  core.control("officer", limits);
  core.send(limit(core, AccountId{1}, "a", Side::kBuy, 10, 50));
  core.send(limit(core, AccountId{2}, "b", Side::kBuy, 10, 50));
  core.send(limit(core, AccountId{3}, "c", Side::kSell, 10, 20));
  core.send(replace(core, AccountId{1}, "a", std::nullopt, 90));  // to the tail: priority and id order differ
  core.send(limit(core, AccountId{2}, "d", Side::kSell, 12, 7));
  const EngageKillSwitch engaged = kill(core, KillScope::kAccount, "C");
  core.control("officer", engaged);
  RequestRelease request;
  request.release_id = core.fresh_id();
  request.scope = KillScope::kAccount;
  request.key = name("C");
  request.kill_id = engaged.kill_id;
  core.control("ann", request);
}

TEST(Restore, GivesTheSameStateAndTheSameFuture) {
  CoreFixture core;
  fill(core);
  auto restored = Engine::restore(core.engine().image(), core.capacity());
  ASSERT_TRUE(restored.ok()) << restored.error().message;
  EXPECT_EQ(restored.value()->state_hash(), core.engine().state_hash());
  EXPECT_EQ(restored.value()->trading_hash(), core.engine().trading_hash());
  EXPECT_EQ(restored.value()->cmd_sequence(), core.engine().cmd_sequence());
  restored.value()->state().check();

  EXPECT_EQ(core.send(market(core, AccountId{2}, "m", Side::kSell, 100)).order_events.size(), 3u + 0u);
  ASSERT_TRUE(restored.value()->apply(core.last()).ok());
  EXPECT_EQ(restored.value()->state_hash(), core.engine().state_hash());
}

TEST(Restore, AReplayedLogGivesTheSameState) {
  CoreFixture core;
  fill(core);
  EXPECT_EQ(core.replayed()->state_hash(), core.engine().state_hash());
}

TEST(Restore, MoreKeysThanConfiguredAreTaken) {
  CoreFixture core;
  core.register_usual();
  for (int i = 0; i < 1200; ++i) core.control("engine", Tick{});
  auto restored = Engine::restore(core.engine().image(), {.orders = 8, .keys = 4});
  ASSERT_TRUE(restored.ok()) << restored.error().message;
  EXPECT_EQ(restored.value()->state_hash(), core.engine().state_hash());
}

struct BadImage {
  const char* cause;
  std::function<void(StateImage&)> spoil;
  ErrorCode code = ErrorCode::kCorrupt;
};
void PrintTo(const BadImage& row, std::ostream* out) { *out << row.cause; }

class RefusedImage : public testing::TestWithParam<BadImage> {};
TEST_P(RefusedImage, IsAnErrorNotACrash) {
  CoreFixture core;
  fill(core);
  StateImage image = core.engine().image();
  GetParam().spoil(image);
  const auto restored = Engine::restore(image, core.capacity());
  ASSERT_FALSE(restored.ok());
  EXPECT_EQ(restored.error().code, GetParam().code) << restored.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    OneRowACause, RefusedImage,
    testing::Values(
        BadImage{"NoSequence", [](auto& i) { i.cmd_sequence = {}; }},
        BadImage{"ShardOutside", [](auto& i) { i.genesis.shard = ShardId{3}; }},
        BadImage{"WindowTooLong", [](auto& i) { i.genesis.key_window = kKeyWindowMax + Nanos{1}; }},
        BadImage{"AccountIdGap", [](auto& i) { i.accounts[1].id = AccountId{5}; }},
        BadImage{"AccountTwice", [](auto& i) { i.accounts[1].name = i.accounts[0].name; }},
        BadImage{"StrategyTwice", [](auto& i) { i.strategies[1].name = i.strategies[0].name; }},
        BadImage{
            "InstrumentTwice",
            [](auto& i) { i.instruments[1].defined.definition.symbol = i.instruments[0].defined.definition.symbol; }},
        BadImage{"ZeroTick", [](auto& i) { i.instruments[0].defined.definition.tick = Price{0}; }},
        BadImage{"LimitsOfNobody", [](auto& i) { i.limits[0].account = AccountId{9}; }},
        BadImage{"PositionOfNobody", [](auto& i) { i.positions[0].account = AccountId{9}; }},
        BadImage{"PositionTwice", [](auto& i) { i.positions.push_back(i.positions[0]); }},
        BadImage{"PositionOutOfRange", [](auto& i) { i.positions[0].holding.net = Quantity{kPositionMax + 1}; }},
        BadImage{"OrdersUnsorted", [](auto& i) { std::swap(i.orders[0], i.orders[1]); }},
        BadImage{"OrderOfNobody", [](auto& i) { i.orders[0].accepted.account = AccountId{9}; }},
        BadImage{"OrderOfNoStrategy", [](auto& i) { i.orders[0].accepted.strategy = StrategyId{9}; }},
        BadImage{"OrderOfAnotherShard", [](auto& i) { i.orders[0].accepted.order_id = make_order_id(ShardId{1}, 1); }},
        BadImage{"OrderThatCannotRest", [](auto& i) { i.orders[0].accepted.tif = TimeInForce::kIoc; }},
        BadImage{"OrderWithoutSide", [](auto& i) { i.orders[0].accepted.side = Side::kNone; }},
        BadImage{"OrderWithoutPrice", [](auto& i) { i.orders[0].accepted.price = Price{0}; }},
        BadImage{"QuantitiesDisagree", [](auto& i) { i.orders[0].filled = i.orders[0].filled + Quantity{1}; }},
        BadImage{"NothingLeft", [](auto& i) { i.orders[0].remaining = Quantity{0}; }},
        BadImage{"PriorityTwice", [](auto& i) { i.orders[0].priority = i.orders[1].priority; }},
        BadImage{"PriorityFromTheFuture", [](auto& i) { i.orders[0].priority = i.counters.priorities + 1; }},
        BadImage{"CrossedBook", [](auto& i) { i.orders[0].accepted.price = Price{12}; }},
        BadImage{"KillsTwice", [](auto& i) { i.kills.push_back(i.kills[0]); }},
        BadImage{"KillWithoutItsId", [](auto& i) { i.kill_ids.clear(); }},
        BadImage{"ReleaseTwice", [](auto& i) { i.releases.push_back(i.releases[0]); }},
        BadImage{"KeyTwice", [](auto& i) { i.keys.push_back(i.keys.back()); }},
        BadImage{"KeysUnordered", [](auto& i) { i.keys.front().at = i.keys.back().at + Nanos{1}; }},
        BadImage{"KeyThatIsNone", [](auto& i) { i.keys[0].outcome.reason = RejectReason::kExpired; }},
        BadImage{"TooManyOrders", [](auto& i) { i.orders.resize(257); }, ErrorCode::kTooLarge}),
    [](const auto& tested) { return std::string(tested.param.cause); });

}  // namespace
}  // namespace sluice::core
