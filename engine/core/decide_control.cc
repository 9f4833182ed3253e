// Decider: reference data, limits, instrument states, the calendar.
#include "base/invariant.h"
#include "domain/settlement_day.h"
#include "engine/core/decider.h"
#include "engine/core/risk.h"

namespace sluice::core {

namespace {

/// Same definition again: nothing to do. Another one: refused. `kNone` with `known` false: go on.
template <typename Definition>
RejectReason compare(const Definition& known, const Definition& wanted) {
  return known == wanted ? RejectReason::kNone : RejectReason::kAlreadyDefined;
}

bool is_valid(const DefineInstrument& definition, std::uint16_t shard_count) {
  const bool stop_rule =
      definition.stop_in_market == StopInMarket::kTrigger || definition.stop_in_market == StopInMarket::kReject;
  return is_valid_name(definition.symbol.view()) && definition.tick > Price{0} && definition.lot > Quantity{0} &&
         definition.unit_value > Money{0} && definition.unit_value <= kUnitValueMax &&
         definition.home.value() < shard_count && stop_rule;
}

}  // namespace

// The same definition goes to every shard and may arrive twice; a different one would change the meaning of live
// orders.
RejectReason Decider::decide(const DefineInstrument& command) {
  if (!is_valid(command, state_.genesis().shard_count)) return RejectReason::kInvalidDefinition;
  const Instrument* known = state_.instrument(state_.instrument_named(command.symbol));
  if (known != nullptr) return compare(known->defined.definition, command);
  emit(InstrumentDefined{.id = state_.next_instrument_id(), .definition = command}, index_);
  begin_day();
  return RejectReason::kNone;
}

RejectReason Decider::decide(const RegisterAccount& command) {
  if (!is_valid_name(command.name.view())) return RejectReason::kInvalidDefinition;
  if (state_.account_named(command.name) != AccountId{}) return RejectReason::kNone;
  emit(AccountRegistered{.id = state_.next_account_id(), .name = command.name}, index_);
  return RejectReason::kNone;
}

RejectReason Decider::decide(const RegisterStrategy& command) {
  if (!is_valid_name(command.name.view())) return RejectReason::kInvalidDefinition;
  if (state_.strategy_named(command.name) != StrategyId{}) return RejectReason::kNone;
  emit(StrategyRegistered{.id = state_.next_strategy_id(), .name = command.name}, index_);
  return RejectReason::kNone;
}

// All or nothing. Who sets a limit that is used up already stops the account with it.
RejectReason Decider::decide(const SetLimits& command) {
  const bool of_account = !command.account.empty();
  const bool of_instrument = !command.symbol.empty();
  if (of_account && of_instrument) return RejectReason::kInvalidDefinition;
  const AccountId account = state_.account_named(command.account);
  if (of_account && account == AccountId{}) return RejectReason::kUnknownAccount;
  const InstrumentId instrument = state_.instrument_named(command.symbol);
  if (of_instrument && instrument == InstrumentId{}) return RejectReason::kUnknownInstrument;
  bool any = false;
  bool any_daily = false;
  for (std::size_t i = 0; i < kLimitKinds; ++i) {
    const LimitChange& change = command.changes[i];
    const auto kind = static_cast<LimitKind>(i);
    if (change.action == LimitAction::kKeep) continue;
    if (change.action > LimitAction::kLift) return RejectReason::kInvalidLimit;
    if (change.action == LimitAction::kSet && change.value < 0) return RejectReason::kInvalidLimit;
    if (of_instrument && is_of_account(kind)) return RejectReason::kInvalidLimit;
    any = true;
    any_daily = any_daily || kind == LimitKind::kMaxDailyTrades || kind == LimitKind::kMaxDailyLoss;
  }
  if (!any) return RejectReason::kNone;
  if (any_daily) begin_day();
  emit(LimitsSet{.account = account, .changes = command.changes, .instrument = instrument}, index_);
  if (any_daily) enforce_daily_limits_of_all();
  return RejectReason::kNone;
}

// Closing ends the day orders; what is good for longer waits for the next opening.
RejectReason Decider::decide(const SetInstrumentState& command) {
  const Instrument* instrument = state_.instrument(state_.instrument_named(command.symbol));
  if (instrument == nullptr) return RejectReason::kUnknownInstrument;
  if (instrument->state == command.state) return RejectReason::kNone;
  emit(InstrumentStateChanged{.id = instrument->defined.id, .state = command.state}, index_);
  if (command.state != InstrumentState::kClosed) return RejectReason::kNone;
  OrderIndex at = instrument->orders.head;
  while (at != kNoSlot) {
    const OrderIndex next = state_.orders().next(ListKind::kInstrument, at);
    if (state_.orders()[at].accepted.tif == TimeInForce::kDay) emit_cancelled(at, CancelReason::kTimeInForce);
    at = next;
  }
  return RejectReason::kNone;
}

RejectReason Decider::decide(const SetCalendar& command) {
  if (!is_valid_calendar(command.days, state_.log_time())) return RejectReason::kInvalidDefinition;
  if (command.days == state_.calendar()) return RejectReason::kNone;
  emit(CalendarSet{.days = command.days}, index_);
  begin_day();
  return RejectReason::kNone;
}

// Its frame has moved log time, which is all it is for.
RejectReason Decider::decide(const Tick&) { return RejectReason::kNone; }

}  // namespace sluice::core
