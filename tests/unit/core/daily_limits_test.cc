// Daily limits: the fill that uses one up stops its account in the same answer. Each frame is also replayed and checked
// by the fixture.
#include <gtest/gtest.h>

#include "engine/core/risk.h"
#include "tests/support/core_fixture.h"

namespace sluice::core {
namespace {

class Daily : public testing::Test {
 protected:
  Daily() { core_.register_usual(); }
  const Answer& set(std::string_view account, LimitKind kind, std::int64_t value) {
    SetLimits limits;
    limits.account = name(account);
    limits.changes[static_cast<std::size_t>(kind)] = {LimitAction::kSet, value};
    return core_.control("officer", limits);
  }
  OrderCommand sell(AccountId account, std::string_view id, std::int64_t price, std::int64_t quantity) {
    return limit(core_, account, id, Side::kSell, price, quantity);
  }
  OrderCommand buy(AccountId account, std::string_view id, std::int64_t price, std::int64_t quantity) {
    return limit(core_, account, id, Side::kBuy, price, quantity);
  }
  Events events(const Answer& answer) { return order_events(answer, core_); }
  /// Names of the accounts that the answer stops, each with the place of its kill among the order events.
  static Events kills(const Answer& answer) {
    Events texts;
    for (const ControlEvent& event : answer.control_events) {
      const auto* engaged = std::get_if<KillSwitchEngaged>(&event.body);
      if (engaged == nullptr) continue;
      EXPECT_EQ(engaged->source, KillSource::kAutomatic);
      EXPECT_EQ(engaged->by.view(), kEngineName);
      texts.push_back(engaged->kill.key.str() + " " + engaged->kill.reason.str() + " at " +
                      std::to_string(event.before));
    }
    return texts;
  }
  void release(std::string_view account) {
    const KillImage& kill = *core_.state().kills().find(KillScope::kAccount, name(account));
    const Uuid id{++releases_, 1};
    core_.control("alice", RequestRelease{id, KillScope::kAccount, name(account), kill.newest.kill.kill_id, {}, {}});
    core_.control("bob", ApproveRelease{id, {}});
    ASSERT_FALSE(core_.state().kills().engaged(KillScope::kAccount, name(account)));
  }
  /// A trade of 1 between B and C.
  const Answer& print(std::int64_t price) {
    const std::string number = std::to_string(++prints_);
    core_.send(sell(kB, "ps" + number, price, 1));
    return core_.send(buy(kC, "pb" + number, price, 1));
  }

