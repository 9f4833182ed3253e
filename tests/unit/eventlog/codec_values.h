// One value of everything that goes into the log, with every field set, for tests of the codecs and for the golden
// files.
#pragma once

#include <vector>

#include "eventlog/codec.h"
#include "eventlog/snapshot_codec.h"
#include "log_fixture.h"

namespace sluice::test {

inline Name name(std::string_view text) { return *Name::from(text); }

inline constexpr eventlog::FrameAddress kAddress{WriterId{0x1122334455667788}, 3, 42};

inline std::vector<OrderCommand> some_orders() {
  OrderCommand submit;
  submit.command_id = make_uuid7(1'700'000'000'000, 1, 2);
  submit.price = Price{5'853'300};
  submit.quantity = Quantity{18};
  submit.stop_price = Price{5'853'400};
  submit.display = Quantity{5};
  submit.expire_at = Nanos{1'700'000'001'000'000'000};
  submit.valid_until = Nanos{1'700'000'002'000'000'000};
  submit.client_order_id = *ClientOrderId::from("twenty-bytes-of-text");
  submit.account = AccountId{1};
  submit.strategy = StrategyId{2};
  submit.instrument = InstrumentId{3};
  submit.kind = OrderCommandKind::kSubmit;
  submit.type = OrderType::kStopLimit;
  submit.side = Side::kSell;
  submit.tif = TimeInForce::kGtd;
  submit.stp = SelfTradePrevention::kDecrement;
  submit.flags = kFlagPostOnly;
  OrderCommand replace;
  replace.command_id = make_uuid7(1'700'000'000'001, 3, 4);
  replace.order_id = make_order_id(ShardId{0}, 7);
  replace.quantity = Quantity{20};
  replace.account = AccountId{1};
  replace.instrument = InstrumentId{3};
  replace.kind = OrderCommandKind::kReplace;
  replace.fields = kFieldQuantity | kFieldPrice | kFieldStopPrice;
  return {submit, replace};
}

inline DefineInstrument some_instrument() {
  return {.symbol = name("AAPL"),
          .home = ShardId{0},
          .tick = Price{100},
          .lot = Quantity{10},
          .unit_value = Money{1000},
          .stop_in_market = StopInMarket::kReject};
}
inline LimitChanges some_limits() {
  LimitChanges changes{};
  changes[static_cast<std::size_t>(LimitKind::kMaxPosition)] = {LimitAction::kSet, 1000};
  changes[static_cast<std::size_t>(LimitKind::kMaxOrderQuantity)] = {LimitAction::kLift, 0};
  return changes;
}
inline EngageKillSwitch some_kill() {
  return {.kill_id = {11, 12},
          .scope = KillScope::kAccount,
          .mode = KillMode::kBlockAndCancel,
          .key = name("ACME"),
          .reason = *Note::from("runaway algorithm")};
}
inline RequestRelease some_request() {
  return {.release_id = {13, 14},
          .scope = KillScope::kAccount,
          .key = name("ACME"),
          .kill_id = {11, 12},
          .kill_sequence = EvtSequence{9},
          .reason = *Note::from("fixed")};
}

inline ControlCommand by_alice(std::uint64_t id, ControlCommandBody body) {
  return {{id, id}, *Principal::from("alice"), std::move(body)};
}
inline std::vector<ControlCommand> some_reference() {
  return {by_alice(1, some_instrument()), by_alice(2, RegisterAccount{name("ACME")}),
          by_alice(3, RegisterStrategy{name("momentum")}), by_alice(4, SetLimits{name("ACME"), some_limits()})};
}
inline std::vector<ControlCommand> some_control() {
  return {by_alice(5, some_kill()), by_alice(6, some_request()),
          by_alice(7, ApproveRelease{{13, 14}, *Note::from("agreed")}), by_alice(8, Tick{})};
}

inline std::vector<SettlementDay> some_days() {
  return {{.ends_at = Nanos{1'700'000'400'000'000'000}, .date = 20231114},
          {.ends_at = Nanos{1'700'086'800'000'000'000}, .date = 20231115}};
}
/// What came with decision logic 3.
inline std::vector<ControlCommand> some_states_and_days() {
  return {by_alice(9, SetInstrumentState{name("AAPL"), InstrumentState::kClosed}),
          by_alice(10, SetCalendar{some_days()}), by_alice(11, SetLimits{{}, some_limits(), name("AAPL")})};
}
inline Answer some_answer_with_days() {
  Answer answer;
  answer.cmd_sequence = CmdSequence{7};
  answer.log_time = Nanos{1'700'000'000'000'000'000};
  const auto add = [&](ControlEventBody body) { answer.control_events.push_back({0, 0, std::move(body)}); };
  add(InstrumentStateChanged{InstrumentId{3}, InstrumentState::kClosed});
  add(CalendarSet{some_days()});
  add(SettlementDayStarted{some_days()[0]});
  add(LimitsSet{AccountId{}, some_limits(), InstrumentId{3}});
  return answer;
}

/// An answer with an outcome, an order event and every control event.
inline Answer some_answer() {
  Answer answer;
  answer.frame_class = FrameClass::kControl;
  answer.cmd_sequence = CmdSequence{1024};
  answer.cmd_sha256.fill(0xab);
  answer.log_time = Nanos{1'700'000'000'000'000'000};
  answer.has_state_hash = true;
  answer.state_hash = {0x0123456789abcdef, 0xfedcba9876543210};
  Outcome& outcome = answer.outcomes.emplace_back();
  outcome.command_id = {1, 2};
  outcome.body_hash = {3, 4};
  outcome.key_owner = 5;
  outcome.first_sequence = CmdSequence{1000};
  outcome.order_id = OrderId{7};
  outcome.first_index = 8;
  outcome.code = OutcomeCode::kRejected;
  outcome.reason = RejectReason::kKilled;
  outcome.flags = kFlagRepeat;
  OrderEvent& event = answer.order_events.emplace_back();
  event.order_id = OrderId{7};
  event.other_order_id = OrderId{6};
  event.price = Price{100};
  event.quantity = Quantity{5};
  event.remaining = Quantity{1};
  event.other_remaining = Quantity{2};
  event.trade_id = TradeId{9};
  event.client_order_id = *ClientOrderId::from("c7");
  event.command_index = 0;
  event.account = AccountId{1};
  event.other_account = AccountId{2};
  event.instrument = InstrumentId{3};
  event.kind = OrderEventKind::kTraded;
  event.side = Side::kBuy;
  const Principal alice = *Principal::from("alice");
  const auto add = [&](ControlEventBody body) { answer.control_events.push_back({1, kNoCommand, std::move(body)}); };
  add(InstrumentDefined{InstrumentId{3}, some_instrument()});
  add(AccountRegistered{AccountId{1}, name("ACME")});
  add(StrategyRegistered{StrategyId{2}, name("momentum")});
  add(LimitsSet{AccountId{1}, some_limits()});
  add(KillSwitchEngaged{some_kill(), alice, KillSource::kLatch, 3});
  add(ReleaseRequested{some_request(), alice});
  add(KillSwitchReleased{{13, 14}, KillScope::kAccount, name("ACME"), {11, 12}, alice, *Principal::from("bob")});
  add(FrameRejected{FrameFault::kWrongShard});
  return answer;
}

inline eventlog::Snapshot some_snapshot() {
  eventlog::Snapshot snapshot;
  snapshot.checkpoint = {CmdSequence{1024}, EvtSequence{1030}, {}, Epoch{3}, OwnerId{17}};
  snapshot.checkpoint.chain.fill(0xcd);
  snapshot.state_hash = {5, 6};
  StateImage& image = snapshot.image;
  image.genesis = test_genesis();
  image.log_time = Nanos{1'700'000'000'000'000'000};
  image.cmd_sequence = CmdSequence{1024};
  image.counters = {1, 2, 3, 4, 5, 6, 7};
  image.accounts = {{AccountId{1}, name("ACME")}};
  image.strategies = {{StrategyId{1}, name("momentum")}};
  image.instruments = {{{InstrumentId{1}, some_instrument()}, Price{100}, InstrumentState::kHalted}};
  image.limits.push_back({AccountId{1}, {}});
  image.limits[0].values[0] = 10;
  image.rates = {{AccountId{1}, Nanos{1'699'999'999'500'000'000}, 7}};
  image.positions = {{AccountId{1}, InstrumentId{1}, {Quantity{-5}, Int128{1} << 90, -(Int128{1} << 70)}, -17, 4}};
  image.default_limits.push_back({InstrumentId{}, {}});
  image.default_limits[0].values[8] = 5000;
  image.default_limits.push_back({InstrumentId{1}, {}});
  image.default_limits[1].values[2] = 100;
  image.calendar = some_days();
  image.day = some_days()[0];
  image.orders.push_back({some_answer().order_events[0], Quantity{1}, Quantity{4}, 12, false, Quantity{3}});
  image.kills = {{KillScope::kAccount,
                  name("ACME"),
                  true,
                  {some_kill(), *Principal::from("alice"), KillSource::kLog, 3},
                  Nanos{77},
                  KillMode::kFlatten}};
  image.kill_ids = {{11, 12}};
  image.releases = {{{some_request(), *Principal::from("alice")}, Nanos{78}}};
  image.keys = {{some_answer().outcomes[0], Nanos{79}}};
  return snapshot;
}

inline std::vector<eventlog::EmergencyKill> some_emergency() {
  EngageKillSwitch global;
  global.kill_id = {21, 22};
  return {{some_kill(), *Principal::from("alice")}, {global, *Principal::from("bob")}};
}

}  // namespace sluice::test
