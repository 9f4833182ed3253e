// Decider: reference data, limits, kills and releases.
#include "base/invariant.h"
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
         definition.unit_value > Money{0} && definition.home.value() < shard_count && stop_rule;
}

bool is_same_request(const RequestRelease& a, const RequestRelease& b) {
  return a.scope == b.scope && a.key == b.key && a.kill_id == b.kill_id;
}

}  // namespace

// The same definition goes to every shard and may arrive twice; a different one would change the meaning of live
// orders.
RejectReason Decider::decide(const DefineInstrument& command) {
  if (!is_valid(command, state_.genesis().shard_count)) return RejectReason::kInvalidDefinition;
  const Instrument* known = state_.instrument(state_.instrument_named(command.symbol));
  if (known != nullptr) return compare(known->defined.definition, command);
  emit(InstrumentDefined{.id = state_.next_instrument_id(), .definition = command}, index_);
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

// All or nothing: a limit this version does not enforce refuses the whole command, because silence would look like
// protection.
RejectReason Decider::decide(const SetLimits& command) {
  const AccountId account = state_.account_named(command.account);
  if (account == AccountId{}) return RejectReason::kUnknownAccount;
  bool any = false;
  for (std::size_t i = 0; i < kLimitKinds; ++i) {
    const LimitChange& change = command.changes[i];
    if (change.action > LimitAction::kLift) return RejectReason::kInvalidLimit;
    if (change.action == LimitAction::kSet && change.value < 0) return RejectReason::kInvalidLimit;
    if (change.action == LimitAction::kSet && !is_enforced(static_cast<LimitKind>(i)))
      return RejectReason::kUnsupported;
    any = any || change.action != LimitAction::kKeep;
  }
  if (any) emit(LimitsSet{.account = account, .changes = command.changes}, index_);
  return RejectReason::kNone;
}

RejectReason Decider::decide(const EngageKillSwitch& command) {
  // The latch may have brought this very kill already: then it took effect there, and this is its second path.
  if (state_.kills().knows(command.kill_id)) return RejectReason::kNone;
  if (command.kill_id.is_nil()) return RejectReason::kInvalidId;
  if (!is_valid_scope(command.scope, command.key)) return RejectReason::kInvalidDefinition;
  if (command.mode != KillMode::kBlockAndCancel) return RejectReason::kUnsupported;
  INVARIANT(principal_ != nullptr);
  engage(command, *principal_, KillSource::kLog, index_, index_);
  return RejectReason::kNone;
}

bool Decider::engage_latched(const LatchedKill& latched, std::uint32_t command_index) {
  EngageKillSwitch kill = latched.kill;
  if (kill.kill_id.is_nil() || !is_valid_scope(kill.scope, kill.key)) return false;
  if (state_.kills().knows(kill.kill_id)) return false;
  // Whoever latched was told that it holds. A mode this version cannot do becomes the strictest one rather than
  // nothing.
  kill.mode = KillMode::kBlockAndCancel;
  engage(kill, latched.by, KillSource::kLatch, command_index, kNoCommand);
  return true;
}

void Decider::engage(const EngageKillSwitch& kill, const Principal& by, KillSource source, std::uint32_t control_index,
                     std::uint32_t order_index) {
  // Counted before the first cancel, because the event announces how many follow.
  const OrderList& orders = state_.orders_in(kill.scope, kill.key);
  const std::uint32_t count = orders.count;
  emit(KillSwitchEngaged{.kill = kill, .by = by, .source = source, .orders_cancelled = count}, control_index);
  // The list is in order-id order, so the cancels are; each takes itself off the head's place.
  while (orders.head != kNoSlot) emit_cancelled(orders.head, CancelReason::kKill, order_index);
  INVARIANT(orders.count == 0);
  INVARIANT(state_.kills().engaged(kill.scope, kill.key));
}

// The person names the kill they saw. If a newer one has come, they have not seen what they would lift.
RejectReason Decider::decide(const RequestRelease& command) {
  const ReleaseImage* stored = state_.kills().request(command.release_id);
  if (stored != nullptr) {
    const bool same = is_same_request(stored->requested.request, command) && stored->requested.by == *principal_;
    return same ? RejectReason::kNone : RejectReason::kAlreadyDefined;
  }
  if (command.release_id.is_nil()) return RejectReason::kInvalidId;
  const KillImage* scope = state_.kills().find(command.scope, command.key);
  if (scope == nullptr || !scope->engaged) return RejectReason::kUnknownKill;
  if (scope->newest.kill.kill_id != command.kill_id) {
    return state_.kills().knows(command.kill_id) ? RejectReason::kSuperseded : RejectReason::kUnknownKill;
  }
  emit(ReleaseRequested{.request = command, .by = *principal_}, index_);
  return RejectReason::kNone;
}

// Checked again at approval: the request may be old, and a kill may have come in between.
RejectReason Decider::decide(const ApproveRelease& command) {
  const ReleaseImage* stored = state_.kills().request(command.release_id);
  if (stored == nullptr) return RejectReason::kUnknownRelease;
  const RequestRelease& request = stored->requested.request;
  if (state_.log_time() - stored->at > kReleaseValidity) return RejectReason::kReleaseExpired;
  if (stored->requested.by == *principal_) return RejectReason::kSamePerson;
  const KillImage* scope = state_.kills().find(request.scope, request.key);
  INVARIANT(scope != nullptr);
  if (scope->newest.kill.kill_id != request.kill_id) return RejectReason::kSuperseded;
  if (!scope->engaged) return RejectReason::kUnknownKill;  // another request for the same kill was approved first
  emit(KillSwitchReleased{.release_id = command.release_id,
                          .scope = request.scope,
                          .key = request.key,
                          .kill_id = request.kill_id,
                          .requested_by = stored->requested.by,
                          .approved_by = *principal_},
       index_);
  return RejectReason::kNone;
}

// Its frame has moved log time, which is all it is for.
RejectReason Decider::decide(const Tick&) { return RejectReason::kNone; }

}  // namespace sluice::core