  const AccountId kA{1}, kB{2}, kC{3};
  std::uint64_t releases_ = 0;
  int prints_ = 0;
  CoreFixture core_;
};

TEST_F(Daily, NTradesNeverOneMoreInMidSweep) {
  set("A", LimitKind::kMaxDailyTrades, 2);
  core_.send({sell(kB, "1", 10, 5), sell(kB, "2", 10, 5), sell(kB, "3", 10, 5), buy(kA, "rest", 9, 1)});
  const Answer& answer = core_.send(buy(kA, "t", 10, 15));
  EXPECT_EQ(events(answer), (Events{"accepted t 15@10", "traded t/1 5@10 left 10/0", "traded t/2 5@10 left 5/0",
                                    "cancelled rest 1 kill", "cancelled t 5 kill"}));
  EXPECT_EQ(kills(answer), Events{"A max_daily_trades at 3"});
  EXPECT_EQ(reason(core_.send(buy(kA, "again", 10, 1))), RejectReason::kKilled);
}

TEST_F(Daily, AMakerThatReachesItLeavesTheBookBeforeTheNextMatch) {
  set("B", LimitKind::kMaxDailyTrades, 1);
  core_.send({sell(kB, "b1", 10, 5), sell(kB, "b2", 10, 5), sell(kC, "c", 10, 5)});
  const Answer& answer = core_.send(buy(kA, "t", 10, 15));
  EXPECT_EQ(events(answer), (Events{"accepted t 15@10", "traded t/b1 5@10 left 10/0", "cancelled b2 5 kill",
                                    "traded t/c 5@10 left 5/0"}));
}

TEST_F(Daily, TheTradeThatFillsEverythingEngagesToo) {
  set("A", LimitKind::kMaxDailyTrades, 1);
  core_.send(sell(kB, "1", 10, 5));
  const Answer& answer = core_.send(buy(kA, "t", 10, 5));
  EXPECT_EQ(kills(answer), Events{"A max_daily_trades at 2"});
}

TEST_F(Daily, FillOrKillCountsWhatALimitWouldTakeAway) {
  set("A", LimitKind::kMaxDailyTrades, 2);
  set("B", LimitKind::kMaxDailyTrades, 1);
  core_.send({sell(kB, "b1", 10, 5), sell(kB, "b2", 10, 5), sell(kC, "c1", 10, 5), sell(kC, "c2", 10, 5)});
  OrderCommand fok = buy(kA, "f", 10, 15);
  fok.tif = TimeInForce::kFok;
  EXPECT_EQ(events(core_.send(fok)), (Events{"accepted f 15@10", "cancelled f 15 fok"}))
      << "two trades are 10: b1 and, b2 being gone, c1";
  fok = buy(kA, "g", 10, 10);
  fok.tif = TimeInForce::kFok;
  EXPECT_EQ(events(core_.send(fok)), (Events{"accepted g 10@10", "traded g/b1 5@10 left 5/0", "cancelled b2 5 kill",
                                             "traded g/c1 5@10 left 0/0"}));
}

TEST_F(Daily, FillOrKillCountsEachTrancheOfAnIceberg) {
  set("A", LimitKind::kMaxDailyTrades, 3);
  OrderCommand iceberg = sell(kB, "i", 10, 20);
  iceberg.display = Quantity{5};
  core_.send({iceberg, sell(kC, "c", 10, 5)});
  OrderCommand fok = buy(kA, "f", 10, 16);
  fok.tif = TimeInForce::kFok;
  EXPECT_EQ(events(core_.send(fok)).back(), "cancelled f 16 fok");
  fok = buy(kA, "g", 10, 15);
  fok.tif = TimeInForce::kFok;
  EXPECT_EQ(events(core_.send(fok)).size(), 4u) << "i, c, i again";
}

TEST_F(Daily, ATradeWithItselfCountsOnce) {
  set("A", LimitKind::kMaxDailyTrades, 2);
  core_.send({sell(kA, "s", 10, 1), buy(kA, "b", 10, 1)});
  EXPECT_EQ(core_.state().account(kA)->day_trades, 1u);
}

TEST_F(Daily, AfterTheReleaseTheLimitStillRefuses) {
  set("A", LimitKind::kMaxDailyTrades, 1);
  core_.send({sell(kB, "1", 10, 5), buy(kA, "t", 10, 5)});
  release("A");
  EXPECT_EQ(reason(core_.send(buy(kA, "u", 10, 1))), RejectReason::kMaxDailyTrades);
  set("A", LimitKind::kMaxDailyTrades, 5);
  EXPECT_EQ(reason(core_.send(buy(kA, "u", 10, 1))), RejectReason::kNone);
}

TEST_F(Daily, ANewDayBeginsAtZeroButLiftsNoKill) {
  set("A", LimitKind::kMaxDailyTrades, 1);
  core_.send({sell(kB, "1", 10, 5), buy(kA, "t", 10, 5)});
  core_.advance_millis(86'400'000);
  core_.control("sluice-engine", Tick{});
  EXPECT_EQ(core_.state().account(kA)->day_trades, 0u);
  EXPECT_EQ(reason(core_.send(buy(kA, "u", 10, 1))), RejectReason::kKilled);
  release("A");
  core_.restore_from_image();
  EXPECT_EQ(reason(core_.send(buy(kA, "u", 10, 1))), RejectReason::kNone);
}

TEST_F(Daily, ALimitThatIsUsedUpWhenItIsSetStopsAtOnce) {
  core_.send({sell(kB, "1", 10, 1), buy(kA, "t", 10, 5)});
  const Answer& answer = set("A", LimitKind::kMaxDailyTrades, 1);
  EXPECT_EQ(kills(answer), Events{"A max_daily_trades at 0"});
  EXPECT_EQ(events(answer), Events{"cancelled t 4 kill"});
}

TEST_F(Daily, ADefaultBindsEverybody) {
  set("", LimitKind::kMaxDailyTrades, 1);
  const Answer& answer = core_.send({sell(kC, "1", 10, 1), buy(kB, "t", 10, 5)});
  EXPECT_EQ(kills(answer), (Events{"B max_daily_trades at 3", "C max_daily_trades at 4"})) << "by account";
}

// A buys 10 at 100; the loss is unrealised, and somebody else's trade makes it.
TEST_F(Daily, ALossBeyondTheLimitStopsWhoeverHoldsThePosition) {
  set("A", LimitKind::kMaxDailyLoss, 50);
  core_.send({sell(kB, "s", 100, 10), buy(kA, "b", 100, 10)});
  core_.send(buy(kA, "rest", 1, 1));
  EXPECT_EQ(kills(print(95)), Events{}) << "50 is allowed";
  const Answer& answer = print(94);
  EXPECT_EQ(kills(answer), Events{"A max_daily_loss at 2"});
  EXPECT_EQ(events(answer).back(), "cancelled rest 1 kill");
  EXPECT_EQ(kills(print(90)), Events{}) << "once";
  release("A");
  EXPECT_EQ(kills(print(89)), Events{}) << "it was over the limit before, and has nothing to stop";
  EXPECT_EQ(reason(core_.send(buy(kA, "again", 10, 1))), RejectReason::kMaxDailyLoss);
}

TEST_F(Daily, ARealisedLossInMidSweepEndsTheSweep) {
  set("A", LimitKind::kMaxDailyLoss, 30);
  core_.send({sell(kB, "s", 100, 10), buy(kA, "b", 100, 10)});
  core_.send({buy(kC, "1", 98, 2), buy(kC, "2", 95, 2), buy(kC, "3", 94, 2)});
  const Answer& answer = core_.send(sell(kA, "out", 1, 10));
  EXPECT_EQ(events(answer), (Events{"accepted out 10@1", "traded out/1 2@98 left 8/0", "traded out/2 2@95 left 6/0",
                                    "cancelled out 6 kill"}))
      << "at 95: 2 x 2 + 2 x 5 realised, 6 x 5 not";
}

TEST_F(Daily, FillOrKillCountsALossThatWouldStopIt) {
  set("A", LimitKind::kMaxDailyLoss, 30);
  core_.send({sell(kB, "s", 100, 10), buy(kA, "b", 100, 10)});
  core_.send({buy(kC, "1", 98, 2), buy(kC, "2", 95, 2), buy(kC, "3", 94, 2)});
  OrderCommand fok = sell(kA, "f", 1, 6);
  fok.tif = TimeInForce::kFok;
  EXPECT_EQ(events(core_.send(fok)), (Events{"accepted f 6@1", "cancelled f 6 fok"}));
  fok = sell(kA, "g", 1, 4);
  fok.tif = TimeInForce::kFok;
  EXPECT_EQ(kills(core_.send(fok)), Events{"A max_daily_loss at 3"}) << "filled, and then stopped";
}

TEST_F(Daily, TheLossOfADayBeginsWithTheDay) {
  core_.send({sell(kB, "s", 100, 10), buy(kA, "b", 100, 10)});
  print(50);
  core_.advance_millis(86'400'000);
  core_.control("sluice-engine", Tick{});
  set("A", LimitKind::kMaxDailyLoss, 50);
  EXPECT_FALSE(core_.state().kills().engaged(KillScope::kAccount, name("A"))) << "yesterday's loss is yesterday's";
  core_.restore_from_image();
  EXPECT_EQ(kills(print(45)), Events{});
  EXPECT_EQ(kills(print(44)), Events{"A max_daily_loss at 2"});
}

TEST_F(Daily, OtherInstrumentsCount) {
  set("A", LimitKind::kMaxDailyLoss, 50);
  core_.send({sell(kB, "s", 100, 10), buy(kA, "b", 100, 10)});
  print(96);
  OrderCommand maker = sell(kB, "ys", 20, 10);
  OrderCommand taker = buy(kA, "yb", 20, 10);
  maker.instrument = taker.instrument = InstrumentId{2};
  core_.send({maker, taker});
  maker = sell(kB, "ys2", 18, 1);
  taker = buy(kC, "yb2", 18, 1);
  maker.instrument = taker.instrument = InstrumentId{2};
  EXPECT_EQ(kills(core_.send({maker, taker})), Events{"A max_daily_loss at 3"}) << "40 in X, 20 in Y";
}

TEST_F(Daily, AStopOfAStoppedAccountDoesNotTrigger) {
  set("B", LimitKind::kMaxDailyTrades, 1);
  OrderCommand stop = market(core_, kB, "stop", Side::kBuy, 1);
  stop.type = OrderType::kStop;
  stop.stop_price = Price{10};
  core_.send({stop, sell(kB, "b", 10, 5)});
  EXPECT_EQ(events(core_.send(buy(kA, "t", 10, 5))),
            (Events{"accepted t 5@10", "traded t/b 5@10 left 0/0", "cancelled stop 1 kill"}));
}

TEST_F(Daily, TheKillIdIsTheSameWhereverTheLogIsExecuted) {
  const auto run = [] {
    CoreFixture core;
    core.register_usual();
    SetLimits limits;
    limits.account = name("A");
    limits.changes[static_cast<std::size_t>(LimitKind::kMaxDailyTrades)] = {LimitAction::kSet, 1};
    core.control("officer", limits);
    core.send({limit(core, AccountId{2}, "1", Side::kSell, 10, 1), limit(core, AccountId{1}, "2", Side::kBuy, 10, 1)});
    return core.state().kills().kill_ids();
  };
  ASSERT_EQ(run().size(), 1u);
  EXPECT_EQ(run(), run());
  EXPECT_EQ(to_string(run()[0])[14], '8') << "a UUID of version 8";
}

}  // namespace
}  // namespace sluice::core
