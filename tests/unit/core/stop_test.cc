// R-STOP and its sisters: what triggers when, in which order, and where stops meet the other rules. Each frame is also
// replayed and checked by the fixture.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/core_fixture.h"

namespace sluice::core {
namespace {

class Stop : public testing::Test {
 protected:
  Stop() { core_.register_usual(); }
  OrderCommand stop(AccountId account, std::string_view id, Side side, std::int64_t stop_price, std::int64_t quantity) {
    OrderCommand command = market(core_, account, id, side, quantity);
    command.type = OrderType::kStop;
    command.stop_price = Price{stop_price};
    return command;
  }
  OrderCommand stop_limit(AccountId account, std::string_view id, Side side, std::int64_t stop_price,
                          std::int64_t price, std::int64_t quantity) {
    OrderCommand command = limit(core_, account, id, side, price, quantity);
    command.type = OrderType::kStopLimit;
    command.stop_price = Price{stop_price};
    return command;
  }
  OrderCommand move_stop(AccountId account, std::string_view id, std::int64_t stop_price) {
    OrderCommand command = replace(core_, account, id, {}, {});
    command.fields |= kFieldStopPrice;
    command.stop_price = Price{stop_price};
    return command;
  }
  /// A trade of 1 at `price` between B and C.
  const Answer& print(std::int64_t price) {
    const std::string number = std::to_string(++prints_);
    core_.send(limit(core_, b_, "m" + number, Side::kSell, price, 1));
    return core_.send(limit(core_, c_, "t" + number, Side::kBuy, price, 1));
  }
  std::size_t waiting() {
    std::size_t count = 0;
    for (const OrderImage& order : core_.engine().image().orders) count += order.waiting_stop ? 1 : 0;
    return count;
  }

