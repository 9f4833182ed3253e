// R-RISK: one row for each limit at and beyond its edge; limits are inclusive.
#include "engine/core/risk.h"

#include <gtest/gtest.h>

#include "tests/support/core_fixture.h"

namespace sluice::core {
namespace {

class Risk : public testing::Test {
 protected:
  Risk() { core_.register_usual(); }
  RejectReason set(LimitKind kind, std::int64_t value) {
    SetLimits limits;
    limits.account = name("A");
    limits.changes[static_cast<std::size_t>(kind)] = {LimitAction::kSet, value};
    return reason(core_.control("officer", limits));
  }
  RejectReason lift(LimitKind kind) {
    SetLimits limits;
    limits.account = name("A");
    limits.changes[static_cast<std::size_t>(kind)] = {LimitAction::kLift, 0};
    return reason(core_.control("officer", limits));
  }
  RejectReason submit(AccountId account, std::string_view id, Side side, std::int64_t price, std::int64_t quantity) {
    return reason(core_.send(limit(core_, account, id, side, price, quantity)));
  }
  RejectReason change(std::string_view id, std::optional<std::int64_t> price, std::optional<std::int64_t> quantity) {
    return reason(core_.send(replace(core_, kA, id, price, quantity)));
  }

  const AccountId kA{1}, kB{2};
  CoreFixture core_;
};

TEST_F(Risk, OrderQuantity) {
  set(LimitKind::kMaxOrderQuantity, 100);
  EXPECT_EQ(submit(kA, "a", Side::kBuy, 10, 101), RejectReason::kMaxOrderQuantity);
  EXPECT_EQ(submit(kA, "a", Side::kBuy, 10, 100), RejectReason::kNone);
  EXPECT_EQ(submit(kB, "b", Side::kBuy, 10, 101), RejectReason::kNone) << "another account";
  EXPECT_EQ(change("a", std::nullopt, 101), RejectReason::kMaxOrderQuantity);
}

TEST_F(Risk, OrderValueIsExactAtTheLargestNumbers) {
  set(LimitKind::kMaxOrderNotional, 1000);
  EXPECT_EQ(submit(kA, "a", Side::kBuy, 101, 10), RejectReason::kMaxOrderNotional);
  EXPECT_EQ(submit(kA, "a", Side::kBuy, 100, 10), RejectReason::kNone);
  EXPECT_EQ(change("a", 101, std::nullopt), RejectReason::kMaxOrderNotional);
  EXPECT_EQ(submit(kA, "big", Side::kBuy, kPriceMax.value(), kQuantityMax.value()), RejectReason::kMaxOrderNotional)
      << "2^80 would be 0 in 64 bits";
  EXPECT_EQ(reason(core_.send(market(core_, kA, "m", Side::kBuy, 1000))), RejectReason::kNone)
      << "a market order has no value yet";
}

TEST_F(Risk, OpenOrdersAreFreedByCancelAndFill) {
  set(LimitKind::kMaxOpenOrders, 2);
  submit(kA, "a", Side::kBuy, 10, 5);
  submit(kA, "b", Side::kBuy, 11, 5);
  EXPECT_EQ(submit(kA, "c", Side::kBuy, 9, 5), RejectReason::kMaxOpenOrders);
  EXPECT_EQ(change("a", 9, std::nullopt), RejectReason::kNone) << "a replace opens nothing";
  core_.send(cancel(core_, kA, "a"));
  EXPECT_EQ(submit(kA, "c", Side::kBuy, 9, 5), RejectReason::kNone);
  submit(kB, "s", Side::kSell, 11, 5);
  EXPECT_EQ(submit(kA, "d", Side::kBuy, 9, 5), RejectReason::kNone);
  EXPECT_EQ(submit(kA, "e", Side::kBuy, 9, 5), RejectReason::kMaxOpenOrders);
}

TEST_F(Risk, PositionCountsTheWorstCaseOfTheSide) {
  set(LimitKind::kMaxPosition, 100);
  submit(kA, "a", Side::kBuy, 10, 60);
  EXPECT_EQ(submit(kA, "b", Side::kBuy, 10, 41), RejectReason::kMaxPosition);
  EXPECT_EQ(submit(kA, "b", Side::kBuy, 10, 40), RejectReason::kNone);
  EXPECT_EQ(submit(kA, "c", Side::kSell, 20, 101), RejectReason::kMaxPosition)
      << "the other side has a limit of its own";
  submit(kB, "s", Side::kSell, 10, 100);
  EXPECT_EQ(submit(kA, "d", Side::kBuy, 9, 1), RejectReason::kMaxPosition);
  EXPECT_EQ(submit(kA, "e", Side::kSell, 12, 200), RejectReason::kNone) << "from +100 to -100";
  EXPECT_EQ(submit(kA, "f", Side::kSell, 12, 1), RejectReason::kMaxPosition);
  EXPECT_EQ(change("e", std::nullopt, 201), RejectReason::kMaxPosition);
  EXPECT_EQ(change("e", std::nullopt, 150), RejectReason::kNone);
  EXPECT_EQ(submit(kA, "f", Side::kSell, 12, 50), RejectReason::kNone);
}

TEST_F(Risk, AMarketOrderCountsForThePositionToo) {
  set(LimitKind::kMaxPosition, 10);
  EXPECT_EQ(reason(core_.send(market(core_, kA, "m", Side::kBuy, 11))), RejectReason::kMaxPosition);
}

TEST_F(Risk, PriceBandBindsInTheHarmfulDirectionOnly) {
  set(LimitKind::kPriceBandBps, 500);
  EXPECT_EQ(submit(kA, "free", Side::kBuy, 5, 1), RejectReason::kNone) << "no last trade, no check";
  core_.send(cancel(core_, kA, "free"));
  submit(kB, "s", Side::kSell, 1000, 10);
  submit(kB, "b", Side::kBuy, 1000, 10);
  EXPECT_EQ(submit(kA, "a", Side::kBuy, 1051, 1), RejectReason::kPriceBand);
  EXPECT_EQ(submit(kA, "a", Side::kBuy, 1050, 1), RejectReason::kNone) << "exactly at the band";
  EXPECT_EQ(change("a", 1051, std::nullopt), RejectReason::kPriceBand);
  EXPECT_EQ(change("a", 1, std::nullopt), RejectReason::kNone) << "harmless";
  EXPECT_EQ(submit(kA, "c", Side::kSell, 949, 1), RejectReason::kPriceBand);
  EXPECT_EQ(submit(kA, "c", Side::kSell, 950, 1), RejectReason::kNone);
  EXPECT_EQ(submit(kA, "d", Side::kSell, kPriceMax.value(), 1), RejectReason::kNone);
  EXPECT_EQ(reason(core_.send(market(core_, kA, "m", Side::kBuy, 1))), RejectReason::kNone)
      << "market orders have no price";
}

TEST_F(Risk, OpenValueFollowsWhatIsLeft) {
  set(LimitKind::kMaxOpenNotional, 1000);
  EXPECT_EQ(submit(kA, "a", Side::kBuy, 10, 60), RejectReason::kNone);
  EXPECT_EQ(submit(kA, "b", Side::kSell, 20, 21), RejectReason::kMaxOpenNotional) << "600 + 420, whatever the side";
  EXPECT_EQ(submit(kA, "b", Side::kSell, 20, 20), RejectReason::kNone);
  EXPECT_EQ(change("b", 21, std::nullopt), RejectReason::kMaxOpenNotional);
  submit(kB, "s", Side::kSell, 10, 10);  // takes 100 off
  EXPECT_EQ(change("b", 21, std::nullopt), RejectReason::kNone);
  EXPECT_EQ(submit(kA, "c", Side::kBuy, 1, 80), RejectReason::kNone);
  EXPECT_EQ(submit(kA, "d", Side::kBuy, 1, 1), RejectReason::kMaxOpenNotional);
}

TEST_F(Risk, TheFirstBrokenLimitInTheDocumentedOrderIsNamed) {
  set(LimitKind::kMaxOrderQuantity, 10);
  set(LimitKind::kMaxOrderNotional, 10);
  set(LimitKind::kMaxOpenOrders, 0);
  set(LimitKind::kMaxPosition, 5);
  EXPECT_EQ(submit(kA, "a", Side::kBuy, 10, 11), RejectReason::kMaxOrderQuantity);
  EXPECT_EQ(submit(kA, "a", Side::kBuy, 10, 10), RejectReason::kMaxOrderNotional);
  EXPECT_EQ(submit(kA, "a", Side::kBuy, 1, 10), RejectReason::kMaxOpenOrders);
  lift(LimitKind::kMaxOpenOrders);
  EXPECT_EQ(submit(kA, "a", Side::kBuy, 1, 10), RejectReason::kMaxPosition);
  lift(LimitKind::kMaxPosition);
  EXPECT_EQ(submit(kA, "a", Side::kBuy, 1, 10), RejectReason::kNone) << "lifted at once";
}

TEST_F(Risk, KillComesBeforeRisk) {
  set(LimitKind::kMaxOrderQuantity, 1);
  core_.control("officer", kill(core_, KillScope::kGlobal));
  EXPECT_EQ(submit(kA, "a", Side::kBuy, 10, 2), RejectReason::kKilled);
}

TEST_F(Risk, NoPositionCanReachTheRangeOfItsType) {
  const std::int64_t most = kQuantityMax.value();
  const State& state = core_.state();
  OrderCommand order = limit(core_, kA, "a", Side::kBuy, 1, most);
  EXPECT_EQ(check_new_order(state, order), RejectReason::kNone);
  order.quantity = Quantity{kPositionMax};
  EXPECT_EQ(check_new_order(state, order), RejectReason::kNone) << "exactly 2^62";
  order.quantity = Quantity{kPositionMax + 1};
  EXPECT_EQ(check_new_order(state, order), RejectReason::kMaxPosition);
}

TEST_F(Risk, SetLimitsIsRefusedForWhatItDoesNotKnow) {
  SetLimits limits;
  limits.account = name("NOBODY");
  EXPECT_EQ(reason(core_.control("officer", limits)), RejectReason::kUnknownAccount);
  EXPECT_EQ(set(LimitKind::kMaxPosition, -1), RejectReason::kInvalidLimit);
  limits.account = name("A");
  limits.changes[0].action = LimitAction{7};
  EXPECT_EQ(reason(core_.control("officer", limits)), RejectReason::kInvalidLimit);
  limits.changes[0] = {LimitAction::kSet, 1};
  limits.symbol = name("X");
  EXPECT_EQ(reason(core_.control("officer", limits)), RejectReason::kInvalidDefinition)
      << "of an account, or a default";
  limits.account = {};
  limits.symbol = name("NOTHING");
  EXPECT_EQ(reason(core_.control("officer", limits)), RejectReason::kUnknownInstrument);
  EXPECT_TRUE(core_.last().control_events.empty());
  EXPECT_EQ(lift(LimitKind::kMaxDailyLoss), RejectReason::kNone) << "lifting what is not set is harmless";
}

// The account's own limit goes before the instrument's default, that before the one of all.
TEST_F(Risk, TheNearestLimitIsInForce) {
  const auto set_default = [&](std::string_view symbol, LimitKind kind, LimitChange change) {
    SetLimits limits;
    limits.symbol = name(symbol);
    limits.changes[static_cast<std::size_t>(kind)] = change;
    return reason(core_.control("officer", limits));
  };
  const auto accepts = [&](std::int64_t quantity, InstrumentId instrument) {
    OrderCommand order = limit(core_, kA, "x", Side::kBuy, 10, quantity);
    order.instrument = instrument;
    const bool accepted = reason(core_.send(order)) == RejectReason::kNone;
    EXPECT_EQ(reason(core_.last()), accepted ? RejectReason::kNone : RejectReason::kMaxOrderQuantity);
    OrderCommand all = cancel(core_, kA, "");
    all.kind = OrderCommandKind::kCancelAll;
    all.instrument = {};
    core_.send(all);
    return accepted;
  };
  const InstrumentId x{1}, y{2};
  EXPECT_EQ(set_default("", LimitKind::kMaxOrderQuantity, {LimitAction::kSet, 10}), RejectReason::kNone);
  EXPECT_TRUE(accepts(10, x));
  EXPECT_FALSE(accepts(11, x));
  EXPECT_EQ(set_default("X", LimitKind::kMaxOrderQuantity, {LimitAction::kSet, 20}), RejectReason::kNone);
  EXPECT_TRUE(accepts(20, x));
  EXPECT_FALSE(accepts(21, x));
  EXPECT_FALSE(accepts(11, y)) << "X's default is not Y's";
  set(LimitKind::kMaxOrderQuantity, 5);
  EXPECT_FALSE(accepts(6, x));
  EXPECT_FALSE(accepts(6, y));
  core_.restore_from_image();
  EXPECT_FALSE(accepts(6, x));
  lift(LimitKind::kMaxOrderQuantity);
  EXPECT_TRUE(accepts(20, x)) << "the default again";
  EXPECT_FALSE(accepts(21, x));
  EXPECT_EQ(set_default("X", LimitKind::kMaxOrderQuantity, {LimitAction::kLift, 0}), RejectReason::kNone);
  EXPECT_FALSE(accepts(11, x));
  for (const LimitKind kind : {LimitKind::kMaxOpenOrders, LimitKind::kMaxOpenNotional, LimitKind::kMaxOrdersPerSecond,
                               LimitKind::kMaxDailyTrades, LimitKind::kMaxDailyLoss}) {
    EXPECT_EQ(set_default("X", kind, {LimitAction::kSet, 1}), RejectReason::kInvalidLimit)
        << "of an account as a whole: no instrument has a share of it";
  }
}

TEST_F(Risk, ADefaultRateBindsWhoIsRegisteredLater) {
  SetLimits limits;
  limits.changes[static_cast<std::size_t>(LimitKind::kMaxOrdersPerSecond)] = {LimitAction::kSet, 1};
  core_.control("officer", limits);
  const AccountId late = core_.account("LATE");
  EXPECT_EQ(submit(late, "1", Side::kBuy, 10, 1), RejectReason::kNone);
  EXPECT_EQ(submit(late, "2", Side::kBuy, 10, 1), RejectReason::kRateLimit);
  core_.restore_from_image();
  EXPECT_EQ(submit(late, "3", Side::kBuy, 10, 1), RejectReason::kRateLimit);
}

// R-RISK-RATE: exactly the orders accepted in the second before, whatever the frames.
TEST_F(Risk, TheRateCountsWhatWasAcceptedInTheLastSecond) {
  EXPECT_EQ(set(LimitKind::kMaxOrdersPerSecond, 3), RejectReason::kNone);
  int number = 0;
  const auto send = [&](AccountId account) {
    return reason(core_.send(limit(core_, account, "r" + std::to_string(++number), Side::kBuy, 10, 1)));
  };
  EXPECT_EQ(send(kA), RejectReason::kNone);
  core_.advance_millis(400);
  EXPECT_EQ(send(kA), RejectReason::kNone);
  EXPECT_EQ(send(kA), RejectReason::kNone);
  EXPECT_EQ(send(kA), RejectReason::kRateLimit);
  EXPECT_EQ(send(kB), RejectReason::kNone) << "another account";
  EXPECT_EQ(reason(core_.send(replace(core_, kA, "r1", 11, {}))), RejectReason::kNone) << "no new order";
  core_.advance_millis(599);
  EXPECT_EQ(send(kA), RejectReason::kRateLimit) << "999 ms after the first; refused ones did not count";
  core_.restore_from_image();
  EXPECT_EQ(send(kA), RejectReason::kRateLimit) << "a restored engine counts on";
  core_.advance_millis(1);
  EXPECT_EQ(send(kA), RejectReason::kNone) << "1000 ms after the first";
  EXPECT_EQ(send(kA), RejectReason::kRateLimit);
  core_.advance_millis(400);
  EXPECT_EQ(send(kA), RejectReason::kNone);
  EXPECT_EQ(set(LimitKind::kMaxOrdersPerSecond, 0), RejectReason::kNone);
  core_.advance_millis(5'000);
  EXPECT_EQ(send(kA), RejectReason::kRateLimit) << "none at all";
  EXPECT_EQ(lift(LimitKind::kMaxOrdersPerSecond), RejectReason::kNone);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(send(kA), RejectReason::kNone);
}

}  // namespace
}  // namespace sluice::core
