#include "tests/property/log_checker.h"

#include <algorithm>
#include <tuple>

namespace sluice::property {

namespace {

bool has_limit(const OrderEvent& accepted) {
  return accepted.type == OrderType::kLimit || accepted.type == OrderType::kStopLimit;
}

std::string name(const OrderEvent& event) { return "order " + std::to_string(event.order_id.value()); }

/// Larger is better for whoever trades against the order.
std::int64_t price_rank(const OrderEvent& accepted) {
  return accepted.side == Side::kBuy ? accepted.price.value() : -accepted.price.value();
}

}  // namespace

void LogTotals::add(const LogTotals& other) {
  const auto sum = [&](auto... fields) { ((this->*fields += other.*fields), ...); };
  sum(&LogTotals::commands, &LogTotals::executed, &LogTotals::repeats, &LogTotals::accepted, &LogTotals::trades,
      &LogTotals::cancels, &LogTotals::replaces, &LogTotals::triggers, &LogTotals::decrements, &LogTotals::kills,
      &LogTotals::releases, &LogTotals::chained_stops, &LogTotals::refreshed_tranches, &LogTotals::kept_places,
      &LogTotals::fills_or_kills, &LogTotals::automatic_kills, &LogTotals::flattening);
  for (std::size_t i = 0; i < reasons.size(); ++i) reasons[i] += other.reasons[i];
  for (std::size_t i = 0; i < cancel_reasons.size(); ++i) cancel_reasons[i] += other.cancel_reasons[i];
}

bool LogChecker::rests(const Seen& order) {
  const TimeInForce tif = order.accepted.tif;
  return order.live && !order.waiting && has_limit(order.accepted) && tif != TimeInForce::kIoc &&
         tif != TimeInForce::kFok;
}

LogChecker::Seen& LogChecker::seen(OrderId id) {
  const auto found = orders_.find(id);
  if (found == orders_.end()) throw Finding{17, "an event of an order that is not live: " + std::to_string(id.value())};
  return found->second;
}

void LogChecker::to_tail(Seen& order) {
  order.place = ++places_;
  const std::int64_t display = order.accepted.display.value();
  order.shown = display == 0 ? order.left() : std::min(display, order.left());
}

// 17: no gap, no repeat; each event names its command.
void LogChecker::read(const Answer& answer) {
  const std::uint64_t due = sequence_.value() + (answer.kind == AnswerKind::kAnswer ? 1 : 0);
  need_.require(17, answer.cmd_sequence.value() == due, "a gap or a repeat in the CMD sequences");
  sequence_ = answer.cmd_sequence;
  check_outcomes(answer);
  count_outcomes(answer);
  command_ = kNoCommand;
  for_each_event(
      answer, [this](const ControlEvent& event) { on_control(event); }, [this](const OrderEvent& event) { on(event); });
  need_.require(13, cancels_owed_ == 0, "a kill announced more cancels than it made");
  after_command();
  check_positions();
}

/// 17: a repeated command id gives the stored answer and no new event; nor does what is refused (12).
void LogChecker::check_outcomes(const Answer& answer) const {
  std::uint32_t previous = 0;
  for (const OrderEvent& event : answer.order_events) {
    if (event.command_index == kNoCommand) continue;
    need_.require(17, event.command_index < answer.outcomes.size(), "an event names a command that is not there");
    need_.require(17, event.command_index >= previous, "events are not in the order of their commands");
    previous = event.command_index;
    const Outcome& outcome = answer.outcomes.at(event.command_index);
    need_.require(17, (outcome.flags & kFlagRepeat) == 0, "a repeated command has an event");
    need_.require(12, outcome.code == OutcomeCode::kExecuted, "a refused command has an event");
  }
}

void LogChecker::count_outcomes(const Answer& answer) {
  for (const Outcome& outcome : answer.outcomes) {
    ++totals_.commands;
    if ((outcome.flags & kFlagRepeat) != 0) ++totals_.repeats;
    else if (outcome.code == OutcomeCode::kExecuted) ++totals_.executed;
    else ++totals_.reasons[static_cast<std::size_t>(outcome.reason)];
  }
}

void LogChecker::on(const OrderEvent& event) {
  need_.require(13,
                cancels_owed_ == 0 || (event.kind == OrderEventKind::kCancelled && event.reason == CancelReason::kKill),
                "something happened between a kill and its cancels");
  if (event.command_index != command_) after_command();
  command_ = event.command_index;
  if (event.kind == OrderEventKind::kAccepted) return on_accepted(event);
  if (event.kind == OrderEventKind::kTraded) return on_trade(event);
  Seen& order = seen(event.order_id);
  need_.require(1, order.live, "an event of an order that has ended");
  need_.require(17, event.account == order.accepted.account && event.client_order_id == order.accepted.client_order_id,
                "an event does not name its order's account and client order id");
  switch (event.kind) {
    case OrderEventKind::kReplaced: return on_replaced(order, event);
    case OrderEventKind::kTriggered: return on_triggered(order);
    case OrderEventKind::kDecremented: return on_decremented(order, event);
    case OrderEventKind::kCancelled: return on_cancelled(order, event);
    default: throw Finding{17, "an event of an unknown kind"};
  }
}

void LogChecker::on_accepted(const OrderEvent& event) {
  need_.require(17, event.order_id == make_order_id(ShardId{0}, ++totals_.accepted), "order ids have a gap");
  need_.require_that(13, !is_blocked(event), [&] { return name(event) + " accepted in an engaged scope"; });
  totals_.flattening += (event.flags & kFlagFlatten) != 0 ? 1 : 0;
  Seen order;
  order.accepted = event;
  order.total = event.quantity.value();
  order.waiting = event.type == OrderType::kStop || event.type == OrderType::kStopLimit;
  to_tail(order);
  // R-STOP-IN: already reached at entry.
  if (const auto last = last_price_.find(event.instrument); order.waiting && last != last_price_.end())
    order.reached =
        event.side == Side::kBuy ? last->second >= event.stop_price.value() : last->second <= event.stop_price.value();
  orders_[event.order_id] = order;
  active_.insert(event.account);
}

void LogChecker::on_replaced(Seen& order, const OrderEvent& event) {
  ++totals_.replaces;
  need_.require_that(13, !is_blocked(order.accepted), [&] { return name(event) + " replaced in an engaged scope"; });
  const bool same_price =
      order.waiting ? event.stop_price == order.accepted.stop_price : event.price == order.accepted.price;
  const bool keeps_place = same_price && (order.waiting || event.quantity.value() <= order.total);
  order.total = event.quantity.value();
  need_.require_that(1, event.remaining.value() == order.left() && order.left() > 0,
                     [&] { return name(event) + ": remaining after a replace"; });
  order.accepted.price = event.price;
  if (order.waiting) {
    order.accepted.stop_price = event.stop_price;
    if (const auto last = last_price_.find(event.instrument); last != last_price_.end())
      order.reached = event.side == Side::kBuy ? last->second >= event.stop_price.value()
                                               : last->second <= event.stop_price.value();
  }
  if (keeps_place) {
    ++totals_.kept_places;
    order.shown = std::min(order.shown, order.left());
  } else {
    to_tail(order);
  }
}

void LogChecker::on_triggered(Seen& order) {
  ++totals_.triggers;
  if (++triggered_in_command_ > 1) ++totals_.chained_stops;
  need_.require_that(13, !is_blocked(order.accepted),
                     [&] { return name(order.accepted) + " triggered in an engaged scope"; });
  need_.require_that(11, order.waiting, [&] { return name(order.accepted) + " triggered twice, or is no stop"; });
  need_.require_that(11, order.reached, [&] { return name(order.accepted) + " triggered, but no trade reached it"; });
  order.waiting = false;
  to_tail(order);
}

void LogChecker::on_decremented(Seen& order, const OrderEvent& event) {
  ++totals_.decrements;
  order.total -= event.quantity.value();
  order.shown = std::min(order.shown, order.left());
  need_.require(1, event.quantity > Quantity{0}, "nothing was decremented");
  need_.require_that(1, event.remaining.value() == order.left() && order.left() > 0,
                     [&] { return name(event) + ": remaining after a decrement"; });
}

void LogChecker::on_cancelled(Seen& order, const OrderEvent& event) {
  ++totals_.cancels;
  ++totals_.cancel_reasons[static_cast<std::size_t>(event.reason)];
  need_.require_that(1, event.quantity.value() == order.left() && order.left() > 0, [&] {
    return name(event) + ": cancelled " + std::to_string(event.quantity.value()) + " of " +
           std::to_string(order.left());
  });
  if (event.reason == CancelReason::kFok) ++totals_.fills_or_kills;
  need_.require_that(6, order.accepted.tif != TimeInForce::kFok || order.filled == 0,
                     [&] { return name(event) + ", fill or kill, was filled in part"; });
  order.live = false;
  if (cancels_owed_ > 0 && --cancels_owed_ == 0) check_nothing_live_is_killed();
}

/// 4: nobody of the maker's side had a better price, or the same price and an earlier place, with something to show.
void LogChecker::check_priority(const Seen& maker) const {
  for (const auto& [id, other] : orders_) {
    if (&other == &maker || !rests(other) || other.shown <= 0 || other.accepted.side != maker.accepted.side ||
        other.accepted.instrument != maker.accepted.instrument)
      continue;
    const std::int64_t better = price_rank(other.accepted) - price_rank(maker.accepted);
    need_.require_that(4, better < 0 || (better == 0 && other.place > maker.place), [&] {
      return name(maker.accepted) + " traded before " + name(other.accepted) + ", whose turn it was";
    });
  }
}

void LogChecker::on_trade(const OrderEvent& event) {
  need_.require(17, event.trade_id == make_trade_id(ShardId{0}, ++totals_.trades), "trade ids have a gap");
  Seen& taker = seen(event.order_id);
  Seen& maker = seen(event.other_order_id);
  need_.require_that(5, event.price == maker.accepted.price, [&] {
    return "traded at " + std::to_string(event.price.value()) + ", not at the maker's " +
           std::to_string(maker.accepted.price.value());
  });
  need_.require(5, taker.accepted.side != maker.accepted.side && taker.accepted.instrument == maker.accepted.instrument,
                "taker and maker are not on two sides of one book");
  const bool inside =
      taker.accepted.side == Side::kBuy ? event.price <= taker.accepted.price : event.price >= taker.accepted.price;
  need_.require_that(5, !has_limit(taker.accepted) || inside,
                     [&] { return name(event) + " traded outside its limit"; });
  need_.require_that(7, (taker.accepted.flags & kFlagPostOnly) == 0, [&] { return name(event) + ", post-only, took"; });
  need_.require_that(
      8, taker.accepted.stp == SelfTradePrevention::kNone || taker.accepted.account != maker.accepted.account,
      [&] { return name(event) + " traded with its own account"; });
  need_.require_that(10, event.quantity.value() <= maker.shown,
                     [&] { return name(maker.accepted) + " traded more in one trade than it showed"; });
  need_.require(6, rests(maker), "the maker could not rest");
  check_priority(maker);
  taker.shown = std::max(taker.shown, event.quantity.value());  // a taker trades its whole quantity
  fill(taker, event.quantity.value(), event.remaining.value());
  const std::int64_t display = taker.accepted.display.value();
  taker.shown = display == 0 ? taker.left() : std::min(display, taker.left());
  fill(maker, event.quantity.value(), event.other_remaining.value());
  if (maker.live && maker.shown == 0) {
    ++totals_.refreshed_tranches;
    to_tail(maker);
  }
  const std::int64_t bought = taker.accepted.side == Side::kBuy ? event.quantity.value() : -event.quantity.value();
  positions_[{event.instrument, taker.accepted.account}] += bought;
  positions_[{event.instrument, maker.accepted.account}] -= bought;
  cash_[event.instrument][taker.accepted.account] -= Int128{event.price.value()} * bought;
  cash_[event.instrument][maker.accepted.account] += Int128{maker.accepted.price.value()} * bought;
  reach_stops(event.instrument, event.price.value());
}

void LogChecker::fill(Seen& order, std::int64_t quantity, std::int64_t left) {
  need_.require_that(1, order.live, [&] { return name(order.accepted) + " traded after its end"; });
  need_.require_that(11, !order.waiting, [&] { return name(order.accepted) + ", a waiting stop, traded"; });
  need_.require_that(13, !in_engaged_scope(order.accepted),
                     [&] { return name(order.accepted) + " traded in an engaged scope"; });
  order.filled += quantity;
  order.shown -= quantity;
  need_.require_that(1, quantity > 0 && left >= 0 && order.left() == left,
                     [&] { return name(order.accepted) + ": remaining after a trade"; });
  order.live = left > 0;
}

void LogChecker::reach_stops(InstrumentId instrument, std::int64_t price) {
  last_price_[instrument] = price;
  for (auto& [id, order] : orders_) {
    if (!order.live || !order.waiting || order.accepted.instrument != instrument) continue;
    const std::int64_t stop = order.accepted.stop_price.value();
    order.reached = order.reached || (order.accepted.side == Side::kBuy ? price >= stop : price <= stop);
  }
}

std::vector<QueuedOrder> LogChecker::resting(InstrumentId instrument, Side side) const {
  std::vector<const Seen*> found;
  for (const auto& [id, order] : orders_) {
    if (rests(order) && order.accepted.instrument == instrument && order.accepted.side == side) found.push_back(&order);
  }
  std::sort(found.begin(), found.end(), [](const Seen* a, const Seen* b) {
    return std::tuple(-price_rank(a->accepted), a->place) < std::tuple(-price_rank(b->accepted), b->place);
  });
  std::vector<QueuedOrder> queue;
  queue.reserve(found.size());
  for (const Seen* order : found)
    queue.push_back({order->accepted.order_id.value(), order->accepted.price.value(), order->shown});
  return queue;
}

}  // namespace sluice::property
