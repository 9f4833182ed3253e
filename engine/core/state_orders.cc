// State: what order events change. Each function subtracts an entity from the hash, changes it, adds it again.
#include <algorithm>

#include "base/invariant.h"
#include "engine/core/state.h"

namespace sluice::core {

void State::apply(const OrderEvent& event) {
  ++counters_.events;
  switch (event.kind) {
    case OrderEventKind::kAccepted: return apply_accepted(event);
    case OrderEventKind::kTraded: return apply_traded(event);
    case OrderEventKind::kCancelled: return apply_cancelled(event);
    case OrderEventKind::kReplaced: return apply_replaced(event);
    case OrderEventKind::kDecremented: return apply_decremented(event);
    case OrderEventKind::kTriggered: return apply_triggered(event);
  }
  constexpr bool kKnown = false;
  INVARIANT(kKnown);
}

/// An event names an order that is live; anything else means that log and state do not belong together.
OrderIndex State::live(OrderId id) const {
  const OrderIndex index = orders_.find(id);
  INVARIANT(index != kNoSlot);
  return index;
}

/// Puts a new order into the lists of every scope that covers it.
void State::link(OrderIndex index) {
  const OrderEvent& accepted = orders_[index].accepted;
  orders_.link(all_orders_, ListKind::kAll, index);
  orders_.link(account_at(accepted.account).orders, ListKind::kAccount, index);
  orders_.link(instrument_at(accepted.instrument).orders, ListKind::kInstrument, index);
  if (accepted.strategy == StrategyId{}) return;
  INVARIANT(strategy(accepted.strategy) != nullptr);
  orders_.link(strategies_[accepted.strategy.value() - 1].orders, ListKind::kStrategy, index);
}

// An order that may rest is in its level from here on, although it may be the taker of the very next events: then
// acceptance and trades need no knowledge of each other, and a crash between two parts of an answer leaves nothing half
// done.
void State::apply_accepted(const OrderEvent& event) {
  INVARIANT(event.order_id == next_order_id());
  INVARIANT(event.remaining == event.quantity);
  ++counters_.orders;
  const OrderIndex index = orders_.add(event);
  LiveOrder& order = orders_[index];
  order.position = position_slot(event.account, event.instrument);
  order.priority = ++counters_.priorities;
  add_live(order, event.quantity);
  if ((event.flags & kFlagFlatten) == 0) add_to_rate(account_at(event.account), log_time_, 1);
  set_timer(index);
  link(index);
  if (is_stop(event.type)) {
    order.waiting = true;
    instrument_at(event.instrument).stops.add(index, opposite(event.side), event.stop_price, event.quantity);
  } else if (rests(event)) {
    join_book(index, event.quantity);
  }
  add_hash(order);
  trading_sum_ += hash_of_progress(order, event.remaining);
}

/// Does nothing for an account without a limit of its rate.
void State::add_to_rate(Account& account, Nanos at, std::uint64_t orders) {
  if (account.rate == nullptr) return;
  account.rate->add(at, orders, [&](const RateWindow::Entry& before, const RateWindow::Entry& after) {
    trading_sum_ -= hash_of(account.registered.id, before);
    trading_sum_ += hash_of(account.registered.id, after);
  });
}

/// Puts an order at the tail of its level with a fresh tranche.
void State::join_book(OrderIndex index, Quantity left) {
  LiveOrder& order = orders_[index];
  const OrderEvent& accepted = order.accepted;
  const Quantity shown = fresh_tranche(accepted, left);
  order.hidden = left - shown;
  instrument_at(accepted.instrument).book.add(index, accepted.side, accepted.price, shown);
}

/// Of what was accepted, and has been changed since: computed when it changes, subtracted as it was.
void State::add_hash(LiveOrder& order) {
  order.hash = hash_of_order(order.accepted);
  trading_sum_ += order.hash;
}

// Maker first: when it ends, its index may be reused, but the taker is alive until its own line.
void State::apply_traded(const OrderEvent& event) {
  const OrderIndex taker = live(event.order_id);
  const OrderIndex maker = live(event.other_order_id);
  INVARIANT(taker != maker);
  INVARIANT(event.trade_id == next_trade_id());
  INVARIANT(orders_.node(maker).resting && !orders_[maker].waiting);
  INVARIANT(orders_[maker].accepted.price == event.price);
  ++counters_.trades;
  Instrument& instrument = instrument_at(event.instrument);
  trading_sum_ -= hash_of_last_price(event.instrument, instrument.last_price);
  instrument.last_price = event.price;
  trading_sum_ += hash_of_last_price(event.instrument, instrument.last_price);
  const std::int64_t bought = event.side == Side::kBuy ? event.quantity.value() : -event.quantity.value();
  const std::uint32_t taken_by = orders_[taker].position;
  const std::uint32_t made_by = orders_[maker].position;
  add_trade(taken_by, event.price, bought, true);
  add_trade(made_by, event.price, -bought, made_by != taken_by);
  fill(maker, event.quantity, event.other_remaining, Taken::kShown);
  fill(taker, event.quantity, event.remaining, Taken::kWhole);
}

/// One side of a trade; `counts` is false for the second side of a trade of an account with itself.
void State::add_trade(std::uint32_t slot, Price price, std::int64_t bought, bool counts) {
  Position& position = positions_[slot];
  trading_sum_ -= hash_of(position, has_day());
  position.holding.trade(price, bought);
  position.traded = true;
  if (counts && has_day()) {
    ++position.day_trades;
    ++account_at(position.account).day_trades;
  }
  INVARIANT(position.holding.net.value() <= kPositionMax);
  INVARIANT(position.holding.net.value() >= -kPositionMax);
  trading_sum_ += hash_of(position, has_day());
}

/// The slot of a pair, which its account and its instrument know from its first order on.
std::uint32_t State::position_slot(AccountId account, InstrumentId instrument) {
  const std::uint32_t known = positions_.find(account, instrument);
  if (known != kNoSlot) return known;
  const std::uint32_t slot = positions_.add(account, instrument);
  account_at(account).positions.push_back(slot);
  std::vector<std::uint32_t>& of_instrument = instrument_at(instrument).positions;
  const auto place = std::lower_bound(of_instrument.begin(), of_instrument.end(), account,
                                      [this](std::uint32_t at, AccountId id) { return positions_[at].account < id; });
  of_instrument.insert(place, slot);
  return slot;
}

void State::set_timer(OrderIndex index) {
  const OrderEvent& accepted = orders_[index].accepted;
  if (accepted.tif == TimeInForce::kGtd) timers_.add(orders_, index, accepted.expire_at);
  if (accepted.tif != TimeInForce::kDay) return;
  INVARIANT(has_day());
  timers_.add(orders_, index, day_.ends_at);
}

/// Takes a trade off an order, which ends when nothing is left. `remaining` is what the event says must be left.
void State::fill(OrderIndex index, Quantity quantity, Quantity remaining, Taken from) {
  LiveOrder& order = orders_[index];
  const Quantity before = orders_.remaining(index);
  INVARIANT(quantity > Quantity{0});
  INVARIANT(before - quantity == remaining);
  trading_sum_ -= hash_of_progress(order, before);
  take(index, quantity, from);
  order.filled = order.filled + quantity;
  INVARIANT(order.filled + remaining == order.accepted.quantity);
  trading_sum_ += hash_of_progress(order, remaining);
  if (remaining == Quantity{0}) end(index);
}

/// Takes `quantity` off what is left of an order, in its book and in the sums of its account. An iceberg whose tranche
/// is gone joins the tail with the next one (R-ICE-TAIL).
void State::take(OrderIndex index, Quantity quantity, Taken from) {
  LiveOrder& order = orders_[index];
  BookNode& node = orders_.node(index);
  INVARIANT(!order.waiting);
  const Quantity left = orders_.remaining(index) - quantity;
  INVARIANT(left >= Quantity{0});
  Quantity shown = node.remaining - quantity;
  if (node.resting && order.accepted.display != Quantity{0} && from != Taken::kShown)
    shown = from == Taken::kWhole ? fresh_tranche(order.accepted, left) : std::min(node.remaining, left);
  INVARIANT(shown >= Quantity{0});
  INVARIANT(shown <= node.remaining);
  order.hidden = left - shown;
  add_live(order, Quantity{-quantity.value()});
  if (!node.resting) {
    node.remaining = shown;
    return;
  }
  if (shown < node.remaining) instrument_at(order.accepted.instrument).book.take(index, node.remaining - shown);
  if (shown > Quantity{0} || left == Quantity{0}) return;
  join_book(index, left);
  order.priority = ++counters_.priorities;
}

/// Adds to the live quantity and value of the order's account; negative to take off.
void State::add_live(const LiveOrder& order, Quantity quantity) {
  Quantity& live_quantity = positions_[order.position].live(order.accepted.side);
  live_quantity = live_quantity + quantity;
  Account& account = account_at(order.accepted.account);
  account.open_notional += notional(order.accepted.price, quantity);
  INVARIANT(live_quantity >= Quantity{0});
  INVARIANT(account.open_notional >= 0);
}

// The total shrinks with what is left, so that filled + left == total goes on to hold.
void State::apply_decremented(const OrderEvent& event) {
  const OrderIndex index = live(event.order_id);
  LiveOrder& order = orders_[index];
  INVARIANT(event.quantity > Quantity{0});
  INVARIANT(event.remaining > Quantity{0});
  trading_sum_ -= order.hash;
  trading_sum_ -= hash_of_progress(order, orders_.remaining(index));
  take(index, event.quantity, Taken::kHiddenFirst);
  order.accepted.quantity = order.accepted.quantity - event.quantity;
  order.accepted.remaining = order.accepted.quantity;
  INVARIANT(orders_.remaining(index) == event.remaining);
  add_hash(order);
  trading_sum_ += hash_of_progress(order, event.remaining);
}

void State::apply_cancelled(const OrderEvent& event) {
  const OrderIndex index = live(event.order_id);
  INVARIANT(orders_.remaining(index) == event.quantity);
  INVARIANT(event.remaining == Quantity{0});
  end(index);
}

/// The order leaves every place that knows it, and what it adds to the state hash goes with it.
void State::end(OrderIndex index) {
  const LiveOrder& order = orders_[index];
  const OrderEvent& accepted = order.accepted;
  const Quantity remaining = orders_.remaining(index);
  trading_sum_ -= order.hash;
  trading_sum_ -= hash_of_progress(order, remaining);
  add_live(order, Quantity{-remaining.value()});
  timers_.remove(orders_, index);
  Instrument& instrument = instrument_at(accepted.instrument);
  if (order.waiting) instrument.stops.remove(index);
  else if (orders_.node(index).resting) instrument.book.remove(index);
  orders_.unlink(all_orders_, ListKind::kAll, index);
  orders_.unlink(account_at(accepted.account).orders, ListKind::kAccount, index);
  orders_.unlink(instrument.orders, ListKind::kInstrument, index);
  if (accepted.strategy != StrategyId{}) {
    orders_.unlink(strategies_[accepted.strategy.value() - 1].orders, ListKind::kStrategy, index);
  }
  orders_.remove(index);
}

void State::apply_replaced(const OrderEvent& event) {
  const OrderIndex index = live(event.order_id);
  LiveOrder& order = orders_[index];
  INVARIANT(orders_.node(index).resting);
  INVARIANT(event.remaining > Quantity{0});
  INVARIANT(order.filled + event.remaining == event.quantity);
  const Quantity before = orders_.remaining(index);
  trading_sum_ -= order.hash;
  trading_sum_ -= hash_of_progress(order, before);
  add_live(order, Quantity{-before.value()});
  if (order.waiting) change_waiting(index, event);
  else change_resting(index, event);
  order.accepted.price = event.price;
  order.accepted.quantity = event.quantity;
  order.accepted.remaining = event.quantity;
  add_live(order, event.remaining);
  add_hash(order);
  trading_sum_ += hash_of_progress(order, event.remaining);
}

// R-REP-KEEP, R-REP-LOSE: less at the same price keeps the place, anything else joins the tail.
void State::change_resting(OrderIndex index, const OrderEvent& event) {
  LiveOrder& order = orders_[index];
  const BookNode& node = orders_.node(index);
  OrderBook& book = instrument_at(event.instrument).book;
  if (event.price == order.accepted.price && event.remaining <= orders_.remaining(index)) {
    const Quantity shown = std::min(node.remaining, event.remaining);
    if (shown < node.remaining) book.take(index, node.remaining - shown);
    order.hidden = event.remaining - shown;
    return;
  }
  book.remove(index);
  order.accepted.price = event.price;
  join_book(index, event.remaining);
  order.priority = ++counters_.priorities;
}

// R-REP: changed in place; only another stop price is another place, at the tail, and the priority says so: from it
// alone a restored engine knows the order of a level.
void State::change_waiting(OrderIndex index, const OrderEvent& event) {
  LiveOrder& order = orders_[index];
  OrderBook& stops = instrument_at(event.instrument).stops;
  const Quantity before = orders_.remaining(index);
  if (event.stop_price != order.accepted.stop_price) {
    stops.remove(index);
    order.accepted.stop_price = event.stop_price;
    stops.add(index, opposite(order.accepted.side), event.stop_price, event.remaining);
    order.priority = ++counters_.priorities;
  } else if (event.remaining < before) {
    stops.take(index, before - event.remaining);
  } else if (event.remaining > before) {
    stops.grow(index, event.remaining - before);
  }
}

// R-STOP-LIM: its time priority begins now. One that does not rest is a taker and nothing else.
void State::apply_triggered(const OrderEvent& event) {
  const OrderIndex index = live(event.order_id);
  LiveOrder& order = orders_[index];
  INVARIANT(order.waiting);
  const Quantity left = orders_.remaining(index);
  INVARIANT(event.remaining == left);
  trading_sum_ -= hash_of_progress(order, left);
  instrument_at(event.instrument).stops.remove(index);
  order.waiting = false;
  order.priority = ++counters_.priorities;
  if (rests(order.accepted)) join_book(index, left);
  trading_sum_ += hash_of_progress(order, left);
}

}  // namespace sluice::core
