// A kill's certificate from logs made by hand: a log that breaks the promise gets none, and a certificate holds only
// against the log it was made from.
#include <gtest/gtest.h>

#include "cli/kill/certificate.h"
#include "tests/unit/eventlog/evt_chain.h"

namespace sluice::cli {
namespace {

using nlohmann::json;
using Kind = OrderEventKind;

const KillId kKill{1, 1};
const AccountId kA{1}, kB{2};
const StrategyId kS{1};
const InstrumentId kX{1}, kY{2};

Name name(std::string_view text) { return *Name::from(text); }

OrderEvent event(Kind kind, std::uint64_t order, AccountId account = kA, InstrumentId instrument = kX) {
  OrderEvent event;
  event.kind = kind;
  event.order_id = OrderId{order};
  event.account = account;
  event.instrument = instrument;
  event.side = Side::kBuy;
  event.quantity = event.remaining = Quantity{5};
  return event;
}
OrderEvent of_strategy(OrderEvent event) {
  event.strategy = kS;
  return event;
}
OrderEvent marked(OrderEvent event) {
  event.flags = kFlagFlatten;
  return event;
}
OrderEvent selling(OrderEvent event, std::int64_t quantity = 5) {
  event.side = Side::kSell;
  event.quantity = event.remaining = Quantity{quantity};
  return event;
}
/// `taker` buys 5 of `maker`'s order; nothing is left of either.
OrderEvent trade(std::uint64_t order, AccountId taker, std::uint64_t other, AccountId maker) {
  OrderEvent traded = event(Kind::kTraded, order, taker);
  traded.other_order_id = OrderId{other};
  traded.other_account = maker;
  traded.remaining = traded.other_remaining = Quantity{0};
  return traded;
}

/// A shard's log, written by hand: accounts A and B, strategy S, instrument X; CMD 2 has been answered.
class PlantedLog {
 public:
  PlantedLog() {
    chain_.start_epoch(test::kFirstOwner, 1);
    answer({}, {{0, 0, AccountRegistered{kA, name("A")}},
                {0, 1, AccountRegistered{kB, name("B")}},
                {0, 2, StrategyRegistered{kS, name("S")}},
                {0, 3, InstrumentDefined{kX, {.symbol = name("X"), .home = {}}}}});
  }
  /// The answer to the next command message.
  void answer(std::vector<OrderEvent> events, std::vector<ControlEvent> controls = {},
              std::vector<Outcome> outcomes = {}) {
    Answer answer;
    answer.cmd_sequence = CmdSequence{++command_};
    answer.log_time = Nanos{static_cast<std::int64_t>(command_) * kNanosPerSecond};
    answer.order_events = std::move(events);
    answer.control_events = std::move(controls);
    answer.outcomes = std::move(outcomes);
    chain_.write(answer);
  }
  static ControlEvent engaged(KillMode mode, KillScope scope = KillScope::kAccount, std::string_view key = "A",
                              std::uint32_t before = 0, const KillId& id = kKill) {
    KillSwitchEngaged engaged;
    engaged.kill = {.kill_id = id, .scope = scope, .mode = mode, .key = name(key), .reason = *Note::from("why")};
    engaged.by = *Principal::from("zoe");
    engaged.source = KillSource::kLatch;
    return {before, 0, engaged};
  }
  void kill(KillMode mode = KillMode::kBlockAndCancel, KillScope scope = KillScope::kAccount,
            std::string_view key = "A") {
    answer({}, {engaged(mode, scope, key)});
  }
  void release() {
    answer({}, {{0, 0,
                 KillSwitchReleased{.release_id = {5, 5},
                                    .scope = KillScope::kAccount,
                                    .key = name("A"),
                                    .kill_id = kKill,
                                    .requested_by = *Principal::from("ann"),
                                    .approved_by = *Principal::from("bob")}}});
  }
  static Outcome refused(AccountId account, std::uint8_t flags = 0) {
    Outcome outcome;
    outcome.key_owner = account.value();
    outcome.code = OutcomeCode::kRejected;
    outcome.reason = RejectReason::kKilled;
    outcome.flags = flags;
    return outcome;
  }
  json proven() {
    auto certificate = certify_kill(chain_.log, kKill, {});
    EXPECT_TRUE(certificate.ok()) << certificate.error().message;
    return certificate.ok() ? certificate.value() : json();
  }
  /// Why there is no certificate; empty if there is one.
  std::string refusal() {
    const auto certificate = certify_kill(chain_.log, kKill, {});
    return certificate.ok() ? "" : certificate.error().message;
  }
  std::string check(const std::string& text) {
    const Status checked = check_certificate(chain_.log, text, {});
    return checked.ok() ? "" : checked.error().message;
  }
  std::string check(const json& certificate) { return check(certificate_text(certificate)); }

