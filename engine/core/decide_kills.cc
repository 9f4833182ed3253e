// Decider: kills, what each mode does to the orders and positions in scope, and releases.
#include <algorithm>
#include <map>

#include "base/invariant.h"
#include "engine/core/decider.h"
#include "engine/core/risk.h"

namespace sluice::core {

namespace {

bool is_same_request(const RequestRelease& a, const RequestRelease& b) {
  return a.scope == b.scope && a.key == b.key && a.kill_id == b.kill_id;
}

/// A strategy has no position of its own that could be closed.
bool is_possible(KillScope scope, KillMode mode) {
  return !(scope == KillScope::kStrategy && mode == KillMode::kFlatten);
}

ListKind list_of(KillScope scope) {
  switch (scope) {
    case KillScope::kGlobal: return ListKind::kAll;
    case KillScope::kAccount: return ListKind::kAccount;
    case KillScope::kSymbol: return ListKind::kInstrument;
    case KillScope::kStrategy: return ListKind::kStrategy;
  }
  return ListKind::kAll;
}

/// How many orders reduce() will cancel: the same walk, with what it would have taken off kept aside.
std::uint32_t count_increasing(const State& state, const OrderList& orders, ListKind kind) {
  std::map<std::pair<std::uint32_t, Side>, std::int64_t> taken_off;
  std::uint32_t count = 0;
  for (OrderIndex i = orders.tail; i != kNoSlot; i = state.orders().previous(kind, i)) {
    const LiveOrder& order = state.orders()[i];
    const Position& position = state.positions().all()[order.position];
    const Side side = order.accepted.side;
    std::int64_t& gone = taken_off[{order.position, side}];
    if (position.live(side).value() - gone <= position.closable(side).value()) continue;
    gone += state.orders().remaining(i).value();
    ++count;
  }
  return count;
}

}  // namespace

RejectReason Decider::decide(const EngageKillSwitch& command) {
  // The latch may have brought this very kill already: then it took effect there, and this is its second path.
  if (state_.kills().knows(command.kill_id)) return RejectReason::kNone;
  if (command.kill_id.is_nil()) return RejectReason::kInvalidId;
  if (!is_valid_scope(command.scope, command.key)) return RejectReason::kInvalidDefinition;
  if (!is_possible(command.scope, command.mode)) return RejectReason::kUnsupported;
  INVARIANT(principal_ != nullptr);
  engage(command, *principal_, KillSource::kLog, index_);
  return RejectReason::kNone;
}

bool Decider::engage_latched(const LatchedKill& latched, std::uint32_t command_index) {
  EngageKillSwitch kill = latched.kill;
  if (latched.drill) return false;
  if (kill.kill_id.is_nil() || !is_valid_scope(kill.scope, kill.key)) return false;
  if (state_.kills().knows(kill.kill_id)) return false;
  // Whoever latched was told that it holds. A mode that is not possible becomes the strictest one rather than nothing.
  if (!is_possible(kill.scope, kill.mode)) kill.mode = KillMode::kBlockAndCancel;
  cause_ = kNoCommand;
  engage(kill, latched.by, KillSource::kLatch, command_index);
  return true;
}

void Decider::engage(const EngageKillSwitch& kill, const Principal& by, KillSource source,
                     std::uint32_t command_index) {
  // Counted before the first cancel, because the event announces how many follow.
  const OrderList& orders = state_.orders_in(kill.scope, kill.key);
  const ListKind kind = list_of(kill.scope);
  std::uint32_t count = 0;
  if (cancels_all(kill.mode)) count = orders.count;
  if (kill.mode == KillMode::kReduceOnly) count = count_increasing(state_, orders, kind);
  emit(KillSwitchEngaged{.kill = kill, .by = by, .source = source, .orders_cancelled = count}, command_index);
  INVARIANT(state_.kills().engaged(kill.scope, kill.key));
  if (kill.mode == KillMode::kReduceOnly) reduce(orders, kind);
  if (!cancels_all(kill.mode)) return;
  // The list is in order-id order, so the cancels are; each takes itself off the head's place.
  while (orders.head != kNoSlot) emit_cancelled(orders.head, CancelReason::kKill);
  INVARIANT(orders.count == 0);
  if (kill.mode == KillMode::kFlatten) flatten(kill.scope, kill.key);
}

/// Cancels what could increase a position, newest first, until what is live on a side is no more than there is to
/// close. With `only`, orders of other positions stay.
void Decider::reduce(const OrderList& orders, ListKind kind, const Position* only) {
  for (OrderIndex at = orders.tail; at != kNoSlot;) {
    const OrderIndex previous = state_.orders().previous(kind, at);
    const LiveOrder& order = state_.orders()[at];
    const Position& position = state_.positions().all()[order.position];
    const Side side = order.accepted.side;
    const bool meant = only == nullptr || only == &position;
    if (meant && position.live(side) > position.closable(side)) emit_cancelled(at, CancelReason::kKill);
    at = previous;
  }
}

// Only a strategy's scope leaves other orders of the same position free: what they add to a side, the strategy's own
// must give up. All other scopes have refused it.
void Decider::reduce_strategies(AccountId account, InstrumentId instrument) {
  const Position* changed = state_.find_position(account, instrument);
  INVARIANT(changed != nullptr);
  for (const Strategy& strategy : state_.strategies()) {
    if (strategy.blocked == Blocked::kIncreases) reduce(strategy.orders, ListKind::kStrategy, changed);
  }
}

/// Closes the positions in scope, by account and instrument, as far as there is someone to trade with now.
void Decider::flatten(KillScope scope, const Name& key) {
  const AccountId account = scope == KillScope::kAccount ? state_.account_named(key) : AccountId{};
  const InstrumentId instrument = scope == KillScope::kSymbol ? state_.instrument_named(key) : InstrumentId{};
  // A name that nobody has registered yet has no positions.
  if (scope == KillScope::kAccount && account == AccountId{}) return;
  if (scope == KillScope::kSymbol && instrument == InstrumentId{}) return;
  std::vector<std::uint32_t> slots;
  for (std::uint32_t slot = 0; slot < state_.positions().all().size(); ++slot) {
    const Position& position = state_.positions().all()[slot];
    const bool meant = (account == AccountId{} || position.account == account) &&
                       (instrument == InstrumentId{} || position.instrument == instrument);
    if (meant && position.holding.net != Quantity{0}) slots.push_back(slot);
  }
  const auto pair_of = [this](std::uint32_t slot) {
    const Position& position = state_.positions().all()[slot];
    return std::pair(position.account, position.instrument);
  };
  std::sort(slots.begin(), slots.end(), [&](std::uint32_t a, std::uint32_t b) { return pair_of(a) < pair_of(b); });
  for (const std::uint32_t slot : slots) flatten(state_.positions().all()[slot]);
}

/// With a market order of the engine's own, marked as such; it passes the very kill that it serves. The largest order
/// at a time, each complete, with the stops that it triggers, before the next.
void Decider::flatten(const Position& position) {
  const InstrumentId instrument = position.instrument;
  if (check_open(instrument) != RejectReason::kNone) return;
  bool filled = true;
  while (filled && position.holding.net != Quantity{0} && !state_.orders().full()) {
    const std::int64_t net = position.holding.net.value();
    OrderEvent accepted;
    accepted.kind = OrderEventKind::kAccepted;
    accepted.order_id = state_.next_order_id();
    accepted.quantity = Quantity{std::min(net < 0 ? -net : net, kQuantityMax.value())};
    accepted.remaining = accepted.quantity;
    accepted.client_order_id = *ClientOrderId::from("flatten");
    accepted.command_index = cause_;
    accepted.account = position.account;
    accepted.instrument = instrument;
    accepted.side = net < 0 ? Side::kBuy : Side::kSell;
    accepted.type = OrderType::kMarket;
    accepted.tif = TimeInForce::kIoc;
    accepted.flags = kFlagFlatten;
    begin_matching();
    emit(accepted);
    match(state_.orders().find(accepted.order_id));
    const std::int64_t left = position.holding.net.value();
    filled = (left < 0 ? -left : left) + accepted.quantity.value() == (net < 0 ? -net : net);
    run_stops();
  }
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
#ifndef SLUICE_MUTANT_no_superseded_rule
  if (scope->newest.kill.kill_id != request.kill_id) return RejectReason::kSuperseded;
#endif
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

}  // namespace sluice::core
