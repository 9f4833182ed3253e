#include "tests/support/reference_exchange.h"

#include <algorithm>

namespace sluice::reference {

namespace {

/// The first key of a ladder is the best price, or the stop that is next to trigger.
std::int64_t rank_of_price(Side side, std::int64_t price) { return side == Side::kBuy ? -price : price; }
std::int64_t rank_of_stop(Side side, std::int64_t stop) { return side == Side::kBuy ? stop : -stop; }

std::int64_t rank_of(const Order& order) {
  const Side side = order.terms.side;
  return order.waiting ? rank_of_stop(side, order.terms.stop_price.value())
                       : rank_of_price(side, order.terms.price.value());
}

Event event_of(const Order& order, OrderEventKind kind) {
  Event event;
  event.kind = kind;
  event.order = order.number;
  event.price = order.terms.price.value();
  return event;
}

}  // namespace

void ReferenceExchange::advance(Nanos now, Events& events) {
  now_ = std::max(now_, now);
  forget_keys();
  std::vector<std::pair<Nanos, std::uint64_t>> over;
  for (const auto& [number, order] : orders_) {
    if (const auto time = due(order); time && *time <= now_) over.emplace_back(*time, number);
  }
  std::sort(over.begin(), over.end());
  for (const auto& [time, number] : over) end(number, CancelReason::kTimeInForce, events);
  if (!day_end_ || *day_end_ <= now_) begin_day();
}

void ReferenceExchange::forget_keys() {
  const Int128 window = Int128{world_.key_window_millis} * kNanosPerMilli;
  while (!key_order_.empty()) {
    const Key& oldest = keys_.at(key_order_.front());
    // A time stamp from the future keeps a command id longer, but no longer than one more window.
    const Int128 at = oldest.at.value();
    const Int128 newest_use = std::clamp<Int128>(time_of(oldest.body.command_id).value(), at, at + window);
    if (newest_use + window >= now_.value()) return;
    keys_.erase(key_order_.front());
    key_order_.pop_front();
  }
}

// The command id first: a repeat, a conflict, an expired command. Cancels never expire.
Outcome ReferenceExchange::perform(const OrderCommand& command, Place place, Events& events) {
  const KeyName name{command.account.value(), command.command_id};
  const auto known = keys_.find(name);
  if (known != keys_.end()) {
    Outcome repeat = known->second.outcome;
    repeat.repeat = true;
    if (hash_value(known->second.body, 0) == hash_value(command, 0)) return repeat;
    return {.reason = RejectReason::kIdempotencyConflict, .order = 0, .repeat = false, .first = repeat.first};
  }
  const bool cancels = command.kind == OrderCommandKind::kCancel || command.kind == OrderCommandKind::kCancelAll;
  const Int128 age = Int128{now_.value()} - time_of(command.command_id).value();
  const Int128 window = Int128{world_.key_window_millis} * kNanosPerMilli;
  const bool late = command.valid_until != Nanos{} && now_ > command.valid_until;
  if (!cancels && (!is_version7(command.command_id) || age > window || -age > window || late))
    return {.reason = RejectReason::kExpired, .order = 0, .repeat = false, .first = place};
  Outcome outcome = decide(command, events);
  outcome.first = place;
  keys_.emplace(name, Key{command, outcome, now_});
  key_order_.push_back(name);
  return outcome;
}

Outcome ReferenceExchange::decide(const OrderCommand& command, Events& events) {
  switch (command.kind) {
    case OrderCommandKind::kSubmit: return submit(command, events);
    case OrderCommandKind::kCancel: return cancel(command, events);
    case OrderCommandKind::kReplace: return replace(command, events);
    case OrderCommandKind::kCancelAll: return cancel_all(command, events);
  }
  return {.reason = RejectReason::kUnsupported, .order = 0, .repeat = false, .first = {}};
}

// R-EV: accepted first, then its trades, then the end of what may not rest.
Outcome ReferenceExchange::submit(const OrderCommand& command, Events& events) {
  if (const RejectReason reason = check_new(command); reason != RejectReason::kNone)
    return {.reason = reason, .order = 0, .repeat = false, .first = {}};
  Order order;
  order.number = ++accepted_;
  order.terms = command;
  order.waiting = command.type == OrderType::kStop || command.type == OrderType::kStopLimit;
  Event accepted = event_of(order, OrderEventKind::kAccepted);
  accepted.stop_price = command.stop_price.value();
  accepted.quantity = accepted.left = command.quantity.value();
  events.push_back(accepted);
  if (const auto rate = accepted_at_.find(command.account.value()); rate != accepted_at_.end())
    rate->second.push_back(now_);
  Order& stored = orders_.emplace(order.number, order).first->second;
  reduce_strategies(command, events);
  if (!stored.waiting) {
    execute(order.number, events);
  } else {
    join(stored);
    if (is_reached(stored)) reached_.push_back(order.number);  // R-STOP-IN
  }
  run_stops(events);
  return {.reason = RejectReason::kNone, .order = order.number, .repeat = false, .first = {}};
}

const ReferenceExchange::Ladder& ReferenceExchange::ladder(const Order& order) const {
  const Book& book = books_.at(order.terms.instrument.value());
  const bool buy = order.terms.side == Side::kBuy;
  if (order.waiting) return buy ? book.buy_stops : book.sell_stops;
  return buy ? book.buys : book.sells;
}

ReferenceExchange::Ladder& ReferenceExchange::ladder(const Order& order) {
  books_.try_emplace(order.terms.instrument.value());
  return const_cast<Ladder&>(std::as_const(*this).ladder(order));
}

/// To the tail of its level.
void ReferenceExchange::join(Order& order) {
  order.shown = order.fresh_tranche();
  ladder(order)[rank_of(order)].push_back(order.number);
}

/// Out of its level, if it is in one.
void ReferenceExchange::leave(const Order& order) {
  Ladder& levels = ladder(order);
  const auto level = levels.find(rank_of(order));
  if (level == levels.end()) return;
  level->second.remove(order.number);
  if (level->second.empty()) levels.erase(level);
}

/// First in price, then in time, on the other side; nullptr if nobody the taker may trade with is there.
const ReferenceExchange::Queue* ReferenceExchange::best_opposite(const Order& taker) const {
  const auto book = books_.find(taker.terms.instrument.value());
  if (book == books_.end()) return nullptr;
  const Ladder& levels = taker.terms.side == Side::kBuy ? book->second.sells : book->second.buys;
  if (levels.empty()) return nullptr;
  const Queue& queue = levels.begin()->second;
  return taker.may_trade_at(orders_.at(queue.front()).terms.price.value()) ? &queue : nullptr;
}

void ReferenceExchange::execute(std::uint64_t number, Events& events) {
  const Order& taker = orders_.at(number);
  if (taker.terms.tif == TimeInForce::kFok && !can_fill(number)) return end(number, CancelReason::kFok, events);
  match(number, events);
}

/// R-FOK: tried out on a copy of everything. It must be filled by trades alone, every one of them.
bool ReferenceExchange::can_fill(std::uint64_t number) const {
  ReferenceExchange trial = *this;
  Events events;
  trial.match(number, events);
  std::int64_t traded = 0;
  for (const Event& event : events) {
    if (event.kind == OrderEventKind::kTraded && event.order == number) traded += event.quantity;
  }
  return traded == orders_.at(number).left();
}

// R-MATCH, R-PRIO. A taker is in no book until it is done; then its rest joins the tail of its level, or ends.
void ReferenceExchange::match(std::uint64_t number, Events& events) {
  while (const Queue* queue = best_opposite(orders_.at(number))) {
    Order& taker = orders_.at(number);
    Order& maker = orders_.at(queue->front());
    if (taker.terms.stp != SelfTradePrevention::kNone && maker.terms.account == taker.terms.account) {
      if (prevent_self_trade(number, maker.number, events)) return;
      continue;
    }
    trade(taker, maker, events);
    if (!orders_.contains(number)) return;  // filled, or stopped by a limit that this trade used up
  }
  Order& taker = orders_.at(number);
  if (!taker.has_limit()) return end(number, CancelReason::kNoLiquidity, events);
  const TimeInForce tif = taker.terms.tif;
  if (tif == TimeInForce::kIoc || tif == TimeInForce::kFok) return end(number, CancelReason::kIoc, events);
  join(taker);
}

void ReferenceExchange::trade(Order& taker, Order& maker, Events& events) {
  const std::int64_t quantity = std::min(taker.left(), maker.shown);
  const std::uint32_t instrument = taker.terms.instrument.value();
  taker.filled += quantity;
  maker.filled += quantity;
  maker.shown -= quantity;
  Event traded = event_of(taker, OrderEventKind::kTraded);
  traded.maker = maker.number;
  traded.price = maker.terms.price.value();
  traded.quantity = quantity;
  traded.left = taker.left();
  traded.maker_left = maker.left();
  events.push_back(traded);
  const std::int64_t bought = taker.terms.side == Side::kBuy ? quantity : -quantity;
  const std::uint32_t taken_by = taker.terms.account.value(), made_by = maker.terms.account.value();
  positions_[{taken_by, instrument}] += bought;
  positions_[{made_by, instrument}] -= bought;
  made_[{taken_by, instrument}].cash -= Int128{traded.price} * bought;
  made_[{made_by, instrument}].cash += Int128{traded.price} * bought;
  for (const std::uint32_t account : std::set{taken_by, made_by}) ++day_trades_[account];
  std::optional<std::int64_t>& last = books_.at(instrument).last;
  const std::int64_t last_before = last.value_or(0);
  last = traded.price;
  const Order taken = taker, made = maker;
  if (maker.shown == 0) {
    leave(maker);
    if (maker.left() > 0) join(maker);  // R-ICE-TAIL
    else orders_.erase(maker.number);
  }
  if (taken.left() == 0) orders_.erase(taken.number);
  reach(instrument);
  enforce_after_trade(taken, made, last_before, events);
}

/// R-STP. True if the taker has ended.
bool ReferenceExchange::prevent_self_trade(std::uint64_t taker, std::uint64_t maker, Events& events) {
  const SelfTradePrevention policy = orders_.at(taker).terms.stp;
  if (policy == SelfTradePrevention::kDecrement) {
    const std::int64_t smaller = std::min(orders_.at(taker).left(), orders_.at(maker).left());
    decrement(maker, smaller, events);
    decrement(taker, smaller, events);
    return !orders_.contains(taker);
  }
  if (policy != SelfTradePrevention::kCancelNewest) end(maker, CancelReason::kSelfTrade, events);
  if (policy != SelfTradePrevention::kCancelOldest) end(taker, CancelReason::kSelfTrade, events);
  return policy != SelfTradePrevention::kCancelOldest;
}

/// R-STP-DC: of an iceberg the hidden part goes first.
void ReferenceExchange::decrement(std::uint64_t number, std::int64_t quantity, Events& events) {
  Order& order = orders_.at(number);
  if (order.left() == quantity) return end(number, CancelReason::kSelfTrade, events);
  order.terms.quantity = order.terms.quantity - Quantity{quantity};
  order.shown = std::min(order.shown, order.left());
  Event decremented = event_of(order, OrderEventKind::kDecremented);
  decremented.quantity = quantity;
  decremented.left = order.left();
  events.push_back(decremented);
}

void ReferenceExchange::end(std::uint64_t number, CancelReason reason, Events& events) {
  const Order& order = orders_.at(number);
  Event cancelled = event_of(order, OrderEventKind::kCancelled);
  cancelled.quantity = order.left();
  cancelled.reason = reason;
  events.push_back(cancelled);
  leave(order);
  orders_.erase(number);
}

/// R-STOP-PRINT, R-STOP-ORDER: after a trade, those it reaches that none before it has: buys from the lowest stop price
/// up, then sells from the highest down, the oldest first. They go on waiting until their turn.
void ReferenceExchange::reach(std::uint32_t instrument) {
  const Book& book = books_.at(instrument);
  for (const Ladder* stops : {&book.buy_stops, &book.sell_stops}) {
    for (const auto& [rank, queue] : *stops) {
      for (const std::uint64_t number : queue) {
        const bool listed = std::find(reached_.begin(), reached_.end(), number) != reached_.end();
        if (!listed && is_reached(orders_.at(number))) reached_.push_back(number);
      }
    }
  }
}

// R-STOP-AFTER, R-STOP-CHAIN.
void ReferenceExchange::run_stops(Events& events) {
  for (std::size_t i = 0; i < reached_.size(); ++i) {
    if (!orders_.contains(reached_[i])) continue;  // its account was stopped meanwhile
    Order& order = orders_.at(reached_[i]);
    if (const auto mode = blocked(order.terms); mode && *mode != KillMode::kReduceOnly) {
      end(order.number, CancelReason::kKill, events);
      continue;
    }
    leave(order);
    order.waiting = false;
    Event triggered = event_of(order, OrderEventKind::kTriggered);
    triggered.stop_price = order.terms.stop_price.value();
    triggered.quantity = order.terms.quantity.value();
    triggered.left = order.left();
    events.push_back(triggered);
    execute(order.number, events);
  }
  reached_.clear();
}

Outcome ReferenceExchange::cancel(const OrderCommand& command, Events& events) {
  std::uint64_t number = 0;
  if (const RejectReason reason = find_target(command, number); reason != RejectReason::kNone)
    return {.reason = reason, .order = 0, .repeat = false, .first = {}};
  end(number, CancelReason::kUser, events);
  return {.reason = RejectReason::kNone, .order = number, .repeat = false, .first = {}};
}

Outcome ReferenceExchange::cancel_all(const OrderCommand& command, Events& events) {
  const std::uint32_t account = command.account.value(), instrument = command.instrument.value();
  Outcome outcome;
  if (account == 0 || account > world_.accounts) outcome.reason = RejectReason::kUnknownAccount;
  else if (instrument > world_.instruments) outcome.reason = RejectReason::kUnknownInstrument;
  if (outcome.reason != RejectReason::kNone) return outcome;
  std::vector<std::uint64_t> meant;  // in order of acceptance
  for (const auto& [number, order] : orders_) {
    if (order.terms.account != command.account) continue;
    if (instrument != 0 && order.terms.instrument != command.instrument) continue;
    if (command.side == Side::kNone || order.terms.side == command.side) meant.push_back(number);
  }
  const bool disconnected = (command.flags & kFlagDisconnect) != 0;
  for (const std::uint64_t number : meant)
    end(number, disconnected ? CancelReason::kDisconnect : CancelReason::kUser, events);
  return outcome;
}

Outcome ReferenceExchange::replace(const OrderCommand& command, Events& events) {
  std::uint64_t number = 0;
  if (const RejectReason reason = find_target(command, number); reason != RejectReason::kNone)
    return {.reason = reason, .order = 0, .repeat = false, .first = {}};
  Order& order = orders_.at(number);
  Order changed = order;
  if ((command.fields & kFieldQuantity) != 0) changed.terms.quantity = command.quantity;
  if ((command.fields & kFieldPrice) != 0) changed.terms.price = command.price;
  if ((command.fields & kFieldStopPrice) != 0) changed.terms.stop_price = command.stop_price;
  const Outcome executed{.reason = RejectReason::kNone, .order = number, .repeat = false, .first = {}};
  const RejectReason reason = check_replace(order, changed, command);
  if (reason != RejectReason::kNone) return {.reason = reason, .order = number, .repeat = false, .first = {}};
  if (changed.left() <= 0) {  // R-REP-QTY
    end(number, CancelReason::kBelowFilled, events);
    return executed;
  }
  Event replaced = event_of(changed, OrderEventKind::kReplaced);
  if (order.waiting) replaced.stop_price = changed.terms.stop_price.value();
  replaced.quantity = changed.terms.quantity.value();
  replaced.left = changed.left();
  events.push_back(replaced);
  const bool same_price =
      order.waiting ? changed.terms.stop_price == order.terms.stop_price : changed.terms.price == order.terms.price;
  const bool keeps_place = same_price && (order.waiting || changed.left() <= order.left());
  if (keeps_place) {  // R-REP-KEEP
    order = changed;
    order.shown = order.waiting ? order.left() : std::min(order.shown, order.left());
    reduce_strategies(order.terms, events);
  } else {  // R-REP-LOSE, R-REP-TRADE
    leave(order);
    order = changed;
    if (order.waiting) join(order);
    reduce_strategies(order.terms, events);
    if (!order.waiting) match(number, events);
  }
  if (const auto live = orders_.find(number); live != orders_.end() && live->second.waiting) {
    if (is_reached(live->second)) reached_.push_back(number);
  }
  run_stops(events);
  return executed;
}

std::vector<Resting> ReferenceExchange::resting(std::uint32_t instrument, Side side) const {
  std::vector<Resting> found;
  const auto book = books_.find(instrument);
  if (book == books_.end()) return found;
  for (const auto& [rank, queue] : side == Side::kBuy ? book->second.buys : book->second.sells) {
    for (const std::uint64_t number : queue) {
      const Order& order = orders_.at(number);
      found.push_back({number, order.terms.price.value(), order.shown});
    }
  }
  return found;
}

}  // namespace sluice::reference
