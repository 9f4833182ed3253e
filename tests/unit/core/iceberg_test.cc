// R-ICE, R-ICE-TAIL, and where icebergs meet the other rules. Each frame is also replayed and checked by the fixture.
#include <gtest/gtest.h>

#include "tests/support/core_fixture.h"

namespace sluice::core {
namespace {

class Iceberg : public testing::Test {
 protected:
  Iceberg() { core_.register_usual(); }
  OrderCommand iceberg(AccountId account, std::string_view id, Side side, std::int64_t price, std::int64_t quantity,
                       std::int64_t display) {
    OrderCommand command = limit(core_, account, id, side, price, quantity);
    command.display = Quantity{display};
    return command;
  }
  /// Quantity that a level shows; 0 if there is none.
  std::int64_t shown(Side side, std::int64_t price) {
    const Level* level = core_.state().instrument(InstrumentId{1})->book.find(side, Price{price});
    return level == nullptr ? 0 : level->total.value();
  }

  const AccountId a_{1}, b_{2}, c_{3};
  CoreFixture core_;
};

TEST_F(Iceberg, TradesWithItsWholeQuantityWhenItComesIn) {
  core_.send(limit(core_, a_, "ask", Side::kSell, 100, 25));
  const Answer& answer = core_.send(iceberg(b_, "ice", Side::kBuy, 100, 40, 10));
  EXPECT_EQ(order_events(answer, core_), (Events{"accepted ice 40@100", "traded ice/ask 25@100 left 15/0"}));
  EXPECT_EQ(shown(Side::kBuy, 100), 10);
  core_.send(cancel(core_, b_, "ice"));
  EXPECT_EQ(core_.last().order_events.at(0).quantity, Quantity{15}) << "the hidden part goes too";
}

// Each tranche is a trade: an iceberg of 2^40 that shows 1 and somebody to take it kept one command busy for hours.
TEST_F(Iceberg, ShowsAtLeastAThousandthOfItsTotal) {
  EXPECT_EQ(reason(core_.send(iceberg(a_, "most", Side::kSell, 100, 1000, 1))), RejectReason::kNone);
  EXPECT_EQ(reason(core_.send(iceberg(a_, "more", Side::kSell, 100, 1001, 1))), RejectReason::kInvalidDisplay);
  EXPECT_EQ(reason(core_.send(iceberg(a_, "odd", Side::kSell, 100, 5001, 5))), RejectReason::kInvalidDisplay);
  EXPECT_EQ(reason(core_.send(iceberg(a_, "huge", Side::kSell, 100, kQuantityMax.value(), 1))),
            RejectReason::kInvalidDisplay);
  EXPECT_EQ(reason(core_.send(replace(core_, a_, "most", {}, 1001))), RejectReason::kInvalidDisplay);
  EXPECT_EQ(reason(core_.send(replace(core_, a_, "most", {}, 999))), RejectReason::kNone);
  EXPECT_EQ(core_.send(market(core_, b_, "sweep", Side::kBuy, 5000)).order_events.size(), 1u + 999u + 1u);
}

// What is hidden joins the tail when its turn comes, behind an order of the taker's own account: it stops there first.
TEST_F(Iceberg, AFillOrKillOrderDoesNotCountWhatComesBehindAnOrderOfItsOwn) {
  core_.send(iceberg(a_, "ice", Side::kSell, 100, 40, 10));
  core_.send(limit(core_, b_, "own", Side::kSell, 100, 5));
  OrderCommand fok = limit(core_, b_, "fok", Side::kBuy, 100, 11);
  fok.tif = TimeInForce::kFok;
  fok.stp = SelfTradePrevention::kCancelNewest;
  EXPECT_EQ(order_events(core_.send(fok), core_), (Events{"accepted fok 11@100", "cancelled fok 11 fok"}));
  fok.command_id = core_.fresh_id();
  fok.quantity = Quantity{10};
  EXPECT_EQ(order_events(core_.send(fok), core_), (Events{"accepted fok 10@100", "traded fok/ice 10@100 left 0/30"}));
}

TEST_F(Iceberg, ASmallerQuantityTakesTheHiddenPartFirstAndKeepsThePlace) {
  core_.send(iceberg(a_, "ice", Side::kSell, 100, 40, 10));
  core_.send(limit(core_, b_, "behind", Side::kSell, 100, 5));
  core_.send(replace(core_, a_, "ice", {}, 12));
  EXPECT_EQ(shown(Side::kSell, 100), 15) << "10 of 12, and 5 behind";
  core_.send(replace(core_, a_, "ice", {}, 6));
  EXPECT_EQ(shown(Side::kSell, 100), 11);
  const Answer& answer = core_.send(limit(core_, c_, "taker", Side::kBuy, 100, 7));
  EXPECT_EQ(order_events(answer, core_),
            (Events{"accepted taker 7@100", "traded taker/ice 6@100 left 1/0", "traded taker/behind 1@100 left 0/4"}));
}

TEST_F(Iceberg, ALargerQuantityJoinsTheTailWithAFreshTranche) {
  core_.send(iceberg(a_, "ice", Side::kSell, 100, 20, 10));
  core_.send(limit(core_, b_, "behind", Side::kSell, 100, 5));
  core_.send(limit(core_, c_, "bite", Side::kBuy, 100, 4));
  EXPECT_EQ(shown(Side::kSell, 100), 6 + 5);
  core_.send(replace(core_, a_, "ice", {}, 30));
  EXPECT_EQ(shown(Side::kSell, 100), 10 + 5) << "26 are left of it";
  const Answer& answer = core_.send(limit(core_, c_, "taker", Side::kBuy, 100, 6));
  EXPECT_EQ(order_events(answer, core_),
            (Events{"accepted taker 6@100", "traded taker/behind 5@100 left 1/0", "traded taker/ice 1@100 left 0/25"}));
}

TEST_F(Iceberg, SelfTradePreventionTakesTheHiddenPartFirst) {
  core_.send(iceberg(a_, "ice", Side::kSell, 100, 30, 10));
  OrderCommand own = limit(core_, a_, "own", Side::kBuy, 100, 15);
  own.stp = SelfTradePrevention::kDecrement;
  const Answer& answer = core_.send(own);
  EXPECT_EQ(order_events(answer, core_), (Events{"accepted own 15@100", "decremented ice 15", "cancelled own 15 stp"}));
  EXPECT_EQ(shown(Side::kSell, 100), 10) << "15 are left, 10 of them shown as before";
}

TEST_F(Iceberg, WhatIsLeftOfATrancheStaysWhileSomethingIsHidden) {
  core_.send(iceberg(a_, "ice", Side::kSell, 100, 30, 10));
  core_.send(limit(core_, b_, "bite", Side::kBuy, 100, 4));
  OrderCommand own = limit(core_, a_, "own", Side::kBuy, 100, 5);
  own.stp = SelfTradePrevention::kDecrement;
  core_.send(own);
  EXPECT_EQ(shown(Side::kSell, 100), 6) << "21 are left, and no fresh tranche";
}

TEST_F(Iceberg, FillOrKillCountsWhatIsHidden) {
  core_.send(iceberg(a_, "ice", Side::kSell, 100, 30, 10));
  OrderCommand fok = limit(core_, b_, "fok", Side::kBuy, 100, 30);
  fok.tif = TimeInForce::kFok;
  EXPECT_EQ(core_.send(fok).order_events.size(), 1u + 3u) << "accepted, and a trade a tranche";
  EXPECT_EQ(shown(Side::kSell, 100), 0);
}

TEST_F(Iceberg, ARestoredOneGoesOnWithTheTrancheItHad) {
  core_.send(iceberg(a_, "ice", Side::kSell, 100, 30, 10));
  core_.send(limit(core_, b_, "bite", Side::kBuy, 100, 4));
  core_.restore_from_image();
  EXPECT_EQ(shown(Side::kSell, 100), 6);
  const Answer& answer = core_.send(limit(core_, b_, "taker", Side::kBuy, 100, 8));
  EXPECT_EQ(order_events(answer, core_),
            (Events{"accepted taker 8@100", "traded taker/ice 6@100 left 2/20", "traded taker/ice 2@100 left 0/18"}));
}

TEST_F(Iceberg, TheWholeOfItCountsAgainstLimits) {
  LimitChanges changes{};
  changes[static_cast<std::size_t>(LimitKind::kMaxPosition)] = {LimitAction::kSet, 40};
  core_.control("risk", SetLimits{name("A"), changes});
  core_.send(iceberg(a_, "ice", Side::kBuy, 100, 30, 1));
  EXPECT_EQ(reason(core_.send(limit(core_, a_, "more", Side::kBuy, 99, 11))), RejectReason::kMaxPosition);
  EXPECT_EQ(reason(core_.send(limit(core_, a_, "fits", Side::kBuy, 99, 10))), RejectReason::kNone);
}

}  // namespace
}  // namespace sluice::core
