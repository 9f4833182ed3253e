#include "tests/support/reference_exchange.h"

#include <algorithm>

namespace sluice::reference {

namespace {

std::string text(std::int64_t value) { return std::to_string(value); }

bool crosses(const Order& taker, std::int64_t price) {
  if (taker.any_price) return true;
  return taker.side == Side::kBuy ? price <= taker.price : price >= taker.price;
}

}  // namespace

RejectReason ReferenceExchange::perform(const OrderCommand& command, std::vector<std::string>& events) {
  switch (command.kind) {
    case OrderCommandKind::kSubmit: return submit(command, events);
    case OrderCommandKind::kCancel: return cancel(command, events);
    case OrderCommandKind::kReplace: return replace(command, events);
    case OrderCommandKind::kCancelAll: return cancel_all(command, events);
  }
  return RejectReason::kUnsupported;
}

ReferenceExchange::Live ReferenceExchange::find(std::uint32_t account, std::uint32_t instrument,
                                                const std::string& id) {
  return std::find_if(live_.begin(), live_.end(), [&](const Order& order) {
    return order.account == account && order.instrument == instrument && order.id == id;
  });
}

bool ReferenceExchange::is_killed(const Order& order) const {
  return killed_.contains({KillScope::kGlobal, 0}) || killed_.contains({KillScope::kAccount, order.account}) ||
         killed_.contains({KillScope::kSymbol, order.instrument}) ||
         killed_.contains({KillScope::kStrategy, order.strategy});
}

std::optional<std::int64_t> ReferenceExchange::limit(std::uint32_t account, LimitKind kind) const {
  const auto found = limits_.find({account, kind});
  return found == limits_.end() ? std::nullopt : found->second;
}

std::int64_t ReferenceExchange::position(std::uint32_t account, std::uint32_t instrument) const {
  const auto found = positions_.find({account, instrument});
  return found == positions_.end() ? 0 : found->second;
}

// R-RISK: quantity, value, band, open orders, position, open value.
RejectReason ReferenceExchange::check_limits(const Order& order, const Order* before) const {
  const bool is_new = before == nullptr;
  const std::int64_t left_before = is_new ? 0 : before->left();
  const std::int64_t value_before = is_new ? 0 : before->price * before->left();
  const auto quantity_max = limit(order.account, LimitKind::kMaxOrderQuantity);
  if (quantity_max && order.total > *quantity_max) return RejectReason::kMaxOrderQuantity;
  const auto notional_max = limit(order.account, LimitKind::kMaxOrderNotional);
  if (notional_max && !order.any_price && order.price * order.total > *notional_max)
    return RejectReason::kMaxOrderNotional;
  const auto band = limit(order.account, LimitKind::kPriceBandBps);
  const auto last = last_price_.find(order.instrument);
  if (band && !order.any_price && last != last_price_.end()) {
    const std::int64_t beyond = order.side == Side::kBuy ? order.price - last->second : last->second - order.price;
    if (beyond * 10'000 > *band * last->second) return RejectReason::kPriceBand;
  }
  std::int64_t open = 0, live_of_side = 0, open_notional = 0;
  for (const Order& other : live_) {
    if (other.account != order.account) continue;
    ++open;
    open_notional += other.price * other.left();
    if (other.instrument == order.instrument && other.side == order.side) live_of_side += other.left();
  }
  const auto open_max = limit(order.account, LimitKind::kMaxOpenOrders);
  if (is_new && open_max && open >= *open_max) return RejectReason::kMaxOpenOrders;
  const std::int64_t net = position(order.account, order.instrument);
  const std::int64_t worst = (order.side == Side::kBuy ? net : -net) + live_of_side - left_before + order.left();
  const auto position_max = limit(order.account, LimitKind::kMaxPosition);
  if (position_max && worst > *position_max) return RejectReason::kMaxPosition;
  const auto open_notional_max = limit(order.account, LimitKind::kMaxOpenNotional);
  const std::int64_t with_this = open_notional - value_before + order.price * order.left();
  if (open_notional_max && !order.any_price && with_this > *open_notional_max) return RejectReason::kMaxOpenNotional;
  return RejectReason::kNone;
}

/// First in price, then in time, on the other side.
ReferenceExchange::Live ReferenceExchange::best_opposite(const Order& taker) {
  Live best = live_.end();
  for (Live it = live_.begin(); it != live_.end(); ++it) {
    if (it->instrument != taker.instrument || it->side == taker.side || it->any_price || it->waiting ||
        it->number == taker.number)
      continue;
    const bool better =
        best == live_.end() || (taker.side == Side::kBuy ? it->price < best->price : it->price > best->price);
    if (better) best = it;
  }
  return best;
}

void ReferenceExchange::end(Live order, const char* reason, std::vector<std::string>& events) {
  events.push_back("cancelled " + order->id + " " + text(order->left()) + " " + reason);
  live_.erase(order);
}

RejectReason ReferenceExchange::submit(const OrderCommand& command, std::vector<std::string>& events) {
  if (find(command.account.value(), command.instrument.value(), command.client_order_id.str()) != live_.end()) {
    return RejectReason::kDuplicateId;
  }
  Order order;
  order.id = command.client_order_id.str();
  order.account = command.account.value();
  order.strategy = command.strategy.value();
  order.instrument = command.instrument.value();
  order.side = command.side;
  order.any_price = command.type == OrderType::kMarket || command.type == OrderType::kStop;
  order.waiting = command.type == OrderType::kStop || command.type == OrderType::kStopLimit;
  order.stop = command.stop_price.value();
  order.display = command.display.value();
  order.tif = command.tif;
  order.stp = command.stp;
  order.post_only = (command.flags & kFlagPostOnly) != 0;
  order.price = command.price.value();
  order.total = command.quantity.value();
  if (order.total <= 0) return RejectReason::kInvalidQuantity;
  if (order.any_price ? order.price != 0 : order.price <= 0) return RejectReason::kInvalidPrice;
  if (is_killed(order)) return RejectReason::kKilled;
  if (const RejectReason risk = check_limits(order, nullptr); risk != RejectReason::kNone) return risk;
  if (order.post_only) {
    const Live best = best_opposite(order);
    if (best != live_.end() && crosses(order, best->price)) return RejectReason::kPostOnly;
  }
  order.number = ++accepted_;
  events.push_back("accepted " + order.id + " " + text(order.total) + "@" + text(order.price));
  order.shown = order.fresh_tranche();
  live_.push_back(order);
  const Live entered = std::prev(live_.end());
  if (!entered->waiting) match(entered, events);
  else if (is_beyond(*entered)) reached_.push_back(entered->number);
  run_stops(events);
  return RejectReason::kNone;
}

/// R-STOP, R-STOP-IN: by the last trade alone.
bool ReferenceExchange::is_beyond(const Order& stop) const {
  const auto last = last_price_.find(stop.instrument);
  if (last == last_price_.end()) return false;
  return stop.side == Side::kBuy ? last->second >= stop.stop : last->second <= stop.stop;
}

/// R-STOP-PRINT, R-STOP-ORDER: after a trade, those it reaches that none before it has: buys from the lowest stop price
/// up, then sells from the highest down, the oldest first.
void ReferenceExchange::reach(std::uint32_t instrument) {
  for (const Side side : {Side::kBuy, Side::kSell}) {
    std::vector<Order*> found;
    for (Order& order : live_) {
      if (order.instrument == instrument && order.side == side && order.waiting && !order.reached && is_beyond(order))
        found.push_back(&order);
    }
    std::stable_sort(found.begin(), found.end(), [side](const Order* a, const Order* b) {
      return side == Side::kBuy ? a->stop < b->stop : a->stop > b->stop;
    });
    for (Order* order : found) {
      order->reached = true;
      reached_.push_back(order->number);
    }
  }
}

// R-STOP-AFTER, R-STOP-CHAIN.
void ReferenceExchange::run_stops(std::vector<std::string>& events) {
  for (std::size_t i = 0; i < reached_.size(); ++i) {
    const auto order =
        std::find_if(live_.begin(), live_.end(), [&](const Order& other) { return other.number == reached_[i]; });
    events.push_back("triggered " + order->id);
    order->waiting = false;
    order->shown = order->fresh_tranche();
    live_.splice(live_.end(), live_, order);
    match(order, events);
  }
  reached_.clear();
}

/// R-FOK: what the order could trade, before any effect. Its own account's orders are not counted if its policy avoids
/// them, and a policy that stops at the first of them ends the count there.
bool ReferenceExchange::can_fill(const Order& taker) {
  std::vector<Order> makers;
  for (const Order& other : live_) {
    const bool opposite =
        other.instrument == taker.instrument && other.side != taker.side && other.number != taker.number;
    if (opposite && !other.any_price && !other.waiting && crosses(taker, other.price)) makers.push_back(other);
  }
  std::stable_sort(makers.begin(), makers.end(), [&](const Order& a, const Order& b) {
    return taker.side == Side::kBuy ? a.price < b.price : a.price > b.price;
  });
  std::int64_t available = 0;
  for (const Order& maker : makers) {
    const bool own = taker.stp != SelfTradePrevention::kNone && maker.account == taker.account;
    if (own && taker.stp != SelfTradePrevention::kCancelOldest) break;
    if (!own) available += maker.left();
  }
  return available >= taker.left();
}

/// R-STP. True if the taker has ended.
bool ReferenceExchange::prevent_self_trade(Live taker, Live maker, std::vector<std::string>& events) {
  switch (taker->stp) {
    case SelfTradePrevention::kNone: return false;
    case SelfTradePrevention::kCancelNewest: end(taker, "stp", events); return true;
    case SelfTradePrevention::kCancelOldest: end(maker, "stp", events); return false;
    case SelfTradePrevention::kCancelBoth:
      end(maker, "stp", events);
      end(taker, "stp", events);
      return true;
    case SelfTradePrevention::kDecrement: break;
  }
  const std::int64_t smaller = std::min(taker->left(), maker->left());
  const bool maker_ends = maker->left() == smaller;
  const bool taker_ends = taker->left() == smaller;
  if (maker_ends) {
    end(maker, "stp", events);
  } else {
    events.push_back("decremented " + maker->id + " " + text(smaller));
    maker->total -= smaller;
    maker->shown = std::min(maker->shown, maker->left());
  }
  if (taker_ends) {
    end(taker, "stp", events);
  } else {
    events.push_back("decremented " + taker->id + " " + text(smaller));
    taker->total -= smaller;
    taker->shown = std::min(taker->shown, taker->left());
  }
  return taker_ends;
}

void ReferenceExchange::match(Live taker, std::vector<std::string>& events) {
  if (taker->tif == TimeInForce::kFok && !can_fill(*taker)) return end(taker, "fok", events);
  while (taker->left() > 0) {
    const Live maker = best_opposite(*taker);
    if (maker == live_.end() || !crosses(*taker, maker->price)) break;
    if (taker->stp != SelfTradePrevention::kNone && maker->account == taker->account) {
      if (prevent_self_trade(taker, maker, events)) return;
      continue;
    }
    const std::int64_t quantity = std::min(taker->left(), maker->shown);
    taker->filled += quantity;
    taker->shown = taker->fresh_tranche();
    maker->filled += quantity;
    maker->shown -= quantity;
    last_price_[taker->instrument] = maker->price;
    const std::int64_t bought = taker->side == Side::kBuy ? quantity : -quantity;
    positions_[{taker->account, taker->instrument}] += bought;
    positions_[{maker->account, maker->instrument}] -= bought;
    events.push_back("traded " + taker->id + "/" + maker->id + " " + text(quantity) + "@" + text(maker->price) +
                     " left " + text(taker->left()) + "/" + text(maker->left()));
    if (maker->left() == 0) {
      live_.erase(maker);
    } else if (maker->shown == 0) {  // R-ICE-TAIL
      maker->shown = maker->fresh_tranche();
      live_.splice(live_.end(), live_, maker);
    }
    reach(taker->instrument);
  }
  if (taker->left() == 0) {
    live_.erase(taker);
  } else if (taker->any_price) {
    end(taker, "no_liquidity", events);
  } else if (taker->tif == TimeInForce::kIoc) {
    end(taker, "ioc", events);
  }
}

RejectReason ReferenceExchange::cancel(const OrderCommand& command, std::vector<std::string>& events) {
  const Live order = find(command.account.value(), command.instrument.value(), command.client_order_id.str());
  if (order == live_.end()) return RejectReason::kUnknownOrder;
  end(order, "user", events);
  return RejectReason::kNone;
}

RejectReason ReferenceExchange::cancel_all(const OrderCommand& command, std::vector<std::string>& events) {
  std::map<std::uint64_t, Live> meant;  // in order of acceptance
  for (Live it = live_.begin(); it != live_.end(); ++it) {
    if (it->account != command.account.value()) continue;
    if (command.instrument.value() != 0 && it->instrument != command.instrument.value()) continue;
    if (command.side != Side::kNone && it->side != command.side) continue;
    meant.emplace(it->number, it);
  }
  for (const auto& [number, order] : meant) end(order, "user", events);
  return RejectReason::kNone;
}

RejectReason ReferenceExchange::replace(const OrderCommand& command, std::vector<std::string>& events) {
  Live order = find(command.account.value(), command.instrument.value(), command.client_order_id.str());
  if (order == live_.end()) return RejectReason::kUnknownOrder;
  Order changed = *order;
  if ((command.fields & kFieldQuantity) != 0) changed.total = command.quantity.value();
  if ((command.fields & kFieldPrice) != 0) changed.price = command.price.value();
  if (changed.total <= 0) return RejectReason::kInvalidQuantity;
  const bool of_stop = (command.fields & kFieldStopPrice) != 0;
  if (of_stop) changed.stop = command.stop_price.value();
  if (changed.any_price ? (command.fields & kFieldPrice) != 0 : changed.price <= 0) return RejectReason::kInvalidPrice;
  if (order->waiting ? changed.stop <= 0 : of_stop) return RejectReason::kInvalidPrice;
  if (changed.total <= changed.filled) {
    end(order, "below_filled", events);
    return RejectReason::kNone;
  }
  if (const RejectReason risk = check_limits(changed, &*order); risk != RejectReason::kNone) return risk;
  if (changed.post_only) {
    const Live best = best_opposite(changed);
    if (best != live_.end() && crosses(changed, best->price)) return RejectReason::kPostOnly;
  }
  const bool keeps_place =
      order->waiting ? changed.stop == order->stop : changed.price == order->price && changed.total <= order->total;
  *order = changed;
  order->shown = keeps_place ? std::min(order->shown, order->left()) : order->fresh_tranche();
  events.push_back("replaced " + order->id + " " + text(order->total) + "@" + text(order->price) + " left " +
                   text(order->left()));
  if (!keeps_place) live_.splice(live_.end(), live_, order);
  if (!order->waiting) match(order, events);
  else if (is_beyond(*order)) reached_.push_back(order->number);
  run_stops(events);
  return RejectReason::kNone;
}

void ReferenceExchange::kill(const Scope& scope, std::vector<std::string>& events) {
  killed_.insert(scope);
  std::map<std::uint64_t, Live> covered;
  for (Live it = live_.begin(); it != live_.end(); ++it) {
    if (is_killed(*it)) covered.emplace(it->number, it);
  }
  for (const auto& [number, order] : covered) end(order, "kill", events);
}

std::vector<std::string> ReferenceExchange::queue(std::uint32_t instrument, Side side, std::int64_t price) const {
  std::vector<std::string> ids;
  for (const Order& order : live_) {
    if (order.instrument == instrument && order.side == side && order.price == price && !order.waiting)
      ids.push_back(order.id);
  }
  return ids;
}

std::int64_t ReferenceExchange::shown(std::uint32_t instrument, Side side, std::int64_t price) const {
  std::int64_t sum = 0;
  for (const Order& order : live_) {
    if (order.instrument == instrument && order.side == side && order.price == price && !order.waiting)
      sum += order.shown;
  }
  return sum;
}

}  // namespace sluice::reference