  const AccountId a_{1}, b_{2}, c_{3};
  CoreFixture core_;
  int prints_ = 0;
};

// Found by the property that restores at random places: the moved stop stood last in its level, yet with the priority
// of its old place, so that a restored engine triggered it first.
TEST_F(Stop, AMovedStopTriggersLastOfItsLevelInARestoredEngineToo) {
  core_.send(stop(a_, "moved", Side::kBuy, 105, 1));
  core_.send(stop(b_, "there before", Side::kBuy, 102, 1));
  core_.send(move_stop(a_, "moved", 102));
  core_.restore_from_image();
  const Events events = order_events(print(102), core_);
  const auto place = [&](const std::string& event) { return std::find(events.begin(), events.end(), event); };
  EXPECT_LT(place("triggered there before"), place("triggered moved"));
  EXPECT_NE(place("triggered moved"), events.end());
}

TEST_F(Stop, EveryTradeOfASweepReachesItsOwnNearestFirst) {
  core_.send(limit(core_, b_, "s1", Side::kSell, 101, 1));
  core_.send(limit(core_, b_, "s2", Side::kSell, 103, 1));
  core_.send(limit(core_, b_, "s3", Side::kSell, 110, 9));
  core_.send(stop(a_, "at103", Side::kBuy, 103, 1));
  core_.send(stop(a_, "at101", Side::kBuy, 101, 1));
  core_.send(stop(a_, "at100", Side::kBuy, 100, 1));
  core_.send(stop(a_, "at104", Side::kBuy, 104, 1));
  const Answer& answer = core_.send(limit(core_, c_, "sweep", Side::kBuy, 103, 2));
  // 101 reaches 100 and 101; 103 reaches 103; the market orders of the first print 110, which reaches 104.
  EXPECT_EQ(order_events(answer, core_),
            (Events{"accepted sweep 2@103", "traded sweep/s1 1@101 left 1/0", "traded sweep/s2 1@103 left 0/0",
                    "triggered at100", "traded at100/s3 1@110 left 0/8", "triggered at101",
                    "traded at101/s3 1@110 left 0/7", "triggered at103", "traded at103/s3 1@110 left 0/6",
                    "triggered at104", "traded at104/s3 1@110 left 0/5"}));
  EXPECT_EQ(waiting(), 0u);
}

TEST_F(Stop, ASellStopTriggersFromAboveHighestFirst) {
  print(100);
  core_.send(limit(core_, b_, "bid", Side::kBuy, 90, 10));
  core_.send(stop(a_, "at95", Side::kSell, 95, 1));
  core_.send(stop(a_, "at97", Side::kSell, 97, 1));
  core_.send(stop(a_, "at89", Side::kSell, 89, 1));
  const Answer& answer = core_.send(limit(core_, c_, "hit", Side::kSell, 90, 1));
  EXPECT_EQ(order_events(answer, core_),
            (Events{"accepted hit 1@90", "traded hit/bid 1@90 left 0/9", "triggered at97",
                    "traded at97/bid 1@90 left 0/8", "triggered at95", "traded at95/bid 1@90 left 0/7"}));
  EXPECT_EQ(waiting(), 1u) << "89 was not reached";
}

TEST_F(Stop, AStopLimitThatTriggersHasTimePriorityFromThen) {
  core_.send(stop_limit(a_, "stop", Side::kBuy, 100, 98, 5));
  core_.send(limit(core_, b_, "early", Side::kBuy, 98, 5));
  print(100);
  EXPECT_EQ(waiting(), 0u);
  const Answer& answer = core_.send(limit(core_, c_, "taker", Side::kSell, 98, 6));
  EXPECT_EQ(order_events(answer, core_),
            (Events{"accepted taker 6@98", "traded taker/early 5@98 left 1/0", "traded taker/stop 1@98 left 0/4"}));
}

TEST_F(Stop, OneThatIsReachedAtEntryIsRefusedWhereTheInstrumentSaysSo) {
  DefineInstrument strict;
  strict.symbol = name("STRICT");
  strict.stop_in_market = StopInMarket::kReject;
  core_.control("operator", strict);
  const InstrumentId instrument = core_.state().instrument_named(name("STRICT"));
  const auto in_strict = [&](OrderCommand command) {
    command.instrument = instrument;
    return command;
  };
  core_.send(in_strict(limit(core_, b_, "ask", Side::kSell, 100, 5)));
  core_.send(in_strict(limit(core_, c_, "bid", Side::kBuy, 100, 1)));
  EXPECT_EQ(reason(core_.send(in_strict(stop(a_, "reached", Side::kBuy, 100, 1)))), RejectReason::kStopInMarket);
  EXPECT_EQ(reason(core_.send(in_strict(stop(a_, "waits", Side::kBuy, 101, 1)))), RejectReason::kNone);
  EXPECT_EQ(reason(core_.send(in_strict(move_stop(a_, "waits", 99)))), RejectReason::kStopInMarket);
  EXPECT_EQ(waiting(), 1u);
}

TEST_F(Stop, AReplaceOfAWaitingStopLeavesItWaitingUnlessItsPriceIsReached) {
  print(100);
  core_.send(limit(core_, b_, "ask", Side::kSell, 105, 9));
  core_.send(stop(a_, "older", Side::kBuy, 103, 2));
  core_.send(stop(a_, "newer", Side::kBuy, 103, 2));
  EXPECT_EQ(order_events(core_.send(replace(core_, a_, "older", {}, 3)), core_), (Events{"replaced older 3@0 left 3"}));
  EXPECT_EQ(reason(core_.send(replace(core_, a_, "older", 104, {}))), RejectReason::kInvalidPrice) << "it has no limit";
  EXPECT_EQ(order_events(print(103), core_),
            (Events{"accepted t2 1@103", "traded t2/m2 1@103 left 0/0", "triggered older",
                    "traded older/ask 3@105 left 0/6", "triggered newer", "traded newer/ask 2@105 left 0/4"}))
      << "a change of quantity keeps the age";
  core_.send(stop(a_, "moved", Side::kBuy, 110, 1));
  EXPECT_EQ(order_events(core_.send(move_stop(a_, "moved", 104)), core_),
            (Events{"replaced moved 1@0 left 1", "triggered moved", "traded moved/ask 1@105 left 0/3"}))
      << "the last trade was at 105";
}

TEST_F(Stop, FillOrKillAndImmediateOrCancelHoldFromTheTriggerOn) {
  core_.send(limit(core_, b_, "ask", Side::kSell, 105, 2));
  OrderCommand fok = stop_limit(a_, "fok", Side::kBuy, 100, 105, 3);
  fok.tif = TimeInForce::kFok;
  OrderCommand ioc = stop_limit(a_, "ioc", Side::kBuy, 100, 105, 3);
  ioc.tif = TimeInForce::kIoc;
  core_.send(fok);
  core_.send(ioc);
  EXPECT_EQ(order_events(print(100), core_),
            (Events{"accepted t1 1@100", "traded t1/m1 1@100 left 0/0", "triggered fok", "cancelled fok 3 fok",
                    "triggered ioc", "traded ioc/ask 2@105 left 1/0", "cancelled ioc 1 ioc"}));
}

TEST_F(Stop, AStopLimitIcebergShowsItsTrancheOnceItRests) {
  OrderCommand ice = stop_limit(a_, "ice", Side::kBuy, 100, 98, 50);
  ice.display = Quantity{10};
  core_.send(ice);
  print(100);
  const Level* level = core_.state().instrument(InstrumentId{1})->book.best(Side::kBuy);
  ASSERT_NE(level, nullptr);
  EXPECT_EQ(level->total, Quantity{10});
}

TEST_F(Stop, WaitingOnesCountForLimitsAndGoWithAKillAndARestore) {
  LimitChanges changes{};
  changes[static_cast<std::size_t>(LimitKind::kMaxPosition)] = {LimitAction::kSet, 5};
  core_.control("risk", SetLimits{name("A"), changes});
  core_.send(stop(a_, "s1", Side::kBuy, 100, 3));
  core_.send(stop_limit(a_, "s2", Side::kBuy, 100, 99, 2));
  EXPECT_EQ(reason(core_.send(limit(core_, a_, "more", Side::kBuy, 90, 1))), RejectReason::kMaxPosition);
  core_.restore_from_image();
  EXPECT_EQ(waiting(), 2u);
  core_.control("officer", kill(core_, KillScope::kAccount, "A"));
  EXPECT_EQ(order_events(core_.last(), core_), (Events{"cancelled s1 3 kill", "cancelled s2 2 kill"}));
  EXPECT_TRUE(core_.engine().image().orders.empty());
  EXPECT_EQ(reason(core_.send(stop(a_, "s3", Side::kBuy, 100, 1))), RejectReason::kKilled);
}

TEST_F(Stop, PostOnlyMeansNothingForAStop) {
  OrderCommand command = stop_limit(a_, "s", Side::kBuy, 100, 99, 1);
  command.flags = kFlagPostOnly;
  EXPECT_EQ(reason(core_.send(command)), RejectReason::kUnsupported);
}

}  // namespace
}  // namespace sluice::core
