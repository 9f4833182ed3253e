// Decider: matching, self-trade prevention, stops that trades reach. Rules R-* are those of the scenarios.
#include <algorithm>

#include "base/invariant.h"
#include "engine/core/decider.h"
#include "engine/core/fill_forecast.h"

namespace sluice::core {

/// Before a command, or an order of the engine itself, may trade.
void Decider::begin_matching() {
  reached_.clear();
  highest_ = Price{0};
  lowest_ = Price{kPriceMax.value() + 1};
}

/// What an order does when it comes into the market.
void Decider::execute(OrderIndex taker) {
  if (state_.orders()[taker].accepted.tif == TimeInForce::kFok && !can_fill(taker)) {
    emit_cancelled(taker, CancelReason::kFok);
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
    for (const Level* level = stops.best(ladder); level != nullptr && !is_beyond(level->price);
         level = stops.next_worse(ladder, *level)) {
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
    if (index == kNoSlot) continue;  // a limit that another one's trades reached has stopped its account
    const OrderEvent& order = state_.orders()[index].accepted;
    if (blocked(order.account, order.strategy, order.instrument) == Blocked::kAll) {
      emit_cancelled(index, CancelReason::kKill);  // its scope lets what rests be hit, but nothing new come to market
      continue;
    }
    OrderEvent triggered = event_of(index, OrderEventKind::kTriggered);
    triggered.price = state_.orders()[index].accepted.price;
    triggered.stop_price = state_.orders()[index].accepted.stop_price;
    triggered.quantity = state_.orders()[index].accepted.quantity;
    triggered.remaining = state_.orders().remaining(index);
    triggered.command_index = cause_;
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
  // Where daily limits are in force every trade counts, so the trades are gone through one by one.
  if (state_.watches_days()) return FillForecast(state_, taker).fills();
  const OrderEvent& order = state_.orders()[taker].accepted;
  const bool stops_at_own = order.stp != SelfTradePrevention::kNone && order.stp != SelfTradePrevention::kCancelOldest;
  const auto is_own = [&](OrderIndex maker) { return state_.orders()[maker].accepted.account == order.account; };
  const auto next = [&](OrderIndex maker) { return state_.orders().node(maker).next; };
  const Quantity wanted = state_.orders().remaining(taker);
  Quantity available;
  const OrderBook& book = state_.instrument(order.instrument)->book;
  const Side makers = opposite(order.side);
  for (const Level* level = book.best(makers); level != nullptr && available < wanted;
       level = book.next_worse(makers, *level)) {
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
  emit_cancelled(taker, has_limit_price(order.type) ? CancelReason::kIoc : CancelReason::kNoLiquidity);
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
  event.command_index = cause_;
  const Price last_before = state_.instrument(event.instrument)->last_price;
  emit(event);
  queue_reached_stops(event.instrument, price);
  if (state_.watches_days()) enforce_daily_limits(event, last_before);
  return event.remaining > Quantity{0} && (!state_.watches_days() || is_live(event.order_id));
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
  if (takes_maker) emit_cancelled(maker, CancelReason::kSelfTrade);
  if (takes_taker) emit_cancelled(taker, CancelReason::kSelfTrade);
  return !takes_taker;
}

/// R-STP-DC: takes `quantity` off without a trade; an order that loses everything is cancelled instead.
void Decider::decrement(OrderIndex index, Quantity quantity) {
  const Quantity left = state_.orders().remaining(index);
  INVARIANT(quantity <= left);
  if (quantity == left) return emit_cancelled(index, CancelReason::kSelfTrade);
  OrderEvent event = event_of(index, OrderEventKind::kDecremented);
  event.price = state_.orders()[index].accepted.price;
  event.quantity = quantity;
  event.remaining = left - quantity;
  event.command_index = cause_;
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
  event.flags = accepted.flags & kFlagFlatten;  // whoever looks for leaks of a kill knows these by it
  return event;
}

// Carries what was left; State asserts that it is what it holds.
void Decider::emit_cancelled(OrderIndex index, CancelReason reason) {
  OrderEvent event = event_of(index, OrderEventKind::kCancelled);
  event.price = state_.orders()[index].accepted.price;
  event.quantity = state_.orders().remaining(index);
  event.reason = reason;
  event.command_index = cause_;
  emit(event);
}

}  // namespace sluice::core
