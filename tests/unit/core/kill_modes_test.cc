// Kill modes: block only, reduce only, flatten, and how they overlap. Each frame is also replayed and checked by the
// fixture.
#include <gtest/gtest.h>

#include "tests/support/core_fixture.h"

namespace sluice::core {
namespace {

class KillModes : public testing::Test {
 protected:
  KillModes() { core_.register_usual(); }
  const Answer& engage(KillMode mode, KillScope scope, std::string_view key = "") {
    EngageKillSwitch command = kill(core_, scope, key);
    command.mode = mode;
    return core_.control("officer", command);
  }
  OrderCommand sell(AccountId account, std::string_view id, std::int64_t price, std::int64_t quantity) {
    return limit(core_, account, id, Side::kSell, price, quantity);
  }
  OrderCommand buy(AccountId account, std::string_view id, std::int64_t price, std::int64_t quantity) {
    return limit(core_, account, id, Side::kBuy, price, quantity);
  }
  /// A is long 10, B short.
  void make_position() { core_.send({sell(kB, "ms", 100, 10), buy(kA, "mb", 100, 10)}); }
  Events events(const Answer& answer) { return order_events(answer, core_); }
  std::uint64_t announced(const Answer& answer) {
    return std::get<KillSwitchEngaged>(answer.control_events.at(0).body).orders_cancelled;
  }
  const AccountId kA{1}, kB{2}, kC{3};
  CoreFixture core_;
};

TEST_F(KillModes, BlockOnlyLeavesWhatRestsToBeHit) {
  core_.send(sell(kA, "a", 100, 5));
  EXPECT_EQ(events(engage(KillMode::kBlockOnly, KillScope::kAccount, "A")), Events{});
  EXPECT_EQ(reason(core_.send(buy(kA, "new", 1, 1))), RejectReason::kKilled);
  EXPECT_EQ(reason(core_.send(replace(core_, kA, "a", 101, 5))), RejectReason::kKilled);
  EXPECT_EQ(events(core_.send(buy(kB, "b", 100, 2))), (Events{"accepted b 2@100", "traded b/a 2@100 left 0/3"}));
  EXPECT_EQ(events(core_.send(cancel(core_, kA, "a"))), Events{"cancelled a 3 user"});
}

TEST_F(KillModes, AStopOfABlockedAccountEndsInsteadOfTriggering) {
  OrderCommand stop = market(core_, kA, "stop", Side::kBuy, 1);
  stop.type = OrderType::kStop;
  stop.stop_price = Price{100};
  core_.send(stop);
  engage(KillMode::kBlockOnly, KillScope::kAccount, "A");
  core_.send(sell(kB, "s", 100, 1));
  EXPECT_EQ(events(core_.send(buy(kC, "b", 100, 1))),
            (Events{"accepted b 1@100", "traded b/s 1@100 left 0/0", "cancelled stop 1 kill"}));
}

TEST_F(KillModes, ReduceOnlyCancelsNewestFirstWhatCouldIncrease) {
  make_position();
  core_.send({sell(kA, "s6", 110, 6), sell(kA, "s3", 111, 3), sell(kA, "s2", 112, 2), buy(kA, "b", 90, 1),
              sell(kC, "other", 120, 50)});
  const Answer& answer = engage(KillMode::kReduceOnly, KillScope::kAccount, "A");
  EXPECT_EQ(announced(answer), 2u);
  EXPECT_EQ(events(answer), (Events{"cancelled b 1 kill", "cancelled s2 2 kill"})) << "6 + 3 can only reduce 10";
}

TEST_F(KillModes, ReduceOnlyAcceptsWhatCanOnlyReduce) {
  make_position();
  core_.send(sell(kA, "s6", 110, 6));
  engage(KillMode::kReduceOnly, KillScope::kSymbol, "X");
  EXPECT_EQ(reason(core_.send(sell(kA, "s5", 110, 5))), RejectReason::kKilled) << "6 + 5 > 10";
  EXPECT_EQ(reason(core_.send(sell(kA, "s4", 110, 4))), RejectReason::kNone);
  EXPECT_EQ(reason(core_.send(buy(kA, "b", 90, 1))), RejectReason::kKilled);
  EXPECT_EQ(reason(core_.send(sell(kC, "c", 110, 1))), RejectReason::kKilled) << "C has no position";
  EXPECT_EQ(reason(core_.send(replace(core_, kA, "s4", 111, 5))), RejectReason::kKilled);
  EXPECT_EQ(reason(core_.send(replace(core_, kA, "s4", 111, 4))), RejectReason::kNone) << "another price";
  EXPECT_EQ(reason(core_.send(replace(core_, kA, "s4", 111, 3))), RejectReason::kNone);
  EXPECT_EQ(events(core_.send(buy(kB, "close", 200, 9))),
            (Events{"accepted close 9@200", "traded close/s6 6@110 left 3/0", "traded close/s4 3@111 left 0/0"}))
      << "B is short 10 and may buy";
  EXPECT_EQ(reason(core_.send(sell(kA, "s2", 110, 2))), RejectReason::kKilled) << "1 is left";
}

// A strategy has no position of its own: its orders give way to what the account's other orders could do.
TEST_F(KillModes, ReduceOnlyOfAStrategyGivesWayToTheRestOfTheAccount) {
  make_position();
  OrderCommand of_mm = sell(kA, "mm8", 110, 8);
  of_mm.strategy = StrategyId{1};
  core_.send(of_mm);
  EXPECT_EQ(events(engage(KillMode::kReduceOnly, KillScope::kStrategy, "mm")), Events{});
  EXPECT_EQ(events(core_.send(sell(kA, "free", 110, 3))), (Events{"accepted free 3@110", "cancelled mm8 8 kill"}));
  of_mm = sell(kA, "mm7", 110, 7);
  of_mm.strategy = StrategyId{1};
  EXPECT_EQ(reason(core_.send(of_mm)), RejectReason::kNone) << "3 + 7";
  EXPECT_EQ(events(core_.send(replace(core_, kA, "free", 110, 4))),
            (Events{"replaced free 4@110 left 4", "cancelled mm7 7 kill"}));
}

TEST_F(KillModes, FlattenClosesThePositionsInScopeWithMarkedOrders) {
  make_position();
  core_.send({sell(kA, "rest", 120, 1), buy(kC, "c1", 99, 4), buy(kC, "c2", 98, 20)});
  const Answer& answer = engage(KillMode::kFlatten, KillScope::kAccount, "A");
  EXPECT_EQ(announced(answer), 1u);
  EXPECT_EQ(events(answer), (Events{"cancelled rest 1 kill", "accepted flatten 10@0", "traded flatten/c1 4@99 left 6/0",
                                    "traded flatten/c2 6@98 left 0/14"}));
  EXPECT_EQ(answer.order_events[1].flags, kFlagFlatten);
  EXPECT_EQ(core_.state().position(kA, InstrumentId{1}), Quantity{0});
  EXPECT_EQ(reason(core_.send(buy(kA, "new", 1, 1))), RejectReason::kKilled);
}

TEST_F(KillModes, FlattenEndsWhereThereIsNobodyToTradeWith) {
  make_position();
  core_.send(buy(kC, "c", 99, 4));
  EXPECT_EQ(events(engage(KillMode::kFlatten, KillScope::kAccount, "A")).back(), "cancelled flatten 6 no_liquidity");
  core_.send(buy(kC, "c", 99, 4));
  EXPECT_EQ(events(engage(KillMode::kFlatten, KillScope::kAccount, "A")),
            (Events{"accepted flatten 6@0", "traded flatten/c 4@99 left 2/0", "cancelled flatten 2 no_liquidity"}))
      << "another kill of the scope tries again";
}

TEST_F(KillModes, FlattenOfASymbolOrAllFindsNobody) {
  make_position();
  core_.send(buy(kC, "c", 99, 4));
  EXPECT_EQ(events(engage(KillMode::kFlatten, KillScope::kSymbol, "X")),
            (Events{"cancelled c 4 kill", "accepted flatten 10@0", "cancelled flatten 10 no_liquidity",
                    "accepted flatten 10@0", "cancelled flatten 10 no_liquidity"}))
      << "A's and B's, by account";
  EXPECT_EQ(events(engage(KillMode::kFlatten, KillScope::kGlobal)).size(), 4u);
}

TEST_F(KillModes, FlattenLeavesAHaltedInstrumentAlone) {
  make_position();
  core_.send(buy(kC, "c", 99, 40));
  core_.control("operator", SetInstrumentState{name("X"), InstrumentState::kHalted});
  EXPECT_EQ(events(engage(KillMode::kFlatten, KillScope::kAccount, "A")), Events{});
}

TEST_F(KillModes, ALatchedFlattenWhileIdle) {
  make_position();
  OrderCommand stop = market(core_, kB, "stop", Side::kSell, 1);
  stop.type = OrderType::kStop;
  stop.stop_price = Price{99};
  core_.send({buy(kC, "c", 99, 40), stop});
  EngageKillSwitch command = kill(core_, KillScope::kAccount, "A");
  command.mode = KillMode::kFlatten;
  ASSERT_TRUE(core_.latch_idle(command));
  EXPECT_EQ(events(core_.last()), (Events{"accepted flatten 10@0", "traded flatten/c 10@99 left 0/30", "triggered stop",
                                          "traded stop/c 1@99 left 0/29"}));
  for (const OrderEvent& event : core_.last().order_events) EXPECT_EQ(event.command_index, kNoCommand);
}

TEST_F(KillModes, TheStrictestOfOverlappingScopesWins) {
  make_position();
  core_.send(sell(kA, "s", 110, 5));
  engage(KillMode::kReduceOnly, KillScope::kAccount, "A");
  engage(KillMode::kBlockOnly, KillScope::kSymbol, "X");
  EXPECT_EQ(reason(core_.send(sell(kA, "r", 110, 1))), RejectReason::kKilled);
  EXPECT_EQ(core_.state().orders().size(), 1u) << "neither cancels it";
}

TEST_F(KillModes, AWeakerKillOfAnEngagedScopeDoesNotSoftenIt) {
  make_position();
  engage(KillMode::kBlockAndCancel, KillScope::kAccount, "A");
  engage(KillMode::kReduceOnly, KillScope::kAccount, "A");
  core_.restore_from_image();
  EXPECT_EQ(reason(core_.send(sell(kA, "r", 110, 1))), RejectReason::kKilled);
  const KillId newest = core_.state().kills().find(KillScope::kAccount, name("A"))->newest.kill.kill_id;
  core_.control("alice", RequestRelease{{1, 1}, KillScope::kAccount, name("A"), newest, {}, {}});
  core_.control("bob", ApproveRelease{{1, 1}, {}});
  EXPECT_EQ(reason(core_.send(sell(kA, "r", 110, 20))), RejectReason::kNone);
  engage(KillMode::kReduceOnly, KillScope::kAccount, "A");
  EXPECT_EQ(core_.state().orders().size(), 0u) << "20 could increase";
  EXPECT_EQ(reason(core_.send(sell(kA, "r", 110, 1))), RejectReason::kNone) << "the release ended the strict one";
}

}  // namespace
}  // namespace sluice::core
