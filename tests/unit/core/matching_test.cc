// Matching and replacing, event by event. The shared scenarios cover the same rules from outside.
#include <gtest/gtest.h>

#include "tests/support/core_fixture.h"

namespace sluice::core {
namespace {

class Matching : public testing::Test {
 protected:
  Matching() { core_.register_usual(); }
  Events send(const OrderCommand& command) { return order_events(core_.send(command), core_); }
  OrderCommand buy(AccountId account, std::string_view id, std::int64_t price, std::int64_t quantity) {
    return limit(core_, account, id, Side::kBuy, price, quantity);
  }
  OrderCommand sell(AccountId account, std::string_view id, std::int64_t price, std::int64_t quantity) {
    return limit(core_, account, id, Side::kSell, price, quantity);
  }
  std::vector<std::string> queue(Side side, std::int64_t price) {
    std::vector<std::string> ids;
    const Level* level = core_.state().instrument(kX)->book.find(side, Price{price});
    const OrderStore& orders = core_.state().orders();
    for (OrderIndex i = level == nullptr ? kNoSlot : level->head; i != kNoSlot; i = orders.node(i).next) {
      ids.push_back(orders[i].accepted.client_order_id.str());
    }
    return ids;
  }

  const AccountId kA{1}, kB{2}, kC{3};
  const InstrumentId kX{1};
  CoreFixture core_;
};

TEST_F(Matching, ACrossingOrderTakesBestLevelsFirstAtTheRestingPricesAndRestsWithWhatIsLeft) {
  send(sell(kA, "s102", 102, 10));
  send(sell(kA, "s100", 100, 10));
  send(sell(kA, "s103", 103, 10));
  EXPECT_EQ(send(buy(kB, "b", 102, 25)),
            (Events{"accepted b 25@102", "traded b/s100 10@100 left 15/0", "traded b/s102 10@102 left 5/0"}));
  EXPECT_EQ(queue(Side::kBuy, 102), Events{"b"});
  EXPECT_EQ(core_.state().position(kB, kX), Quantity{20});
  EXPECT_EQ(core_.state().position(kA, kX), Quantity{-20});
}

TEST_F(Matching, AnEventCarriesTheOrderAndItsOwner) {
  OrderCommand command = sell(kA, "s", 100, 10);
  command.strategy = StrategyId{2};
  core_.send(command);
  const OrderEvent accepted = core_.last().order_events.at(0);
  EXPECT_EQ(accepted.order_id, make_order_id(ShardId{0}, 1));
  EXPECT_EQ(accepted.account, kA);
  EXPECT_EQ(accepted.strategy, StrategyId{2});
  EXPECT_EQ(accepted.remaining, Quantity{10});
  EXPECT_EQ(accepted.command_index, 0u);
  core_.send({cancel(core_, kB, "none"), market(core_, kB, "m", Side::kBuy, 4)});
  const OrderEvent traded = core_.last().order_events.at(1);
  EXPECT_EQ(traded.command_index, 1u);
  EXPECT_EQ(traded.account, kB);
  EXPECT_EQ(traded.other_account, kA);
  EXPECT_EQ(traded.other_order_id, accepted.order_id);
  EXPECT_EQ(traded.side, Side::kBuy);
  EXPECT_EQ(traded.trade_id, make_trade_id(ShardId{0}, 1));
}

TEST_F(Matching, WhatAnIocOrderCannotTakeIsCancelled) {
  send(sell(kA, "s", 100, 4));
  OrderCommand ioc = buy(kB, "i", 100, 10);
  ioc.tif = TimeInForce::kIoc;
  EXPECT_EQ(send(ioc), (Events{"accepted i 10@100", "traded i/s 4@100 left 6/0", "cancelled i 6 ioc"}));
  EXPECT_EQ(core_.state().orders().size(), 0u);
}

TEST_F(Matching, WhatAMarketOrderCannotTakeIsCancelled) {
  send(buy(kA, "b", 100, 4));
  EXPECT_EQ(send(market(core_, kB, "m", Side::kSell, 6)),
            (Events{"accepted m 6@0", "traded m/b 4@100 left 2/0", "cancelled m 2 no_liquidity"}));
  EXPECT_EQ(send(market(core_, kB, "m", Side::kSell, 6)), (Events{"accepted m 6@0", "cancelled m 6 no_liquidity"}));
}

TEST_F(Matching, APostOnlyOrderRestsOrIsRefusedAndNeverTakes) {
  send(sell(kA, "s", 100, 5));
  OrderCommand post = buy(kB, "p", 100, 5);
  post.flags = kFlagPostOnly;
  EXPECT_EQ(reason(core_.send(post)), RejectReason::kPostOnly) << "an equal price would trade";
  post = buy(kB, "p", 99, 5);
  post.flags = kFlagPostOnly;
  EXPECT_EQ(send(post), Events{"accepted p 5@99"});
  const Hash128 before = core_.engine().trading_hash();
  EXPECT_EQ(reason(core_.send(replace(core_, kB, "p", 100, std::nullopt))), RejectReason::kPostOnly);
  EXPECT_EQ(core_.engine().trading_hash(), before);
}

TEST_F(Matching, AFokOrderIsFilledAtOnceInFullOrHasNoEffect) {
  send(sell(kA, "s1", 100, 5));
  send(sell(kA, "s2", 101, 5));
  OrderCommand fok = buy(kB, "f", 100, 6);
  fok.tif = TimeInForce::kFok;
  const Hash128 before = core_.engine().trading_hash();
  EXPECT_EQ(send(fok), (Events{"accepted f 6@100", "cancelled f 6 fok"}));
  EXPECT_EQ(core_.engine().trading_hash(), before);
  fok = buy(kB, "f", 101, 10);
  fok.tif = TimeInForce::kFok;
  EXPECT_EQ(send(fok), (Events{"accepted f 10@101", "traded f/s1 5@100 left 5/0", "traded f/s2 5@101 left 0/0"}));
}

TEST_F(Matching, AFokMarketOrderLooksAtEveryLevel) {
  send(sell(kA, "s1", 100, 5));
  send(sell(kA, "s2", 500, 5));
  OrderCommand fok = market(core_, kB, "f", Side::kBuy, 11);
  fok.tif = TimeInForce::kFok;
  EXPECT_EQ(send(fok), (Events{"accepted f 11@0", "cancelled f 11 fok"}));
  fok = market(core_, kB, "f", Side::kBuy, 10);
  fok.tif = TimeInForce::kFok;
  EXPECT_EQ(send(fok), (Events{"accepted f 10@0", "traded f/s1 5@100 left 5/0", "traded f/s2 5@500 left 0/0"}));
}

struct StpRow {
  const char* name;
  SelfTradePrevention policy;
  std::int64_t incoming;  // quantity; B's 2 are ahead of A's own 10, C's 10 behind it
  Events events;
  bool fok_fills;
};
class SelfTrade : public testing::TestWithParam<StpRow> {
 protected:
  SelfTrade() {
    core_.register_usual();
    core_.send(limit(core_, AccountId{2}, "b", Side::kSell, 100, 2));
    core_.send(limit(core_, AccountId{1}, "own", Side::kSell, 100, 10));
    core_.send(limit(core_, AccountId{3}, "c", Side::kSell, 100, 10));
  }
  CoreFixture core_;
};

TEST_P(SelfTrade, TheIncomingOrdersInstructionCounts) {
  OrderCommand command = limit(core_, AccountId{1}, "n", Side::kBuy, 100, GetParam().incoming);
  command.stp = GetParam().policy;
  EXPECT_EQ(order_events(core_.send(command), core_), GetParam().events);
}

TEST_P(SelfTrade, AFokOrderDoesNotCountWhatItWouldPrevent) {
  OrderCommand command = limit(core_, AccountId{1}, "n", Side::kBuy, 100, GetParam().incoming);
  command.stp = GetParam().policy;
  command.tif = TimeInForce::kFok;
  const Hash128 before = core_.engine().trading_hash();
  const Events events = order_events(core_.send(command), core_);
  const Events killed{"accepted n " + std::to_string(GetParam().incoming) + "@100",
                      "cancelled n " + std::to_string(GetParam().incoming) + " fok"};
  EXPECT_EQ(events != killed, GetParam().fok_fills);
  EXPECT_EQ(core_.engine().trading_hash() != before, GetParam().fok_fills);
}

INSTANTIATE_TEST_SUITE_P(
    Policies, SelfTrade,
    testing::Values(
        StpRow{"None",
               SelfTradePrevention::kNone,
               5,
               {"accepted n 5@100", "traded n/b 2@100 left 3/0", "traded n/own 3@100 left 0/7"},
               true},
        StpRow{"CancelNewest",
               SelfTradePrevention::kCancelNewest,
               5,
               {"accepted n 5@100", "traded n/b 2@100 left 3/0", "cancelled n 3 stp"},
               false},
        StpRow{"CancelOldest",
               SelfTradePrevention::kCancelOldest,
               5,
               {"accepted n 5@100", "traded n/b 2@100 left 3/0", "cancelled own 10 stp", "traded n/c 3@100 left 0/7"},
               true},
        StpRow{"CancelBoth",
               SelfTradePrevention::kCancelBoth,
               5,
               {"accepted n 5@100", "traded n/b 2@100 left 3/0", "cancelled own 10 stp", "cancelled n 3 stp"},
               false},
        StpRow{"DecrementSmaller",
               SelfTradePrevention::kDecrement,
               5,
               {"accepted n 5@100", "traded n/b 2@100 left 3/0", "decremented own 3", "cancelled n 3 stp"},
               false},
        StpRow{"DecrementEqual",
               SelfTradePrevention::kDecrement,
               12,
               {"accepted n 12@100", "traded n/b 2@100 left 10/0", "cancelled own 10 stp", "cancelled n 10 stp"},
               false},
        StpRow{"DecrementLarger",
               SelfTradePrevention::kDecrement,
               15,
               {"accepted n 15@100", "traded n/b 2@100 left 13/0", "cancelled own 10 stp", "decremented n 10",
                "traded n/c 3@100 left 0/7"},
               false}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST_F(Matching, ADecrementedOrderKeepsItsPlaceAndItsQuantitiesAddUp) {
  send(sell(kA, "own", 100, 10));
  send(sell(kB, "b", 100, 3));
  OrderCommand command = buy(kA, "n", 100, 4);
  command.stp = SelfTradePrevention::kDecrement;
  send(command);
  EXPECT_EQ(queue(Side::kSell, 100), (Events{"own", "b"}));
  EXPECT_EQ(send(replace(core_, kA, "own", std::nullopt, 5)), Events{"replaced own 5@100 left 5"})
      << "of a total that is 6 now";
}

TEST_F(Matching, OneAccountMayTradeWithItself) {
  send(sell(kA, "s", 100, 5));
  EXPECT_EQ(send(buy(kA, "b", 100, 3)), (Events{"accepted b 3@100", "traded b/s 3@100 left 0/2"}));
  EXPECT_EQ(core_.state().position(kA, kX), Quantity{0});
}

TEST_F(Matching, TwoInstrumentsDoNotSeeEachOther) {
  send(sell(kA, "s", 100, 5));
  OrderCommand other = buy(kB, "b", 100, 5);
  other.instrument = InstrumentId{2};
  EXPECT_EQ(send(other), Events{"accepted b 5@100"});
}

TEST_F(Matching, LessAtTheSamePriceKeepsThePlace) {
  send(buy(kA, "a", 10, 50));
  send(buy(kB, "b", 10, 50));
  EXPECT_EQ(send(replace(core_, kA, "a", std::nullopt, 20)), Events{"replaced a 20@10 left 20"});
  EXPECT_EQ(queue(Side::kBuy, 10), (Events{"a", "b"}));
}

TEST_F(Matching, TheSameAgainKeepsThePlace) {
  send(buy(kA, "a", 10, 50));
  send(buy(kB, "b", 10, 50));
  EXPECT_EQ(send(replace(core_, kA, "a", 10, 50)), Events{"replaced a 50@10 left 50"});
  EXPECT_EQ(queue(Side::kBuy, 10), (Events{"a", "b"}));
}

TEST_F(Matching, MoreOrAnotherPriceGoesToTheTail) {
  send(buy(kA, "a", 10, 50));
  send(buy(kB, "b", 10, 50));
  send(replace(core_, kA, "a", std::nullopt, 51));
  EXPECT_EQ(queue(Side::kBuy, 10), (Events{"b", "a"}));
  send(replace(core_, kB, "b", 11, 5));
  send(replace(core_, kB, "b", 10, std::nullopt));
  EXPECT_EQ(queue(Side::kBuy, 10), (Events{"a", "b"}));
}

TEST_F(Matching, AReplaceThatCrossesTradesAfterTheReplacedEvent) {
  send(sell(kA, "a", 1600, 70));
  send(buy(kB, "b", 1583, 40));
  EXPECT_EQ(send(replace(core_, kA, "a", 1580, std::nullopt)),
            (Events{"replaced a 70@1580 left 70", "traded a/b 40@1583 left 30/0"}));
  EXPECT_EQ(queue(Side::kSell, 1580), Events{"a"});
}

TEST_F(Matching, TheQuantityOfAReplaceIsTheNewTotal) {
  send(buy(kA, "a", 10, 100));
  send(sell(kB, "b", 10, 60));
  EXPECT_EQ(send(replace(core_, kA, "a", std::nullopt, 80)), Events{"replaced a 80@10 left 20"});
  EXPECT_EQ(send(replace(core_, kA, "a", std::nullopt, 60)), Events{"cancelled a 20 below_filled"});
  EXPECT_EQ(reason(core_.send(cancel(core_, kA, "a"))), RejectReason::kUnknownOrder);
}

TEST_F(Matching, ACancelNamesTheOrderByEitherId) {
  send(buy(kA, "a", 10, 1));
  send(buy(kA, "b", 10, 2));
  OrderCommand by_order_id = cancel(core_, kA, "");
  by_order_id.order_id = make_order_id(ShardId{0}, 1);
  by_order_id.instrument = InstrumentId{};
  EXPECT_EQ(send(by_order_id), Events{"cancelled a 1 user"});
  EXPECT_EQ(send(cancel(core_, kA, "b")), Events{"cancelled b 2 user"});
  EXPECT_EQ(core_.last().outcomes[0].order_id, make_order_id(ShardId{0}, 2));
}

TEST_F(Matching, AnIdIsFreeAgainOnceItsOrderHasEnded) {
  send(buy(kA, "a", 10, 1));
  EXPECT_EQ(reason(core_.send(buy(kA, "a", 11, 1))), RejectReason::kDuplicateId);
  EXPECT_EQ(send(buy(kB, "a", 10, 1)), Events{"accepted a 1@10"}) << "another account has its own names";
  OrderCommand other_book = buy(kA, "a", 10, 1);
  other_book.instrument = InstrumentId{2};
  EXPECT_EQ(send(other_book), Events{"accepted a 1@10"}) << "and so has another instrument";
  send(cancel(core_, kA, "a"));
  EXPECT_EQ(send(buy(kA, "a", 10, 1)), Events{"accepted a 1@10"});
}

TEST_F(Matching, CancelAllTakesTheAccountsOrdersInOrderOfTheirIds) {
  send(buy(kA, "b1", 10, 1));
  send(sell(kA, "s1", 20, 2));
  send(buy(kB, "other", 10, 3));
  OrderCommand in_y = buy(kA, "y1", 10, 4);
  in_y.instrument = InstrumentId{2};
  send(in_y);
  send(buy(kA, "b2", 9, 5));

  OrderCommand all = cancel(core_, kA, "");
  all.kind = OrderCommandKind::kCancelAll;
  all.side = Side::kBuy;
  EXPECT_EQ(send(all), (Events{"cancelled b1 1 user", "cancelled b2 5 user"})) << "one instrument, one side";
  all.command_id = core_.fresh_id();
  all.side = Side::kNone;
  all.instrument = InstrumentId{};
  EXPECT_EQ(send(all), (Events{"cancelled s1 2 user", "cancelled y1 4 user"})) << "everything";
  all.command_id = core_.fresh_id();
  EXPECT_EQ(send(all), Events{}) << "nothing left is no error";
  EXPECT_EQ(reason(core_.last()), RejectReason::kNone);
}

}  // namespace
}  // namespace sluice::core
