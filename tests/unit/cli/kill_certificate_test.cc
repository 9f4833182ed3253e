// A kill's certificate from logs made by hand: a log that breaks the promise gets none.
#include "planted_log.h"

namespace sluice::cli {
namespace {

class Certificate : public testing::Test, protected PlantedLog {};

TEST_F(Certificate, SaysWhereTheKillIsAndWhatWasExamined) {
  answer({event(Kind::kAccepted, 1)});
  kill();
  const std::uint64_t recorded = chain_.log.info(test::kEvt).value().last_sequence;
  answer({event(Kind::kCancelled, 1), event(Kind::kAccepted, 2, kB)}, {}, {refused(kA), refused(kB)});
  const json certificate = proven();
  EXPECT_EQ(certificate["format"], "sluice-kill-certificate");
  EXPECT_EQ(certificate["version"], 1);
  EXPECT_EQ(certificate["kill"]["scope"], "account");
  EXPECT_EQ(certificate["kill"]["key"], "A");
  EXPECT_EQ(certificate["kill"]["reason"], "why");
  const json& shard = certificate["shards"].at(0);
  EXPECT_EQ(shard["mode"], "block_and_cancel");
  EXPECT_EQ(shard["engaged_by"], "zoe");
  EXPECT_EQ(shard["source"], "latch");
  EXPECT_EQ(shard["event_sequence"], recorded);
  EXPECT_EQ(shard["command_sequence"], 4);
  EXPECT_EQ(shard["command_index"], 0);
  EXPECT_EQ(shard["log_time"], "1970-01-01T00:00:04.000000000Z");
  EXPECT_EQ(shard["events_examined"], 2);
  EXPECT_EQ(shard["events_in_scope"], 1);
  EXPECT_EQ(shard["commands_refused"], 1) << "B's refusal has another cause";
  EXPECT_EQ(shard["violations"], 0);
  EXPECT_EQ(shard["until"]["state"], "open");
  EXPECT_EQ(shard["until"]["event_sequence"], recorded + 1);
  EXPECT_EQ(check(certificate), "");
}

TEST_F(Certificate, EveryPlantedLeakIsFound) {
  struct Row {
    const char* what;
    KillMode mode;
    OrderEvent leak;
  };
  const std::vector<Row> rows{
      {"accepted", KillMode::kBlockAndCancel, event(Kind::kAccepted, 9)},
      {"replaced", KillMode::kBlockAndCancel, event(Kind::kReplaced, 1)},
      {"triggered", KillMode::kBlockAndCancel, event(Kind::kTriggered, 1)},
      {"traded", KillMode::kBlockAndCancel, trade(1, kA, 2, kB)},
      {"traded", KillMode::kBlockAndCancel, trade(2, kB, 1, kA)},
      {"accepted", KillMode::kBlockAndCancel, marked(event(Kind::kAccepted, 9))},
      {"accepted", KillMode::kFlatten, event(Kind::kAccepted, 9)},
      {"traded", KillMode::kFlatten, marked(trade(2, kB, 1, kA))},
      {"accepted", KillMode::kBlockOnly, event(Kind::kAccepted, 9)},
      {"replaced", KillMode::kBlockOnly, event(Kind::kReplaced, 1)},
      {"triggered", KillMode::kBlockOnly, event(Kind::kTriggered, 1)},
      {"traded", KillMode::kBlockOnly, trade(1, kA, 2, kB)},
      {"accepted", KillMode::kReduceOnly, event(Kind::kAccepted, 9)},
      {"accepted", KillMode::kReduceOnly, selling(event(Kind::kAccepted, 9), 6)},
  };
  for (const Row& row : rows) {
    PlantedLog log;
    log.answer({selling(event(Kind::kAccepted, 3, kB)), event(Kind::kAccepted, 4), trade(4, kA, 3, kB),
                event(Kind::kAccepted, 1), selling(event(Kind::kAccepted, 2, kB))});
    log.kill(row.mode);
    EXPECT_EQ(log.refusal(), "");
    log.answer({row.leak});
    EXPECT_NE(log.refusal().find("shard 0: VIOLATED: 1 events"), std::string::npos) << row.what << log.refusal();
    EXPECT_NE(log.refusal().find(std::string("was ") + row.what), std::string::npos) << log.refusal();
  }
}

TEST_F(Certificate, WhatAModeLetsThroughIsNoLeak) {
  struct Row {
    KillMode mode;
    OrderEvent allowed;
  };
  const std::vector<Row> rows{
      {KillMode::kBlockAndCancel, event(Kind::kCancelled, 1)},
      {KillMode::kBlockAndCancel, event(Kind::kAccepted, 9, kB)},
      {KillMode::kFlatten, marked(event(Kind::kAccepted, 9))},
      {KillMode::kFlatten, marked(trade(9, kA, 2, kB))},
      {KillMode::kBlockOnly, trade(2, kB, 1, kA)},
      {KillMode::kReduceOnly, trade(2, kB, 1, kA)},
      {KillMode::kReduceOnly, selling(event(Kind::kAccepted, 9), 5)},
  };
  for (const Row& row : rows) {
    PlantedLog log;
    log.answer({selling(event(Kind::kAccepted, 3, kB)), event(Kind::kAccepted, 4), trade(4, kA, 3, kB),
                event(Kind::kAccepted, 1), selling(event(Kind::kAccepted, 2, kB))});
    log.kill(row.mode);
    log.answer({row.allowed});
    EXPECT_EQ(log.refusal(), "");
  }
}

TEST_F(Certificate, OrdersThatReduceMustFitBesideEachOther) {
  answer({selling(event(Kind::kAccepted, 3, kB)), event(Kind::kAccepted, 4), trade(4, kA, 3, kB)});
  kill(KillMode::kReduceOnly);
  answer({selling(event(Kind::kAccepted, 5), 3), selling(event(Kind::kAccepted, 6), 2)});
  EXPECT_EQ(refusal(), "");
  OrderEvent grown = selling(event(Kind::kReplaced, 6), 3);
  answer({grown});
  EXPECT_NE(refusal().find("order 6 was replaced"), std::string::npos) << refusal();
}

TEST_F(Certificate, ThePlaceInsideAnAnswerCounts) {
  answer({event(Kind::kAccepted, 1), event(Kind::kCancelled, 1)},
         {engaged(KillMode::kBlockAndCancel, KillScope::kAccount, "A", 1)});
  EXPECT_EQ(refusal(), "") << "accepted before it";
  PlantedLog other;
  other.answer({event(Kind::kAccepted, 1), event(Kind::kAccepted, 2)},
               {engaged(KillMode::kBlockAndCancel, KillScope::kAccount, "A", 1)});
  EXPECT_NE(other.refusal().find("order 2 was accepted"), std::string::npos) << other.refusal();
  EXPECT_EQ(other.refusal().find("order 1 was accepted"), std::string::npos) << other.refusal();
}

TEST_F(Certificate, EveryScopeIsExamined) {
  const std::vector<std::pair<KillScope, const char*>> scopes{
      {KillScope::kGlobal, ""}, {KillScope::kSymbol, "X"}, {KillScope::kStrategy, "S"}};
  for (const auto& [scope, key] : scopes) {
    PlantedLog log;
    log.answer({of_strategy(event(Kind::kAccepted, 1, kB))});
    log.kill(KillMode::kBlockAndCancel, scope, key);
    if (scope != KillScope::kGlobal) log.answer({event(Kind::kAccepted, 8, kB, kY)});
    EXPECT_EQ(log.refusal(), "") << key;
    log.answer({trade(8, kA, 1, kB)});  // a resting order of the strategy is hit
    EXPECT_NE(log.refusal(), "") << key;
  }
}

TEST_F(Certificate, ANameRegisteredAfterTheKillIsCovered) {
  kill(KillMode::kBlockAndCancel, KillScope::kAccount, "Z");
  answer({}, {{0, 0, AccountRegistered{AccountId{7}, name("Z")}}});
  EXPECT_EQ(refusal(), "");
  answer({event(Kind::kAccepted, 1, AccountId{7})});
  EXPECT_NE(refusal(), "");
}

TEST_F(Certificate, TheReleaseEndsIt) {
  kill();
  answer({}, {}, {refused(kA), refused(kA, kFlagRepeat)});
  release();
  const std::uint64_t released = chain_.log.info(test::kEvt).value().last_sequence;
  answer({event(Kind::kAccepted, 1)}, {}, {refused(kA)});
  const json shard = proven()["shards"].at(0);
  EXPECT_EQ(shard["commands_refused"], 1);
  EXPECT_EQ(shard["until"]["state"], "released");
  EXPECT_EQ(shard["until"]["requested_by"], "ann");
  EXPECT_EQ(shard["until"]["approved_by"], "bob");
  EXPECT_EQ(shard["until"]["event_sequence"], released);
  EXPECT_EQ(check(proven()), "");
}

TEST_F(Certificate, RefusalsInASymbolAreCountedByTheirCommands) {
  kill(KillMode::kBlockAndCancel, KillScope::kSymbol, "X");
  std::vector<OrderCommand> commands(3);
  for (std::size_t i = 0; i < commands.size(); ++i) {
    commands[i].command_id = {i + 1, i + 1};
    commands[i].account = kA;
    commands[i].instrument = i == 1 ? kY : kX;
    commands[i].type = OrderType::kLimit;
    commands[i].side = Side::kBuy;
    commands[i].tif = TimeInForce::kGtc;
  }
  // The commands that EVT answers: 2 names the registrations, 3 the kill.
  for (int filler = 0; filler < 2; ++filler) {
    chain_.log.inject(test::kCmd, FrameClass::kOrders, eventlog::encode_frame(test::test_genesis(), {}, commands, {}));
  }
  const auto frame = eventlog::encode_frame(test::test_genesis(), {}, commands, {});
  chain_.log.inject(test::kCmd, FrameClass::kOrders, frame);
  Answer refusals;
  refusals.cmd_sequence = CmdSequence{++command_};
  refusals.cmd_sha256 = eventlog::sha256(frame);
  refusals.outcomes = {refused(kA), refused(kA), refused(kA)};
  chain_.write(refusals);
  EXPECT_EQ(proven()["shards"].at(0)["commands_refused"], 2);
  chain_.log.corrupt(test::kCmd, 4, 40);
  EXPECT_NE(refusal().find("refilled: command message 4"), std::string::npos) << refusal();
}

TEST_F(Certificate, WhatAFormerOwnerWroteCountsForNothing) {
  kill();
  chain_.write_aside(test::kSecondOwner, 1, test::answer_of(command_ + 1), chain_.chain);
  EXPECT_EQ(refusal(), "");
}

TEST_F(Certificate, AKillThatIsNotRecordedHasNone) {
  EXPECT_NE(refusal().find("shard 0: kill " + to_string(kKill) + " is not recorded"), std::string::npos);
}

}  // namespace
}  // namespace sluice::cli
