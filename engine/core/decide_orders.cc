// Decider: new orders, cancels, replaces. Rules R-* are those of the scenarios (docs and tests name them alike).
#include <algorithm>

#include "base/invariant.h"
#include "engine/core/decider.h"
#include "engine/core/risk.h"

namespace sluice::core {

namespace {

bool is_valid_quantity(Quantity quantity, Quantity lot) {
  return quantity > Quantity{0} && quantity <= kQuantityMax && quantity.value() % lot.value() == 0;
}

bool is_valid_price(Price price, Price tick) {
  return price > Price{0} && price <= kPriceMax && price.value() % tick.value() == 0;
}

/// R-VAL: a display that is neither more than the total nor so little that a sweep of it would never end; 0 is none.
bool is_valid_display(Quantity display, Quantity total, Quantity lot) {
  if (display == Quantity{0}) return true;
  return is_valid_quantity(display, lot) && display <= total && total.value() <= display.value() * kTranchesMax;
}

/// R-VAL for both prices: valid where the type has one, absent where it has not.
bool has_valid_prices(const OrderCommand& order, Price tick) {
  const bool price_ok = has_limit_price(order.type) ? is_valid_price(order.price, tick) : order.price == Price{0};
  const bool stop_ok = is_stop(order.type) ? is_valid_price(order.stop_price, tick) : order.stop_price == Price{0};
  return price_ok && stop_ok;
}

bool is_supported_tif(OrderType type, TimeInForce tif) {
  switch (tif) {
    case TimeInForce::kGtc:
    case TimeInForce::kIoc:
    case TimeInForce::kFok: return true;
    case TimeInForce::kNone: return !has_limit_price(type);  // what has no limit never rests, whatever it says
    case TimeInForce::kGtd:
    case TimeInForce::kDay: return type != OrderType::kMarket;
  }
  return false;
}

/// Combinations that mean something; every other is refused by name.
bool is_supported(const OrderCommand& order) {
  const bool side = order.side == Side::kBuy || order.side == Side::kSell;
  const bool type = order.type >= OrderType::kLimit && order.type <= OrderType::kStopLimit;
  // A stop is a taker at a moment nobody knows, so post-only means nothing for it; what has no limit shows nothing.
  const bool flags = (order.flags & ~kFlagPostOnly) == 0 && (order.flags == 0 || !is_stop(order.type));
  const bool display = order.display == Quantity{0} || has_limit_price(order.type);
  return side && type && is_supported_tif(order.type, order.tif) && order.stp <= SelfTradePrevention::kDecrement &&
         flags && display;
}

}  // namespace

Decider::Verdict Decider::decide_order(const OrderCommand& command) {
  begin_matching();
  switch (command.kind) {
    case OrderCommandKind::kSubmit: return submit(command);
    case OrderCommandKind::kCancel: return cancel(command);
    case OrderCommandKind::kReplace: return replace(command);
    case OrderCommandKind::kCancelAll: return cancel_all(command);
  }
  return {.reason = RejectReason::kUnsupported, .order_id = {}};
}

// Ids come from clients through a translation that may be behind this shard: every one is looked up.
RejectReason Decider::check_names(const OrderCommand& command) const {
  const Instrument* instrument = state_.instrument(command.instrument);
  if (instrument == nullptr) return RejectReason::kUnknownInstrument;
  if (instrument->defined.definition.home != state_.genesis().shard) return RejectReason::kWrongShard;
  if (state_.account(command.account) == nullptr) return RejectReason::kUnknownAccount;
  if (command.strategy != StrategyId{} && state_.strategy(command.strategy) == nullptr)
    return RejectReason::kUnknownStrategy;
  const ClientOrderId& client_id = command.client_order_id;
  if (!is_printable(client_id.view(), ClientOrderId::kBytesMax)) return RejectReason::kInvalidId;
  const bool live = state_.orders().find(command.account, command.instrument, client_id) != kNoSlot;
  return live ? RejectReason::kDuplicateId : RejectReason::kNone;
}

// The order of these checks is part of the contract (engine.h): a client learns the first reason only.
RejectReason Decider::check_submit(const OrderCommand& command) const {
  // Names first: without instrument and account no other question has an answer.
  const RejectReason names = check_names(command);
  if (names != RejectReason::kNone) return names;
  const DefineInstrument& definition = state_.instrument(command.instrument)->defined.definition;
  if (!is_valid_quantity(command.quantity, definition.lot)) return RejectReason::kInvalidQuantity;
  if (!has_valid_prices(command, definition.tick)) return RejectReason::kInvalidPrice;
  if (!is_valid_display(command.display, command.quantity, definition.lot)) return RejectReason::kInvalidDisplay;
  if (!is_supported(command)) return RejectReason::kUnsupported;
  const RejectReason expiry = check_expiry(command);
  if (expiry != RejectReason::kNone) return expiry;
  const Blocked stopped = blocked(command.account, command.strategy, command.instrument);
  const bool reduces = stopped == Blocked::kIncreases &&
                       would_only_reduce(state_, command.account, command.instrument, command.side, command.quantity);
  if (stopped != Blocked::kNothing && !reduces) return RejectReason::kKilled;
  const RejectReason open = check_open(command.instrument);
  if (open != RejectReason::kNone) return open;
  const RejectReason risk = check_new_order(state_, command);
  if (risk != RejectReason::kNone) return risk;
  const bool post_only = (command.flags & kFlagPostOnly) != 0;
  if (post_only && would_trade(command.instrument, command.type, command.side, command.price))
    return RejectReason::kPostOnly;
  if (is_stop(command.type)) {
    const RejectReason stop = check_stop(definition, command.instrument, command.side, command.stop_price);
    if (stop != RejectReason::kNone) return stop;
  }
  return state_.orders().full() ? RejectReason::kCapacity : RejectReason::kNone;
}

/// An end belongs to GTD and to nothing else; one that is past would end the order before it is seen.
RejectReason Decider::check_expiry(const OrderCommand& command) const {
  const bool ok =
      command.tif == TimeInForce::kGtd ? command.expire_at > state_.log_time() : command.expire_at == Nanos{};
  return ok ? RejectReason::kNone : RejectReason::kInvalidExpiry;
}

/// R-KILL, R-REL: the strictest scope that covers the order decides.
Blocked Decider::blocked([[maybe_unused]] AccountId account, [[maybe_unused]] StrategyId strategy,
                         [[maybe_unused]] InstrumentId instrument) const {
#ifdef SLUICE_MUTANT_no_kill_check
  return Blocked::kNothing;
#else
  return state_.blocked(account, strategy, instrument);
#endif
}

RejectReason Decider::check_open(InstrumentId instrument) const {
  switch (state_.instrument(instrument)->state) {
    case InstrumentState::kOpen: return RejectReason::kNone;
    case InstrumentState::kHalted: return RejectReason::kInstrumentHalted;
    case InstrumentState::kClosed: break;
  }
  return RejectReason::kInstrumentClosed;
}

// Acceptance first, then trades, then the end of what may not rest: R-EV.
Decider::Verdict Decider::submit(const OrderCommand& command) {
  const RejectReason reason = check_submit(command);
  if (reason != RejectReason::kNone) return {.reason = reason, .order_id = {}};
  if (command.tif == TimeInForce::kDay) begin_day();
  OrderEvent accepted;
  accepted.kind = OrderEventKind::kAccepted;
  accepted.order_id = state_.next_order_id();
  accepted.price = command.price;
  accepted.quantity = command.quantity;
  accepted.remaining = command.quantity;
  accepted.stop_price = command.stop_price;
  accepted.display = command.display;
  accepted.expire_at = command.expire_at;
  accepted.client_order_id = command.client_order_id;
  accepted.command_index = cause_;
  accepted.account = command.account;
  accepted.strategy = command.strategy;
  accepted.instrument = command.instrument;
  accepted.side = command.side;
  accepted.type = command.type;
  accepted.tif = command.tif;
  accepted.stp = command.stp;
  accepted.flags = command.flags;
  emit(accepted);
  if (state_.any_strategy_reduces()) reduce_strategies(accepted.account, accepted.instrument);
  if (!is_stop(accepted.type)) {
    execute(state_.orders().find(accepted.order_id));
  } else if (is_reached(accepted.instrument, accepted.side, accepted.stop_price)) {
    reached_.push_back(accepted.order_id);  // R-STOP-IN
  }
  run_stops();
  return {.reason = RejectReason::kNone, .order_id = accepted.order_id};
}

/// The live order that a cancel or replace means. Someone else's order is as unknown as one that never was (R-CXL).
RejectReason Decider::find_target(const OrderCommand& command, OrderIndex& target) const {
  if (state_.account(command.account) == nullptr) return RejectReason::kUnknownAccount;
  if (command.order_id != OrderId{}) {
    target = state_.orders().find(command.order_id);
    const bool own = target != kNoSlot && state_.orders()[target].accepted.account == command.account;
    return own ? RejectReason::kNone : RejectReason::kUnknownOrder;
  }
  if (command.client_order_id.empty()) return RejectReason::kInvalidId;
  if (state_.instrument(command.instrument) == nullptr) return RejectReason::kUnknownInstrument;
  target = state_.orders().find(command.account, command.instrument, command.client_order_id);
  return target != kNoSlot ? RejectReason::kNone : RejectReason::kUnknownOrder;
}

Decider::Verdict Decider::cancel(const OrderCommand& command) {
  OrderIndex target = kNoSlot;
  const RejectReason reason = find_target(command, target);
  if (reason != RejectReason::kNone) return {.reason = reason, .order_id = {}};
  const OrderId id = state_.orders()[target].accepted.order_id;
  emit_cancelled(target, CancelReason::kUser);
  return {.reason = RejectReason::kNone, .order_id = id};
}

// Nothing to cancel is no refusal: the client wants none live, and none is.
Decider::Verdict Decider::cancel_all(const OrderCommand& command) {
  const Account* account = state_.account(command.account);
  if (account == nullptr) return {.reason = RejectReason::kUnknownAccount, .order_id = {}};
  const bool one_instrument = command.instrument != InstrumentId{};
  if (one_instrument && state_.instrument(command.instrument) == nullptr) {
    return {.reason = RejectReason::kUnknownInstrument, .order_id = {}};
  }
  const CancelReason why = (command.flags & kFlagDisconnect) != 0 ? CancelReason::kDisconnect : CancelReason::kUser;
  OrderIndex at = account->orders.head;
  while (at != kNoSlot) {
    const OrderIndex next =
        state_.orders().next(ListKind::kAccount, at);  // read before the cancel takes `at` off the list
    const OrderEvent& order = state_.orders()[at].accepted;
    const bool meant = (!one_instrument || order.instrument == command.instrument) &&
                       (command.side == Side::kNone || order.side == command.side);
    if (meant) emit_cancelled(at, why);
    at = next;
  }
  return {};
}

// R-REP: exists, not killed, quantity and price valid, risk, post-only. A refused replace changes nothing.
Decider::Verdict Decider::replace(const OrderCommand& command) {
  OrderIndex target = kNoSlot;
  const RejectReason unknown = find_target(command, target);
  if (unknown != RejectReason::kNone) return {.reason = unknown, .order_id = {}};
  const OrderEvent order = state_.orders()[target].accepted;
  const DefineInstrument& definition = state_.instrument(order.instrument)->defined.definition;
  const auto refused = [&](RejectReason reason) { return Verdict{.reason = reason, .order_id = order.order_id}; };
  const Blocked stopped = blocked(order.account, order.strategy, order.instrument);
  if (stopped == Blocked::kAll) return refused(RejectReason::kKilled);
  const RejectReason open = check_open(order.instrument);
  if (open != RejectReason::kNone) return refused(open);

  const Quantity quantity = (command.fields & kFieldQuantity) != 0 ? command.quantity : order.quantity;
  const Price price = (command.fields & kFieldPrice) != 0 ? command.price : order.price;
  if (!is_valid_quantity(quantity, definition.lot)) return refused(RejectReason::kInvalidQuantity);
  const bool waiting = state_.orders()[target].waiting;
  const Price stop_price = (command.fields & kFieldStopPrice) != 0 ? command.stop_price : order.stop_price;
  // A price that the order has not cannot be changed; a stop that has triggered has no stop price any more.
  const bool price_ok =
      has_limit_price(order.type) ? is_valid_price(price, definition.tick) : (command.fields & kFieldPrice) == 0;
  const bool stop_ok = waiting ? is_valid_price(stop_price, definition.tick) : (command.fields & kFieldStopPrice) == 0;
  if (!price_ok || !stop_ok) return refused(RejectReason::kInvalidPrice);

  const Quantity filled = state_.orders()[target].filled;
  if (quantity <= filled) {  // R-REP-QTY
    emit_cancelled(target, CancelReason::kBelowFilled);
    return {.reason = RejectReason::kNone, .order_id = order.order_id};
  }
  const Quantity left = quantity - filled;
  const Quantity left_before = state_.orders().remaining(target);
  const bool increases = stopped == Blocked::kIncreases &&
                         !would_only_reduce(state_, order.account, order.instrument, order.side, left - left_before);
  if (increases) return refused(RejectReason::kKilled);
  // What is left may be less than the display; only a larger total can make too many tranches of it.
  const bool too_many = order.display != Quantity{0} && quantity.value() > order.display.value() * kTranchesMax;
  if (too_many) return refused(RejectReason::kInvalidDisplay);
  const RejectReason risk = check_replace(
      state_, order,
      {.price = price, .quantity = quantity, .left = left, .left_before = left_before, .price_before = order.price});
  if (risk != RejectReason::kNone) return refused(risk);
  const bool post_only = (order.flags & kFlagPostOnly) != 0;
  if (post_only && would_trade(order.instrument, order.type, order.side, price))
    return refused(RejectReason::kPostOnly);
  const RejectReason stop =
      waiting ? check_stop(definition, order.instrument, order.side, stop_price) : RejectReason::kNone;
  if (stop != RejectReason::kNone) return refused(stop);

  OrderEvent replaced = event_of(target, OrderEventKind::kReplaced);
  replaced.price = price;
  replaced.quantity = quantity;
  replaced.remaining = left;
  if (waiting) replaced.stop_price = stop_price;
  replaced.command_index = cause_;
  emit(replaced);
  if (state_.any_strategy_reduces()) reduce_strategies(order.account, order.instrument);
  if (!waiting) match(target);
  else if (is_reached(order.instrument, order.side, stop_price)) reached_.push_back(order.order_id);
  run_stops();
  return {.reason = RejectReason::kNone, .order_id = order.order_id};
}

}  // namespace sluice::core
