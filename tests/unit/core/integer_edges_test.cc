// The edges of integers, wherever a client's number enters: each is refused by its precise reason, or taken, and no sum
// or product of what was taken overflows (UBSan). A refusal changes no trading state.
#include <gtest/gtest.h>

#include <limits>

#include "tests/support/core_fixture.h"

namespace sluice::core {
namespace {

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLargest = std::int64_t{1} << 40;

enum class Where { kQuantity, kPrice, kStopPrice, kDisplay, kNewQuantity, kNewPrice, kNewStopPrice };

struct Row {
  const char* name;
  Where where;
  RejectReason reason;             // of every value below that is not allowed
  std::int64_t smallest, largest;  // what is allowed
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class Edges : public testing::TestWithParam<Row> {
 protected:
  Edges() {
    core_.register_usual();
    core_.send(limit(core_, a_, "live", Side::kBuy, 50, 10));
    OrderCommand waiting = limit(core_, a_, "waiting", Side::kBuy, 60, 10);
    waiting.type = OrderType::kStopLimit;
    waiting.stop_price = Price{60};
    core_.send(waiting);
  }

  OrderCommand command(Where where, std::int64_t value) {
    OrderCommand order = limit(core_, a_, "new", Side::kBuy, 50, 10);
    OrderCommand change = replace(core_, a_, "waiting", {}, {});
    switch (where) {
      case Where::kQuantity: order.quantity = Quantity{value}; return order;
      case Where::kPrice: order.price = Price{value}; return order;
      case Where::kStopPrice:
        order.type = OrderType::kStopLimit;
        order.stop_price = Price{value};
        return order;
      case Where::kDisplay: order.display = Quantity{value}; return order;
      case Where::kNewQuantity: return replace(core_, a_, "live", {}, value);
      case Where::kNewPrice: return replace(core_, a_, "live", value, {});
      case Where::kNewStopPrice:
        change.fields = kFieldStopPrice;
        change.stop_price = Price{value};
        return change;
    }
    return order;
  }

  const AccountId a_{1}, b_{2};
  CoreFixture core_;
};

TEST_P(Edges, AreRefusedByNameOrTaken) {
  const Row& row = GetParam();
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1}, kMin, kMin + 1, kMax, kMax - 1,
                                   kLargest, kLargest + 1, kLargest - 1, -kLargest, std::int64_t{1} << 62}) {
    const bool allowed = value >= row.smallest && value <= row.largest;
    const Hash128 before = core_.engine().trading_hash();
    const RejectReason got = reason(core_.send(command(row.where, value)));
    EXPECT_EQ(name_of(got), name_of(allowed ? RejectReason::kNone : row.reason)) << value;
    if (!allowed) {
      EXPECT_EQ(core_.engine().trading_hash(), before) << value;
    }
    if (allowed && row.where < Where::kNewQuantity) core_.send(cancel(core_, a_, "new"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Fields, Edges,
    testing::Values(Row{"Quantity", Where::kQuantity, RejectReason::kInvalidQuantity, 1, kLargest},
                    Row{"Price", Where::kPrice, RejectReason::kInvalidPrice, 1, kLargest},
                    Row{"StopPrice", Where::kStopPrice, RejectReason::kInvalidPrice, 1, kLargest},
                    Row{"Display", Where::kDisplay, RejectReason::kInvalidDisplay, 0, 10},  // 0 is no iceberg
                    Row{"NewQuantity", Where::kNewQuantity, RejectReason::kInvalidQuantity, 1, kLargest},
                    Row{"NewPrice", Where::kNewPrice, RejectReason::kInvalidPrice, 1, kLargest},
                    Row{"NewStopPrice", Where::kNewStopPrice, RejectReason::kInvalidPrice, 1, kLargest}),
    [](const auto& tested) { return std::string(tested.param.name); });

class EdgesOfLimits : public testing::TestWithParam<LimitKind> {};

TEST_P(EdgesOfLimits, NegativeIsRefusedZeroStopsEverythingAndTheLargestStopsNothing) {
  CoreFixture core;
  core.register_usual();
  core.send(limit(core, AccountId{2}, "ask", Side::kSell, 40, 1));
  core.send(limit(core, AccountId{3}, "bid", Side::kBuy, 40, 1));  // a last price, for the band
  const auto set = [&](std::int64_t value) {
    SetLimits limits;
    limits.account = name("A");
    limits.changes[static_cast<std::size_t>(GetParam())] = {LimitAction::kSet, value};
    return reason(core.control("officer", limits));
  };
  for (const std::int64_t value : {std::int64_t{-1}, kMin, kMin + 1})
    EXPECT_EQ(set(value), RejectReason::kInvalidLimit);
  ASSERT_EQ(set(0), RejectReason::kNone);
  EXPECT_NE(reason(core.send(limit(core, AccountId{1}, "a", Side::kBuy, 50, 10))), RejectReason::kNone);
  ASSERT_EQ(set(kMax), RejectReason::kNone);
  EXPECT_EQ(reason(core.send(limit(core, AccountId{1}, "a", Side::kBuy, 50, 10))), RejectReason::kNone);
}

INSTANTIATE_TEST_SUITE_P(Kinds, EdgesOfLimits,
                         testing::Values(LimitKind::kMaxOrderQuantity, LimitKind::kMaxOrderNotional,
                                         LimitKind::kPriceBandBps, LimitKind::kMaxOpenOrders, LimitKind::kMaxPosition,
                                         LimitKind::kMaxOpenNotional, LimitKind::kMaxOrdersPerSecond));

// 2^40 x 2^40 is 2^80: no 64-bit limit can allow it, and no sum may wrap to something that one would.
TEST(EdgesOfProducts, PriceTimesQuantityBeyond64BitsIsMoreThanEveryLimit) {
  CoreFixture core;
  core.register_usual();
  const auto largest = [&](const char* id) { return limit(core, AccountId{1}, id, Side::kBuy, kLargest, kLargest); };
  const auto set = [&](LimitKind kind, LimitAction action) {
    SetLimits limits;
    limits.account = name("A");
    limits.changes[static_cast<std::size_t>(kind)] = {action, action == LimitAction::kSet ? kMax : 0};
    ASSERT_EQ(reason(core.control("officer", limits)), RejectReason::kNone);
  };
  set(LimitKind::kMaxOrderNotional, LimitAction::kSet);
  EXPECT_EQ(reason(core.send(largest("a"))), RejectReason::kMaxOrderNotional);
  set(LimitKind::kMaxOrderNotional, LimitAction::kLift);
  set(LimitKind::kMaxOpenNotional, LimitAction::kSet);
  EXPECT_EQ(reason(core.send(largest("a"))), RejectReason::kMaxOpenNotional);
  set(LimitKind::kMaxOpenNotional, LimitAction::kLift);
  for (const char* id : {"a", "b", "c"}) EXPECT_EQ(reason(core.send(largest(id))), RejectReason::kNone);
  set(LimitKind::kMaxOpenNotional, LimitAction::kSet);
  EXPECT_EQ(reason(core.send(limit(core, AccountId{1}, "d", Side::kBuy, 1, 1))), RejectReason::kMaxOpenNotional);
  EXPECT_EQ(core.state().account(AccountId{1})->open_notional, Int128{3} << 80);
  EXPECT_EQ(core.send(market(core, AccountId{2}, "sweep", Side::kSell, kLargest)).order_events.size(), 2u);
}

// Far from any limit of an account a position stays within 2^62, so that sums with live orders stay within 64 bits.
TEST(EdgesOfPositions, NeverExceedTheLargestThatSumsCanHold) {
  CoreFixture core;
  core.register_usual();
  for (const std::int64_t sign : {1, -1}) {
    StateImage image = core.engine().image();
    image.positions.push_back({AccountId{1}, InstrumentId{1}, Quantity{sign * (kPositionMax - 5)}});
    const auto engine = Engine::restore(image, core.capacity());
    ASSERT_TRUE(engine.ok()) << engine.error().message;
    KillLatch latch;
    Answer answer;
    const auto send = [&](const char* id, Side side, std::int64_t quantity) {
      const OrderCommand order = limit(core, AccountId{1}, id, side, 100, quantity);
      CommandFrame frame;
      frame.sequence = CmdSequence{engine.value()->cmd_sequence().value() + 1};
      frame.broker_time = core.now();
      frame.orders = std::span(&order, 1);
      engine.value()->execute(frame, latch, answer);
      return answer.outcomes.at(0).reason;
    };
    const Side further = sign > 0 ? Side::kBuy : Side::kSell;
    EXPECT_EQ(send("six", further, 6), RejectReason::kMaxPosition);
    EXPECT_EQ(send("five", further, 5), RejectReason::kNone);
    EXPECT_EQ(send("one", further, 1), RejectReason::kMaxPosition);
    EXPECT_EQ(send("back", opposite(further), kLargest), RejectReason::kNone);
    engine.value()->state().check();
  }
  for (const std::int64_t beyond : {kPositionMax + 1, -kPositionMax - 1, kMax, kMin + 1, kMin}) {
    StateImage image = core.engine().image();
    image.positions.push_back({AccountId{1}, InstrumentId{1}, Quantity{beyond}});
    EXPECT_FALSE(Engine::restore(image, core.capacity()).ok()) << beyond;
  }
}

TEST(EdgesOfTime, CommandIdsAndWishesFromTheEndsOfTimeAreExpired) {
  CoreFixture core;
  core.register_usual();
  OrderCommand order = limit(core, AccountId{1}, "a", Side::kBuy, 100, 1);
  for (const std::uint64_t stamp : {std::uint64_t{0}, (std::uint64_t{1} << 48) - 1, std::uint64_t{9'223'372'036'854}}) {
    order.command_id = make_uuid7(stamp, 0, 1);
    EXPECT_EQ(reason(core.send(order)), RejectReason::kExpired) << stamp;
  }
  for (const std::int64_t until : {kMin, std::int64_t{-1}, std::int64_t{1}}) {
    order.command_id = core.fresh_id();
    order.valid_until = Nanos{until};
    EXPECT_EQ(reason(core.send(order)), RejectReason::kExpired) << until;
  }
  order.command_id = core.fresh_id();
  order.valid_until = Nanos{kMax};
  EXPECT_EQ(reason(core.send(order)), RejectReason::kNone);
}

TEST(EdgesOfDefinitions, TicksLotsAndUnitsArePositive) {
  CoreFixture core;
  core.register_usual();
  DefineInstrument definition;
  definition.symbol = name("NEW");
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, kMin}) {
    DefineInstrument tick = definition, lot = definition, unit = definition;
    tick.tick = Price{value};
    lot.lot = Quantity{value};
    unit.unit_value = Money{value};
    for (const DefineInstrument& wrong : {tick, lot, unit})
      EXPECT_EQ(reason(core.control("operator", wrong)), RejectReason::kInvalidDefinition) << value;
  }
  definition.tick = Price{kMax};
  definition.lot = Quantity{kMax};
  ASSERT_EQ(reason(core.control("operator", definition)), RejectReason::kNone);
  OrderCommand order = limit(core, AccountId{1}, "a", Side::kBuy, 100, kLargest);
  order.instrument = InstrumentId{3};
  EXPECT_EQ(reason(core.send(order)), RejectReason::kInvalidQuantity) << "no quantity is a multiple of such a lot";
}

}  // namespace
}  // namespace sluice::core