  test::EvtChain chain_;
  std::uint64_t command_ = 1;
};

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

class CertificateCheck : public Certificate {
 protected:
  CertificateCheck() {
    kill();
    answer({event(Kind::kAccepted, 2, kB)}, {}, {refused(kA)});
    certificate_ = proven();
    end_ = chain_.log.info(test::kEvt).value().last_sequence;
  }
  /// The log again without its last answer, and its chain there.
  void cut() {
    const auto before = chain_.log.get(test::kEvt, end_ - 1).value();
    chain_.log.truncate(test::kEvt, end_ - 1);
    chain_.chain = eventlog::open_sealed(before.payload()).value().header.chain;
    --command_;
  }

  json certificate_;
  std::uint64_t end_ = 0;
};

TEST_F(CertificateCheck, HoldsWhileTheLogGrows) {
  EXPECT_EQ(check(certificate_), "");
  answer({event(Kind::kAccepted, 3, kB)});
  EXPECT_EQ(check(certificate_), "");
  release();
  EXPECT_EQ(check(certificate_), "") << "it says how far it looked";
}

TEST_F(CertificateCheck, AChangedCertificateIsTampered) {
  std::string text = certificate_text(certificate_);
  const auto at = text.find("\"orders_cancelled\": 0");
  ASSERT_NE(at, std::string::npos);
  text[at + 20] = '7';
  EXPECT_EQ(check(text).rfind("tampered: ", 0), 0u) << check(text);
}

TEST_F(CertificateCheck, AForgedCertificateIsContradictedLineByLine) {
  json forged = certificate_;
  forged["shards"][0]["commands_refused"] = 99;
  forged = seal_certificate(forged);
  const std::string said = check(forged);
  EXPECT_EQ(said.rfind("line ", 0), 0u) << said;
  EXPECT_NE(said.find("\"commands_refused\": 99, where"), std::string::npos) << said;
  forged = certificate_;
  forged["kill"]["reason"] = "another";
  EXPECT_EQ(check(seal_certificate(forged)).rfind("line ", 0), 0u);
  forged = certificate_;
  forged["shards"].push_back(forged["shards"][0]);
  EXPECT_EQ(check(seal_certificate(forged)).rfind("line ", 0), 0u);
}

TEST_F(CertificateCheck, ALogOfAnotherDeploymentIsNamed) {
  json other = certificate_;
  other["deployment"] = to_string(Uuid{9, 9});
  EXPECT_EQ(check(seal_certificate(other)).rfind("deployment: ", 0), 0u);
}

TEST_F(CertificateCheck, ATruncatedLogIsNamed) {
  cut();
  EXPECT_EQ(check(certificate_).rfind("truncated: shard 0: ", 0), 0u) << check(certificate_);
}

TEST_F(CertificateCheck, ARefilledLogIsNamed) {
  cut();
  answer({event(Kind::kAccepted, 3, kB)}, {}, {refused(kA)});
  const std::string said = check(certificate_);
  EXPECT_NE(said.find("refilled: event message " + std::to_string(end_)), std::string::npos) << said;
}

TEST_F(CertificateCheck, ADamagedLogHaltsWithItsRule) {
  chain_.log.corrupt(test::kEvt, 3, eventlog::kEventHeaderBytes + 20);
  EXPECT_NE(check(certificate_).find("EVT message 3"), std::string::npos) << check(certificate_);
}

TEST_F(CertificateCheck, WhatIsNoCertificateIsSaidToBeNone) {
  json other_version = certificate_;
  other_version["version"] = 2;
  json no_place = certificate_;
  no_place["shards"][0].erase("until");
  for (const std::string& text : {std::string(), std::string("{}"), std::string("[1]"), certificate_text(other_version),
                                  certificate_text(seal_certificate(no_place))})
    EXPECT_EQ(check(text).rfind("certificate: ", 0), 0u) << text;
}

}  // namespace
}  // namespace sluice::cli
