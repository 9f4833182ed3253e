// R-KILL: what an engaged scope cancels and blocks, by log and by latch.
#include <gtest/gtest.h>

#include "tests/support/core_fixture.h"

namespace sluice::core {
namespace {

class Kill : public testing::Test {
 protected:
  Kill() { core_.register_usual(); }

  OrderCommand order(AccountId account, std::string_view id, StrategyId strategy = {},
                     InstrumentId instrument = InstrumentId{1}) {
    OrderCommand command = limit(core_, account, id, Side::kBuy, 10, 5);
    command.strategy = strategy;
    command.instrument = instrument;
    return command;
  }
  const KillSwitchEngaged& engaged(const Answer& answer, std::size_t i = 0) {
    return std::get<KillSwitchEngaged>(answer.control_events.at(i).body);
  }

  const AccountId kA{1}, kB{2};
  const StrategyId kMm{1};
  const InstrumentId kY{2};
  CoreFixture core_;
};

struct ScopeRow {
  KillScope scope;
  const char* key;
  Events cancelled;           // of a (A), b (B), m (A, strategy mm), y (B, instrument Y)
  std::vector<bool> blocked;  // whether a new one of each is refused
};
class KillScopes : public testing::TestWithParam<ScopeRow> {};

TEST_P(KillScopes, CancelsInIdOrderAndBlocksExactlyItsScope) {
  CoreFixture core;
  core.register_usual();
  const auto orders = [&](const std::string& prefix) {
    std::vector<OrderCommand> commands{limit(core, AccountId{1}, prefix + "a", Side::kBuy, 10, 5),
                                       limit(core, AccountId{2}, prefix + "b", Side::kBuy, 10, 5),
                                       limit(core, AccountId{1}, prefix + "m", Side::kBuy, 10, 5),
                                       limit(core, AccountId{2}, prefix + "y", Side::kBuy, 10, 5)};
    commands[2].strategy = StrategyId{1};
    commands[3].instrument = InstrumentId{2};
    return commands;
  };
  core.send(orders(""));

  const Answer& answer = core.control("officer", kill(core, GetParam().scope, GetParam().key));
  EXPECT_EQ(order_events(answer, core), GetParam().cancelled);
  const auto& event = std::get<KillSwitchEngaged>(answer.control_events.at(0).body);
  EXPECT_EQ(event.orders_cancelled, GetParam().cancelled.size());
  EXPECT_EQ(event.source, KillSource::kLog);
  EXPECT_EQ(event.by, principal("officer"));
  EXPECT_EQ(answer.control_events[0].before, 0u);
  for (const OrderEvent& cancelled : answer.order_events) EXPECT_EQ(cancelled.command_index, 0u);

  const Answer& again = core.send(orders("new-"));
  for (std::size_t i = 0; i < again.outcomes.size(); ++i) {
    EXPECT_EQ(again.outcomes[i].reason, GetParam().blocked[i] ? RejectReason::kKilled : RejectReason::kNone) << i;
  }
}
INSTANTIATE_TEST_SUITE_P(
    FourScopes, KillScopes,
    testing::Values(
        ScopeRow{KillScope::kGlobal,
                 "",
                 {"cancelled a 5 kill", "cancelled b 5 kill", "cancelled m 5 kill", "cancelled y 5 kill"},
                 {true, true, true, true}},
        ScopeRow{KillScope::kAccount, "A", {"cancelled a 5 kill", "cancelled m 5 kill"}, {true, false, true, false}},
        ScopeRow{KillScope::kSymbol,
                 "X",
                 {"cancelled a 5 kill", "cancelled b 5 kill", "cancelled m 5 kill"},
                 {true, true, true, false}},
        ScopeRow{KillScope::kStrategy, "mm", {"cancelled m 5 kill"}, {false, false, true, false}}));

TEST_F(Kill, CancelsStayAllowedAndReplacesHaveNothingToChange) {
  core_.send(order(kA, "a"));
  core_.send(order(kB, "b"));
  core_.control("officer", kill(core_, KillScope::kAccount, "A"));
  EXPECT_EQ(reason(core_.send(cancel(core_, kA, "a"))), RejectReason::kUnknownOrder);
  EXPECT_EQ(reason(core_.send(replace(core_, kA, "a", 11, 5))), RejectReason::kUnknownOrder);
  EXPECT_EQ(reason(core_.send(cancel(core_, kB, "b"))), RejectReason::kNone);
}

TEST_F(Kill, PositionsStay) {
  core_.send(limit(core_, kA, "s", Side::kSell, 10, 5));
  core_.send(limit(core_, kB, "b", Side::kBuy, 10, 3));
  core_.control("officer", kill(core_, KillScope::kGlobal));
  EXPECT_EQ(core_.state().position(kA, InstrumentId{1}), Quantity{-3});
}

TEST_F(Kill, TheSameKillIdAgainIsExecutedWithoutAnEvent) {
  const EngageKillSwitch command = kill(core_, KillScope::kGlobal);
  core_.control("officer", command);
  const Hash128 before = core_.engine().trading_hash();
  EXPECT_TRUE(core_.control("officer", command).control_events.empty());
  EXPECT_EQ(reason(core_.last()), RejectReason::kNone);
  EXPECT_EQ(core_.engine().trading_hash(), before);
  core_.advance_millis(86'400'000);
  core_.control("sluice-engine", Tick{});  // a settlement day begins
  EXPECT_TRUE(core_.control("someone-else", command).control_events.empty()) << "remembered for ever";
}

TEST_F(Kill, AnotherKillOfAnEngagedScopeIsRecordedAsTheNewest) {
  core_.control("officer", kill(core_, KillScope::kGlobal));
  const EngageKillSwitch second = kill(core_, KillScope::kGlobal);
  const Answer& answer = core_.control("officer", second);
  EXPECT_EQ(engaged(answer).orders_cancelled, 0u);
  EXPECT_EQ(core_.state().kills().find(KillScope::kGlobal, Name{})->newest.kill.kill_id, second.kill_id);
}

TEST_F(Kill, IsNeverRefusedForItsKey) {
  const CommandId used = core_.fresh_id();
  core_.control({{.command_id = used, .principal = principal("officer"), .body = RegisterAccount{name("Z")}}});
  core_.advance_millis(5);
  const Answer& same_key = core_.control(
      {{.command_id = used, .principal = principal("officer"), .body = kill(core_, KillScope::kAccount, "A")}});
  EXPECT_EQ(reason(same_key), RejectReason::kNone);
  EXPECT_EQ(same_key.control_events.size(), 1u);
  const Answer& no_stamp = core_.control(
      {{.command_id = Uuid{5, 5}, .principal = principal("officer"), .body = kill(core_, KillScope::kAccount, "B")}});
  EXPECT_EQ(reason(no_stamp), RejectReason::kNone);
  EXPECT_EQ(no_stamp.control_events.size(), 1u);
}

TEST_F(Kill, LatchesByNameBeforeTheNameIsRegistered) {
  core_.control("officer", kill(core_, KillScope::kAccount, "LATE"));
  core_.control("officer", kill(core_, KillScope::kStrategy, "late"));
  core_.control("officer", kill(core_, KillScope::kSymbol, "LATE"));
  const AccountId account = core_.account("LATE");
  EXPECT_EQ(reason(core_.send(order(account, "a"))), RejectReason::kKilled);
  EXPECT_EQ(reason(core_.send(order(kA, "b", core_.strategy("late")))), RejectReason::kKilled);
  EXPECT_EQ(reason(core_.send(order(kA, "c", {}, core_.instrument("LATE")))), RejectReason::kKilled);
  EXPECT_EQ(reason(core_.send(order(kA, "d"))), RejectReason::kNone);
}

TEST_F(Kill, ALatchedKillTakesEffectBeforeTheNextCommand) {
  core_.send(order(kA, "a"));
  ASSERT_TRUE(core_.latch().store({kill(core_, KillScope::kAccount, "A"), principal("officer")}));
  const Answer& answer = core_.send({order(kA, "x"), order(kB, "y")});
  EXPECT_EQ(order_events(answer, core_), (Events{"cancelled a 5 kill", "accepted y 5@10"}));
  EXPECT_EQ(engaged(answer).source, KillSource::kLatch);
  EXPECT_EQ(answer.control_events[0].command_index, 0u);
  EXPECT_EQ(answer.order_events[0].command_index, kNoCommand) << "no command caused it";
  EXPECT_EQ(answer.outcomes[0].reason, RejectReason::kKilled);
  EXPECT_EQ(answer.outcomes[1].reason, RejectReason::kNone);
}

TEST_F(Kill, EveryPendingLatchedKillTakesEffect) {
  core_.latch().store({kill(core_, KillScope::kAccount, "A"), principal("officer")});
  core_.latch().store({kill(core_, KillScope::kAccount, "B"), principal("officer")});
  const Answer& answer = core_.send(std::vector{order(kA, "a"), order(kB, "b")});
  EXPECT_EQ(answer.control_events.size(), 2u);
  EXPECT_EQ(answer.outcomes[0].reason, RejectReason::kKilled);
  EXPECT_EQ(answer.outcomes[1].reason, RejectReason::kKilled);
}

TEST_F(Kill, LatchAndLogTogetherEngageOnce) {
  const EngageKillSwitch command = kill(core_, KillScope::kGlobal);
  core_.latch().store({command, principal("officer")});
  const Answer& answer = core_.control("officer", command);
  EXPECT_EQ(answer.control_events.size(), 1u) << "the latch came first; the log is its second path";
  EXPECT_EQ(engaged(answer).source, KillSource::kLatch);
  EXPECT_EQ(reason(answer), RejectReason::kNone);
}

TEST_F(Kill, ALatchedKillWhileIdleIsAControlAnswer) {
  core_.send(order(kA, "a"));
  const CmdSequence before = core_.engine().cmd_sequence();
  const EngageKillSwitch command = kill(core_, KillScope::kGlobal);
  ASSERT_TRUE(core_.latch_idle(command));
  EXPECT_EQ(core_.last().kind, AnswerKind::kControl);
  EXPECT_EQ(core_.last().cmd_sequence, before);
  EXPECT_EQ(core_.engine().cmd_sequence(), before);
  EXPECT_EQ(core_.last().control_events[0].command_index, kNoCommand);
  EXPECT_EQ(order_events(core_.last(), core_), Events{"cancelled a 5 kill"});
  EXPECT_FALSE(core_.latch_idle(command)) << "known";
}

TEST_F(Kill, ALatchedKillOfAModeThatIsNotPossibleStopsAsStrictlyAsPossible) {
  EngageKillSwitch command = kill(core_, KillScope::kStrategy, "mm");
  command.mode = KillMode::kFlatten;
  ASSERT_TRUE(core_.latch_idle(command));
  EXPECT_EQ(engaged(core_.last()).kill.mode, KillMode::kBlockAndCancel);
  EngageKillSwitch nowhere = kill(core_, KillScope::kAccount, "");
  EXPECT_FALSE(core_.latch_idle(nowhere)) << "an account kill names an account";
}

struct BadKillRow {
  const char* cause;
  RejectReason reason;
  void (*spoil)(EngageKillSwitch&);
};
class RefusedKill : public testing::TestWithParam<BadKillRow> {};
TEST_P(RefusedKill, SaysWhyAndChangesNothing) {
  CoreFixture core;
  EngageKillSwitch command = kill(core, KillScope::kAccount, "A");
  GetParam().spoil(command);
  const Hash128 before = core.engine().trading_hash();
  EXPECT_EQ(reason(core.control("officer", command)), GetParam().reason);
  EXPECT_EQ(core.engine().trading_hash(), before);
}
INSTANTIATE_TEST_SUITE_P(OneRowACause, RefusedKill,
                         testing::Values(BadKillRow{"NoId", RejectReason::kInvalidId, [](auto& k) { k.kill_id = {}; }},
                                         BadKillRow{"NoKey", RejectReason::kInvalidDefinition,
                                                    [](auto& k) { k.key = {}; }},
                                         BadKillRow{"GlobalWithKey", RejectReason::kInvalidDefinition,
                                                    [](auto& k) { k.scope = KillScope::kGlobal; }},
                                         BadKillRow{"UnknownScope", RejectReason::kInvalidDefinition,
                                                    [](auto& k) { k.scope = KillScope{9}; }},
                                         BadKillRow{"FlattenAStrategy", RejectReason::kUnsupported,
                                                    [](auto& k) {
                                                      k.scope = KillScope::kStrategy;
                                                      k.key = name("mm");
                                                      k.mode = KillMode::kFlatten;
                                                    }}),
                         [](const auto& tested) { return std::string(tested.param.cause); });

}  // namespace
}  // namespace sluice::core
