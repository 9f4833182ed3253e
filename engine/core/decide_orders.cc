// Decider: new orders, cancels, replaces, and matching. Rules R-* are those of the scenarios (docs and tests name them
// alike).
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
    case TimeInForce::kDay: return false;
  }
  return false;
}

/// What this version's engine can do; everything else in the contract is refused by name.
bool is_supported(const OrderCommand& order) {
  const bool side = order.side == Side::kBuy || order.side == Side::kSell;
  const bool type = order.type >= OrderType::kLimit && order.type <= OrderType::kStopLimit;
  // A stop is a taker at a moment nobody knows, so post-only means nothing for it; what has no limit shows nothing.
  const bool flags = (order.flags & ~kFlagPostOnly) == 0 && (order.flags == 0 || !is_stop(order.type));
  const bool display = order.display == Quantity{0} || has_limit_price(order.type);
  return side && type && is_supported_tif(order.type, order.tif) && order.stp <= SelfTradePrevention::kDecrement &&
         flags && display && order.expire_at == Nanos{};
}

/// True if an order of this type, side and limit may trade at `price`.
bool may_trade(OrderType type, Side side, Price limit, Price price) {
  return !has_limit_price(type) || within_limit(side, limit, price);
}

}  // namespace

Decider::Verdict Decider::decide_order(const OrderCommand& command) {
  reached_.clear();
  highest_ = Price{0};
  lowest_ = Price{kPriceMax.value() + 1};
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
  if (is_killed(command.account, command.strategy, command.instrument)) return RejectReason::kKilled;
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

/// R-KILL, R-REL: any engaged scope that covers the order blocks it.
bool Decider::is_killed([[maybe_unused]] AccountId account, [[maybe_unused]] StrategyId strategy,
                        [[maybe_unused]] InstrumentId instrument) const {
#ifdef SLUICE_MUTANT_no_kill_check
  return false;
#else
  const Strategy* of_strategy = state_.strategy(strategy);
  return state_.killed_globally() || state_.account(account)->killed || state_.instrument(instrument)->killed ||
         (of_strategy != nullptr && of_strategy->killed);
#endif
}

// Acceptance first, then trades, then the end of what may not rest: R-EV.
Decider::Verdict Decider::submit(const OrderCommand& command) {
  const RejectReason reason = check_submit(command);
  if (reason != RejectReason::kNone) return {.reason = reason, .order_id = {}};
  OrderEvent accepted;
  accepted.kind = OrderEventKind::kAccepted;
  accepted.order_id = state_.next_order_id();
  accepted.price = command.price;
  accepted.quantity = command.quantity;
  accepted.remaining = command.quantity;
  accepted.stop_price = command.stop_price;
  accepted.display = command.display;
  accepted.client_order_id = command.client_order_id;
  accepted.command_index = index_;
  accepted.account = command.account;
  accepted.strategy = command.strategy;
  accepted.instrument = command.instrument;
  accepted.side = command.side;
  accepted.type = command.type;
  accepted.tif = command.tif;
  accepted.stp = command.stp;
  accepted.flags = command.flags;
  emit(accepted);
  if (!is_stop(accepted.type)) {
    execute(state_.orders().find(accepted.order_id));
  } else if (is_reached(accepted.instrument, accepted.side, accepted.stop_price)) {
    reached_.push_back(accepted.order_id);  // R-STOP-IN
  }
  run_stops();
  return {.reason = RejectReason::kNone, .order_id = accepted.order_id};
}

/// What an order does when it comes into the market.
void Decider::execute(OrderIndex taker) {
  if (state_.orders()[taker].accepted.tif == TimeInForce::kFok && !can_fill(taker)) {
    emit_cancelled(taker, CancelReason::kFok, index_);
  } else {
    match(taker);
  }
}

/// R-STOP: only trades count. Before the first one every stop waits.
bool Decider::is_reached(InstrumentId instrument, Side side, Price stop_price) const {
  const Price last = state_.instrument(instrument)->last_price;
  if (last == Price{0}) return false;
  return side == Side::kBuy ? last >= stop_price : last <= stop_price;
}

RejectReason Decider::check_stop(const DefineInstrument& definition, InstrumentId instrument, Side side,
                                 Price stop_price) const {
  const bool refused = definition.stop_in_market == StopInMarket::kReject && is_reached(instrument, side, stop_price);
  return refused ? RejectReason::kStopInMarket : RejectReason::kNone;
}

// R-STOP-PRINT, R-STOP-ORDER: each trade reaches those up to its price that none before it has: the nearest stop price
// first, then the oldest. They go on waiting until it is their turn.
void Decider::queue_reached_stops(InstrumentId instrument, Price traded) {
  const OrderBook& stops = state_.instrument(instrument)->stops;
  const auto queue = [&](Side ladder, auto&& is_new, auto&& is_beyond) {
    const auto levels = stops.levels(ladder);
    for (auto level = levels.rbegin(); level != levels.rend() && !is_beyond(level->price); ++level) {
      if (!is_new(level->price)) continue;
      for (OrderIndex i = level->head; i != kNoSlot; i = state_.orders().node(i).next)
        reached_.push_back(state_.orders()[i].accepted.order_id);
    }
  };
  queue(
      Side::kSell, [&](Price stop) { return stop > highest_; }, [&](Price stop) { return stop > traded; });
  queue(
      Side::kBuy, [&](Price stop) { return stop < lowest_; }, [&](Price stop) { return stop < traded; });
  highest_ = std::max(highest_, traded);
  lowest_ = std::min(lowest_, traded);
}

// R-STOP-AFTER, R-STOP-CHAIN: one after the other, each complete before the next; what they reach queues up behind.
void Decider::run_stops() {
  for (std::size_t i = 0; i < reached_.size(); ++i) {
    const OrderIndex index = state_.orders().find(reached_[i]);
    OrderEvent triggered = event_of(index, OrderEventKind::kTriggered);
    triggered.price = state_.orders()[index].accepted.price;
    triggered.stop_price = state_.orders()[index].accepted.stop_price;
    triggered.quantity = state_.orders()[index].accepted.quantity;
    triggered.remaining = state_.orders().remaining(index);
    triggered.command_index = index_;
    emit(triggered);
    execute(index);
  }
}

/// R-POST: true if such an order would find someone to trade with at once.
bool Decider::would_trade(InstrumentId instrument, OrderType type, Side side, Price limit) const {
  const Level* level = state_.instrument(instrument)->book.best(opposite(side));
  return level != nullptr && may_trade(type, side, limit, level->price);
}

// R-FOK: counts before anything has an effect, hidden quantity too. Own orders that self-trade prevention would cancel
// are skipped; where it would stop or shrink the incoming order, the count ends, because the whole quantity can then no
// longer be filled. Before that order comes only what its level shows: hidden quantity joins the tail, behind it.
bool Decider::can_fill(OrderIndex taker) const {
  const OrderEvent& order = state_.orders()[taker].accepted;
  const bool stops_at_own = order.stp != SelfTradePrevention::kNone && order.stp != SelfTradePrevention::kCancelOldest;
  const auto is_own = [&](OrderIndex maker) { return state_.orders()[maker].accepted.account == order.account; };
  const auto next = [&](OrderIndex maker) { return state_.orders().node(maker).next; };
  const Quantity wanted = state_.orders().remaining(taker);
  Quantity available;
  const auto levels = state_.instrument(order.instrument)->book.levels(opposite(order.side));
  for (auto level = levels.rbegin(); level != levels.rend() && available < wanted; ++level) {
    if (!may_trade(order.type, order.side, order.price, level->price)) break;
    OrderIndex stop = stops_at_own ? level->head : kNoSlot;
    while (stop != kNoSlot && !is_own(stop)) stop = next(stop);
    for (OrderIndex maker = level->head; maker != stop; maker = next(maker)) {
      if (order.stp == SelfTradePrevention::kCancelOldest && is_own(maker)) continue;
      available =
          available + (stop == kNoSlot ? state_.orders().remaining(maker) : state_.orders().node(maker).remaining);
    }
    if (stop != kNoSlot) break;
  }
  return available >= wanted;
}

// R-MATCH, R-PRIO: level by level, oldest first, at the resting order's price. What is left of an order that may not
// rest ends.
void Decider::match(OrderIndex taker) {
  const OrderEvent order = state_.orders()[taker].accepted;
  const OrderBook& book = state_.instrument(order.instrument)->book;
  bool live = true;
  while (live) {
    const Level* level = book.best(opposite(order.side));
    if (level == nullptr || !may_trade(order.type, order.side, order.price, level->price)) break;
    const bool own = state_.orders()[level->head].accepted.account == order.account;
    live = own && order.stp != SelfTradePrevention::kNone ? prevent_self_trade(taker, level->head, order.stp)
                                                          : trade(taker, level->head, level->price);
  }
  if (!live || rests(order)) return;
  emit_cancelled(taker, has_limit_price(order.type) ? CancelReason::kIoc : CancelReason::kNoLiquidity, index_);
}

/// One trade of as much as the taker has and the maker shows. True if something of the taker is left.
bool Decider::trade(OrderIndex taker, OrderIndex maker, Price price) {
  const Quantity taker_left = state_.orders().remaining(taker);
  const Quantity maker_left = state_.orders().remaining(maker);
  const Quantity traded = std::min(taker_left, state_.orders().node(maker).remaining);
  OrderEvent event = event_of(taker, OrderEventKind::kTraded);
  event.other_order_id = state_.orders()[maker].accepted.order_id;
  event.other_account = state_.orders()[maker].accepted.account;
  event.price = price;
  event.quantity = traded;
  event.remaining = taker_left - traded;
  event.other_remaining = maker_left - traded;
  event.trade_id = state_.next_trade_id();
  event.command_index = index_;
  emit(event);
  queue_reached_stops(event.instrument, price);
  return event.remaining > Quantity{0};
}

// R-STP: the incoming order's instruction counts, once its own resting order is reached in priority. True if the taker
// lives on.
bool Decider::prevent_self_trade(OrderIndex taker, OrderIndex maker, SelfTradePrevention policy) {
  INVARIANT(state_.orders()[taker].accepted.account == state_.orders()[maker].accepted.account);
  INVARIANT(policy != SelfTradePrevention::kNone);
  const bool takes_maker = policy == SelfTradePrevention::kCancelOldest || policy == SelfTradePrevention::kCancelBoth;
  const bool takes_taker = policy == SelfTradePrevention::kCancelNewest || policy == SelfTradePrevention::kCancelBoth;
  if (policy == SelfTradePrevention::kDecrement) {
    const Quantity smaller = std::min(state_.orders().remaining(taker), state_.orders().remaining(maker));
    const bool taker_lives = state_.orders().remaining(taker) > smaller;
    decrement(maker, smaller);
    decrement(taker, smaller);
    return taker_lives;
  }
  if (takes_maker) emit_cancelled(maker, CancelReason::kSelfTrade, index_);
  if (takes_taker) emit_cancelled(taker, CancelReason::kSelfTrade, index_);
  return !takes_taker;
}

/// R-STP-DC: takes `quantity` off without a trade; an order that loses everything is cancelled instead.
void Decider::decrement(OrderIndex index, Quantity quantity) {
  const Quantity left = state_.orders().remaining(index);
  INVARIANT(quantity <= left);
  if (quantity == left) return emit_cancelled(index, CancelReason::kSelfTrade, index_);
  OrderEvent event = event_of(index, OrderEventKind::kDecremented);
  event.price = state_.orders()[index].accepted.price;
  event.quantity = quantity;
  event.remaining = left - quantity;
  event.command_index = index_;
  emit(event);
}

/// The fields that every event of an order carries.
OrderEvent Decider::event_of(OrderIndex index, OrderEventKind kind) const {
  const OrderEvent& accepted = state_.orders()[index].accepted;
  OrderEvent event;
  event.kind = kind;
  event.order_id = accepted.order_id;
  event.client_order_id = accepted.client_order_id;
  event.account = accepted.account;
  event.strategy = accepted.strategy;
  event.instrument = accepted.instrument;
  event.side = accepted.side;
  event.type = accepted.type;
  event.tif = accepted.tif;
  return event;
}

// Carries what was left; State asserts that it is what it holds.
void Decider::emit_cancelled(OrderIndex index, CancelReason reason, std::uint32_t command_index) {
  OrderEvent event = event_of(index, OrderEventKind::kCancelled);
  event.price = state_.orders()[index].accepted.price;
  event.quantity = state_.orders().remaining(index);
  event.reason = reason;
  event.command_index = command_index;
  emit(event);
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
  emit_cancelled(target, CancelReason::kUser, index_);
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
  OrderIndex at = account->orders.head;
  while (at != kNoSlot) {
    const OrderIndex next =
        state_.orders().next(ListKind::kAccount, at);  // read before the cancel takes `at` off the list
    const OrderEvent& order = state_.orders()[at].accepted;
    const bool meant = (!one_instrument || order.instrument == command.instrument) &&
                       (command.side == Side::kNone || order.side == command.side);
    if (meant) emit_cancelled(at, CancelReason::kUser, index_);
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
  if (is_killed(order.account, order.strategy, order.instrument)) return refused(RejectReason::kKilled);

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
    emit_cancelled(target, CancelReason::kBelowFilled, index_);
    return {.reason = RejectReason::kNone, .order_id = order.order_id};
  }
  const Quantity left = quantity - filled;
  // What is left may be less than the display; only a larger total can make too many tranches of it.
  const bool too_many = order.display != Quantity{0} && quantity.value() > order.display.value() * kTranchesMax;
  if (too_many) return refused(RejectReason::kInvalidDisplay);
  const RejectReason risk = check_replace(state_, order,
                                          {.price = price,
                                           .quantity = quantity,
                                           .left = left,
                                           .left_before = state_.orders().remaining(target),
                                           .price_before = order.price});
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
  replaced.command_index = index_;
  emit(replaced);
  if (!waiting) match(target);
  else if (is_reached(order.instrument, order.side, stop_price)) reached_.push_back(order.order_id);
  run_stops();
  return {.reason = RejectReason::kNone, .order_id = order.order_id};
}

}  // namespace sluice::core
