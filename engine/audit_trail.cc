// AuditTrail: orders go into the part of the ring that is theirs, everything else into the part kept free.
#include "engine/audit_trail.h"

#include <algorithm>
#include <variant>

#include "runtime/clock.h"

namespace sluice::engine {

using audit::Action;
using audit::AuditEntry;
using audit::AuditRecord;
using audit::Field;
using audit::Kind;
using audit::Pressure;
using audit::Priority;

namespace {

constexpr Nanos kPauseMax{5 * kNanosPerMilli};

Action action_of(OrderCommandKind kind) {
  switch (kind) {
    case OrderCommandKind::kSubmit: return Action::kSubmit;
    case OrderCommandKind::kCancel: return Action::kCancel;
    case OrderCommandKind::kReplace: return Action::kReplace;
    case OrderCommandKind::kCancelAll: return Action::kCancelAll;
  }
  return Action::kSubmit;
}

Kind kind_of(const Outcome& outcome) {
  if ((outcome.flags & kFlagRepeat) != 0) return Kind::kRepeated;
  return outcome.code == OutcomeCode::kExecuted ? Kind::kDone : Kind::kRejected;
}

std::uint64_t packed(KillScope scope, KillMode mode, KillSource source) {
  return static_cast<std::uint64_t>(scope) | static_cast<std::uint64_t>(mode) << 8 |
         static_cast<std::uint64_t>(source) << 16;
}

/// What a control command was: its words (docs/audit.md) without the ids that only its event knows, and its texts.
/// kAnchor: nothing that is recorded by its command.
struct Control {
  Action action = Action::kAnchor;
  std::array<std::uint64_t, 3> data{};
  std::string_view key{};
  std::string_view reason{};
};
std::uint64_t word(auto value) { return static_cast<std::uint64_t>(value); }
Control control_of(const EngageKillSwitch& kill) {
  return {Action::kKillEngaged,
          {kill.kill_id.hi, kill.kill_id.lo, packed(kill.scope, kill.mode, KillSource::kLog)},
          kill.key.view(),
          kill.reason.view()};
}
Control control_of(const RequestRelease& request) {
  return {Action::kReleaseRequested,
          {request.release_id.hi, request.release_id.lo, word(request.scope)},
          request.key.view(),
          request.reason.view()};
}
Control control_of(const ApproveRelease& approval) {
  return {Action::kKillReleased, {approval.release_id.hi, approval.release_id.lo, 0}, {}, approval.reason.view()};
}
Control control_of(const SetLimits& limits) {
  std::uint64_t changed = 0;
  for (std::size_t i = 0; i < limits.changes.size(); ++i)
    if (limits.changes[i].action != LimitAction::kKeep) changed |= std::uint64_t{1} << i;
  return {
      Action::kLimitsSet, {0, 0, changed}, limits.account.empty() ? limits.symbol.view() : limits.account.view(), {}};
}
Control control_of(const DefineInstrument& instrument) {
  return {Action::kInstrumentDefined, {}, instrument.symbol.view(), {}};
}
Control control_of(const RegisterAccount& account) { return {Action::kAccountRegistered, {}, account.name.view(), {}}; }
Control control_of(const RegisterStrategy& strategy) {
  return {Action::kStrategyRegistered, {}, strategy.name.view(), {}};
}
Control control_of(const SetInstrumentState& change) {
  return {Action::kInstrumentState, {0, word(change.state), 0}, change.symbol.view(), {}};
}
Control control_of(const SetCalendar& calendar) { return {Action::kCalendarSet, {calendar.days.size(), 0, 0}, {}, {}}; }
Control control_of(const Tick&) { return {}; }

/// What the event of a command adds: the ids that the engine gave or found.
void add_ids(const ControlEventBody& body, std::array<std::uint64_t, 3>& data) {
  if (const auto* limits = std::get_if<LimitsSet>(&body)) {
    data[0] = limits->account.value();
    data[1] = limits->instrument.value();
  } else if (const auto* instrument = std::get_if<InstrumentDefined>(&body)) {
    data[0] = instrument->id.value();
  } else if (const auto* account = std::get_if<AccountRegistered>(&body)) {
    data[0] = account->id.value();
  } else if (const auto* strategy = std::get_if<StrategyRegistered>(&body)) {
    data[0] = strategy->id.value();
  } else if (const auto* changed = std::get_if<InstrumentStateChanged>(&body)) {
    data[0] = changed->id.value();
  } else if (const auto* released = std::get_if<KillSwitchReleased>(&body)) {
    data[2] = word(released->scope);
  }
}

}  // namespace

AuditTrail::AuditTrail(ShardId shard, audit::AuditRing& ring, audit::BlackBox& black_box, EngineStatus& status)
    : shard_(shard), ring_(ring), black_box_(black_box), status_(status) {}

bool AuditTrail::admits(std::size_t commands) {
  const Pressure pressure = ring_.pressure();
  if (pressure == Pressure::kFull || !ring_.has_room(commands, Priority::kOrders)) held_ = true;
  else if (pressure < Pressure::kHigh) held_ = false;
  return !held_;
}

Nanos AuditTrail::pause_after(std::size_t commands) const {
  if (ring_.pressure() < Pressure::kHigh) return Nanos{};
  return std::min(kPauseMax, Nanos{static_cast<std::int64_t>(commands) * (kNanosPerSecond / kSlowedPerSecond)});
}

void AuditTrail::put(std::span<const AuditRecord> records, Priority priority) {
  if (!ring_.write(records, priority) && !ring_.write(records, Priority::kReserved)) black_box_.write(records);
}

AuditRecord AuditTrail::record_of(const Answer& answer, Action action, std::uint32_t index) const {
  AuditRecord record;
  record.time = answer.log_time;
  record.sequence = answer.cmd_sequence.value();
  record.index = index;
  record.shard = shard_.value();
  record.action = action;
  return record;
}

void AuditTrail::answered(const CommandFrame& frame, const Answer& answer) {
  if (!frame.orders.empty()) orders(frame, answer);
  else controls(frame, answer);
  if (!answer.control_events.empty()) events(answer);
}

void AuditTrail::engaged(const Answer& answer) { events(answer); }

void AuditTrail::orders(const CommandFrame& frame, const Answer& answer) {
  for (std::size_t i = 0; i < answer.outcomes.size(); ++i) {
    const Outcome& outcome = answer.outcomes[i];
    AuditRecord record = record_of(answer, action_of(frame.orders[i].kind), static_cast<std::uint32_t>(i));
    record.kind = kind_of(outcome);
    record.actor = frame.orders[i].account.value();
    record.data = {outcome.command_id.hi, outcome.command_id.lo, outcome.order_id.value(),
                   static_cast<std::uint64_t>(outcome.reason)};
    put(std::span(&record, 1), Priority::kOrders);
  }
}

// A kill that took effect is told by its event, which says how many orders went.
void AuditTrail::controls(const CommandFrame& frame, const Answer& answer) {
  for (std::size_t i = 0; i < answer.outcomes.size(); ++i) {
    const Outcome& outcome = answer.outcomes[i];
    const Control control = std::visit([](const auto& body) { return control_of(body); }, frame.controls[i].body);
    if (control.action == Action::kAnchor) continue;
    if (control.action == Action::kKillEngaged && outcome.code == OutcomeCode::kExecuted) continue;
    std::array<std::uint64_t, 3> data = control.data;
    for (const ControlEvent& event : answer.control_events)
      if (event.command_index == i) add_ids(event.body, data);
    AuditRecord record = record_of(answer, control.action, static_cast<std::uint32_t>(i));
    record.kind = kind_of(outcome);
    record.data = {data[0], data[1], data[2], word(outcome.reason)};
    put(AuditEntry(record)
            .add(Field::kPrincipal, frame.controls[i].principal.view())
            .add(Field::kKey, control.key)
            .add(Field::kReason, control.reason));
  }
}

void AuditTrail::events(const Answer& answer) {
  for (const ControlEvent& event : answer.control_events) {
    if (const auto* kill = std::get_if<KillSwitchEngaged>(&event.body)) {
      kill_engaged(answer, *kill, event.command_index);
    } else if (const auto* started = std::get_if<SettlementDayStarted>(&event.body)) {
      AuditRecord record = record_of(answer, Action::kDayStarted, kNoCommand);
      record.data = {static_cast<std::uint64_t>(started->day.ends_at.value()), 0, 0, 0};
      put(std::span(&record, 1), Priority::kReserved);
    }
  }
}

void AuditTrail::kill_engaged(const Answer& answer, const KillSwitchEngaged& engaged, std::uint32_t index) {
  AuditRecord record = record_of(answer, Action::kKillEngaged, index);
  record.data = {engaged.kill.kill_id.hi, engaged.kill.kill_id.lo,
                 packed(engaged.kill.scope, engaged.kill.mode, engaged.source), engaged.orders_cancelled};
  put(AuditEntry(record)
          .add(Field::kPrincipal, engaged.by.view())
          .add(Field::kKey, engaged.kill.key.view())
          .add(Field::kReason, engaged.kill.reason.view()));
}

void AuditTrail::held(bool on, Nanos now) {
  AuditRecord record;
  record.time = now;
  record.shard = shard_.value();
  record.action = Action::kHold;
  record.kind = on ? Kind::kBegan : Kind::kEnded;
  record.data = {static_cast<std::uint64_t>(Hold::kAuditFull), ring_.used() * 1000 / ring_.orders(), 0, 0};
  put(AuditEntry(record).add(Field::kDetail, name_of(Hold::kAuditFull)));
}

void AuditTrail::taken(const core::LatchedKill& kill, Nanos stored_at) {
  const Nanos waited = runtime::steady_now() - stored_at;
  status_.stops.record(waited);
  status_.spans.record(telemetry::Stage::kKill, static_cast<std::uint64_t>(std::max<std::int64_t>(waited.value(), 0)));
  AuditRecord record;
  record.time = runtime::wall_now();
  record.index = kNoCommand;
  record.shard = shard_.value();
  record.action = kill.drill ? Action::kDrill : Action::kKillLatched;
  record.data = {kill.kill.kill_id.hi, kill.kill.kill_id.lo,
                 packed(kill.kill.scope, kill.kill.mode, KillSource::kLatch),
                 static_cast<std::uint64_t>(waited.value())};
  put(AuditEntry(record).add(Field::kPrincipal, kill.by.view()).add(Field::kKey, kill.kill.key.view()));
}

}  // namespace sluice::engine
