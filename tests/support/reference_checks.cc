// ReferenceExchange: what is refused, in the order in which a client learns it.
#include <algorithm>

#include "tests/support/reference_exchange.h"

namespace sluice::reference {

namespace {

constexpr std::int64_t kLargest = std::int64_t{1} << 40;  // price and quantity that a client may name
constexpr std::int64_t kLargestPosition = std::int64_t{1} << 62;

bool is_multiple(std::int64_t value, std::int64_t unit) { return value > 0 && value <= kLargest && value % unit == 0; }

bool is_stop(OrderType type) { return type == OrderType::kStop || type == OrderType::kStopLimit; }
bool has_limit(OrderType type) { return type == OrderType::kLimit || type == OrderType::kStopLimit; }

Int128 value_of(const Order& order, std::int64_t quantity) { return Int128{order.terms.price.value()} * quantity; }

/// An iceberg shows at least a thousandth of its total.
bool has_too_many_tranches(const OrderCommand& order) {
  return order.display != Quantity{0} && order.quantity.value() > 1000 * order.display.value();
}

/// What the contract names and this version does not do.
bool is_unsupported(const OrderCommand& order) {
  if (order.side != Side::kBuy && order.side != Side::kSell) return true;
  if (order.type < OrderType::kLimit || order.type > OrderType::kStopLimit) return true;
  if (order.tif == TimeInForce::kNone ? has_limit(order.type) : order.tif > TimeInForce::kDay) return true;
  const bool ends_by_time = order.tif == TimeInForce::kGtd || order.tif == TimeInForce::kDay;
  if (ends_by_time && order.type == OrderType::kMarket) return true;
  if (order.stp > SelfTradePrevention::kDecrement) return true;
  if (order.flags > kFlagPostOnly || (order.flags != 0 && is_stop(order.type))) return true;
  return order.display != Quantity{0} && !has_limit(order.type);
}

}  // namespace

RejectReason ReferenceExchange::check_new(const OrderCommand& command) const {
  const std::uint32_t instrument = command.instrument.value(), account = command.account.value();
  if (instrument == 0 || instrument > world_.instruments) return RejectReason::kUnknownInstrument;
  if (account == 0 || account > world_.accounts) return RejectReason::kUnknownAccount;
  if (command.strategy.value() > world_.strategies) return RejectReason::kUnknownStrategy;
  const std::string_view id = command.client_order_id.view();
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  if (id.empty() || !std::all_of(id.begin(), id.end(), printable)) return RejectReason::kInvalidId;
  for (const auto& [number, order] : orders_) {
    if (order.terms.account == command.account && order.terms.instrument == command.instrument &&
        order.terms.client_order_id == command.client_order_id)
      return RejectReason::kDuplicateId;
  }
  if (const RejectReason reason = check_terms(command); reason != RejectReason::kNone) return reason;
  if (const RejectReason reason = check_expiry(command); reason != RejectReason::kNone) return reason;
  Order order;
  order.terms = command;
  if (const RejectReason reason = check_stopped(order, nullptr); reason != RejectReason::kNone) return reason;
  if (const RejectReason reason = check_limits(order, nullptr); reason != RejectReason::kNone) return reason;
  if ((command.flags & kFlagPostOnly) != 0 && would_trade(order)) return RejectReason::kPostOnly;
  if (is_stop(command.type) && world_.stop_in_market == StopInMarket::kReject && is_reached(order))
    return RejectReason::kStopInMarket;
  return orders_.size() >= world_.orders_max ? RejectReason::kCapacity : RejectReason::kNone;
}

/// R-VAL.
RejectReason ReferenceExchange::check_terms(const OrderCommand& command) const {
  if (!is_multiple(command.quantity.value(), world_.lot)) return RejectReason::kInvalidQuantity;
  const std::int64_t price = command.price.value(), stop = command.stop_price.value();
  if (has_limit(command.type) ? !is_multiple(price, world_.tick) : price != 0) return RejectReason::kInvalidPrice;
  if (is_stop(command.type) ? !is_multiple(stop, world_.tick) : stop != 0) return RejectReason::kInvalidPrice;
  const bool display = command.display == Quantity{0} || is_multiple(command.display.value(), world_.lot);
  if (!display || command.display > command.quantity || has_too_many_tranches(command))
    return RejectReason::kInvalidDisplay;
  return is_unsupported(command) ? RejectReason::kUnsupported : RejectReason::kNone;
}

/// R-REP. kNone for a total at or below what was filled: that ends the order.
RejectReason ReferenceExchange::check_replace(const Order& before, const Order& changed,
                                              const OrderCommand& command) const {
  const auto mode = blocked(before.terms);
  if (mode && *mode != KillMode::kReduceOnly) return RejectReason::kKilled;
  if (const RejectReason reason = check_stopped(before, &before); reason != RejectReason::kNone) return reason;
  if (!is_multiple(changed.terms.quantity.value(), world_.lot)) return RejectReason::kInvalidQuantity;
  const bool names_price = (command.fields & kFieldPrice) != 0, names_stop = (command.fields & kFieldStopPrice) != 0;
  const bool price_ok = before.has_limit() ? is_multiple(changed.terms.price.value(), world_.tick) : !names_price;
  const bool stop_ok = before.waiting ? is_multiple(changed.terms.stop_price.value(), world_.tick) : !names_stop;
  if (!price_ok || !stop_ok) return RejectReason::kInvalidPrice;
  if (changed.left() <= 0) return RejectReason::kNone;
  if (mode && could_increase(changed)) return RejectReason::kKilled;
  if (has_too_many_tranches(changed.terms)) return RejectReason::kInvalidDisplay;
  if (const RejectReason reason = check_limits(changed, &before); reason != RejectReason::kNone) return reason;
  if ((before.terms.flags & kFlagPostOnly) != 0 && would_trade(changed)) return RejectReason::kPostOnly;
  const bool refused = before.waiting && world_.stop_in_market == StopInMarket::kReject && is_reached(changed);
  return refused ? RejectReason::kStopInMarket : RejectReason::kNone;
}

/// R-KILL, R-REL: what an engaged scope says of a new order, then whether its instrument trades. Of a change only the
/// latter: what the former says of it depends on the new quantity.
RejectReason ReferenceExchange::check_stopped(const Order& order, const Order* before) const {
  const auto mode = blocked(order.terms);
  const bool refused = mode && (*mode != KillMode::kReduceOnly || could_increase(order));
  if (before == nullptr && refused) return RejectReason::kKilled;
  const auto book = books_.find(order.terms.instrument.value());
  const InstrumentState state = book == books_.end() ? InstrumentState::kOpen : book->second.state;
  if (state == InstrumentState::kHalted) return RejectReason::kInstrumentHalted;
  return state == InstrumentState::kClosed ? RejectReason::kInstrumentClosed : RejectReason::kNone;
}

RejectReason ReferenceExchange::check_expiry(const OrderCommand& command) const {
  const bool gtd = command.tif == TimeInForce::kGtd;
  const bool right = gtd ? command.expire_at > now_ : command.expire_at == Nanos{};
  return right ? RejectReason::kNone : RejectReason::kInvalidExpiry;
}

bool ReferenceExchange::would_trade(const Order& order) const { return best_opposite(order) != nullptr; }

/// R-STOP: by the last trade alone; before the first one it waits.
bool ReferenceExchange::is_reached(const Order& stop) const {
  const auto book = books_.find(stop.terms.instrument.value());
  if (book == books_.end() || !book->second.last) return false;
  const std::int64_t last = *book->second.last, price = stop.terms.stop_price.value();
  return stop.terms.side == Side::kBuy ? last >= price : last <= price;
}

/// The nearest: the account's own, the instrument's default, the default of all.
std::optional<std::int64_t> ReferenceExchange::limit(std::uint32_t account, std::uint32_t instrument,
                                                     LimitKind kind) const {
  for (const auto& key : {std::tuple(LimitOf::kAccount, account, kind),
                          std::tuple(LimitOf::kInstrument, instrument, kind), std::tuple(LimitOf::kAll, 0u, kind)}) {
    if (const auto found = limits_.find(key); found != limits_.end()) return found->second;
  }
  return std::nullopt;
}

bool ReferenceExchange::any_rate_limit() const { return !accepted_at_.empty(); }

// R-RISK: quantity, value, band, open orders, position, open value, rate.
RejectReason ReferenceExchange::check_limits(const Order& order, const Order* before) const {
  const bool has_price = order.terms.price != Price{0};
  const auto quantity_max = limit(order, LimitKind::kMaxOrderQuantity);
  if (quantity_max && order.terms.quantity.value() > *quantity_max) return RejectReason::kMaxOrderQuantity;
  const auto value_max = limit(order, LimitKind::kMaxOrderNotional);
  if (value_max && value_of(order, order.terms.quantity.value()) > *value_max) return RejectReason::kMaxOrderNotional;
  const auto band = limit(order, LimitKind::kPriceBandBps);
  const auto book = books_.find(order.terms.instrument.value());
  if (band && has_price && book != books_.end() && book->second.last) {
    const Int128 last = *book->second.last, price = order.terms.price.value();
    const Int128 beyond = order.terms.side == Side::kBuy ? price - last : last - price;
    if (beyond * 10'000 > *band * last) return RejectReason::kPriceBand;
  }
  if (const RejectReason reason = check_exposure(order, before); reason != RejectReason::kNone) return reason;
  const auto rate_max = limit(order, LimitKind::kMaxOrdersPerSecond);
  if (before != nullptr || !rate_max) return broken_daily_limit(order.terms.account.value());
  const std::deque<Nanos>& times = accepted_at_.at(order.terms.account.value());
  const auto recent =
      std::count_if(times.begin(), times.end(), [&](Nanos at) { return (now_ - at).value() < kNanosPerSecond; });
  return recent >= *rate_max ? RejectReason::kRateLimit : broken_daily_limit(order.terms.account.value());
}

/// Open orders, position in the worst case, open value: what is live of the account, as it would be.
RejectReason ReferenceExchange::check_exposure(const Order& order, const Order* before) const {
  std::int64_t open = 0;
  Int128 live = order.left(), value = value_of(order, order.left());
  for (const auto& [number, other] : orders_) {
    if (other.terms.account != order.terms.account) continue;
    ++open;
    if (before != nullptr && number == before->number) continue;
    value += value_of(other, other.left());
    if (other.terms.instrument == order.terms.instrument && other.terms.side == order.terms.side) live += other.left();
  }
  const auto open_max = limit(order, LimitKind::kMaxOpenOrders);
  if (before == nullptr && open_max && open >= *open_max) return RejectReason::kMaxOpenOrders;
  const std::int64_t net = position(order.terms.account.value(), order.terms.instrument.value());
  const Int128 worst = (order.terms.side == Side::kBuy ? net : -net) + live;
  const std::int64_t position_max = limit(order, LimitKind::kMaxPosition).value_or(kLargestPosition);
  if (worst > std::min(position_max, kLargestPosition)) return RejectReason::kMaxPosition;
  const auto value_max = limit(order, LimitKind::kMaxOpenNotional);
  if (value_max && order.terms.price != Price{0} && value > *value_max) return RejectReason::kMaxOpenNotional;
  return RejectReason::kNone;
}

/// The live order that a cancel or replace means. Someone else's is as unknown as one that never was.
RejectReason ReferenceExchange::find_target(const OrderCommand& command, std::uint64_t& number) const {
  const std::uint32_t account = command.account.value(), instrument = command.instrument.value();
  if (account == 0 || account > world_.accounts) return RejectReason::kUnknownAccount;
  const bool by_number = command.order_id != OrderId{};
  if (!by_number && command.client_order_id.empty()) return RejectReason::kInvalidId;
  if (!by_number && (instrument == 0 || instrument > world_.instruments)) return RejectReason::kUnknownInstrument;
  for (const auto& [live, order] : orders_) {
    const bool named = by_number ? live == command.order_id.value()
                                 : order.terms.instrument == command.instrument &&
                                       order.terms.client_order_id == command.client_order_id;
    if (!named || order.terms.account != command.account) continue;
    number = live;
    return RejectReason::kNone;
  }
  return RejectReason::kUnknownOrder;
}

std::int64_t ReferenceExchange::position(std::uint32_t account, std::uint32_t instrument) const {
  const auto found = positions_.find({account, instrument});
  return found == positions_.end() ? 0 : found->second;
}

namespace {
constexpr const char* kKinds[] = {"?", "accepted", "traded", "cancelled", "replaced", "triggered", "decremented"};
}

std::string to_text(const Event& event) {
  std::string text = kKinds[static_cast<std::size_t>(event.kind)];
  text += " #" + std::to_string(event.order);
  if (event.maker != 0) text += " maker #" + std::to_string(event.maker);
  text += " " + std::to_string(event.quantity) + "@" + std::to_string(event.price);
  if (event.stop_price != 0) text += " stop " + std::to_string(event.stop_price);
  text += " left " + std::to_string(event.left);
  if (event.maker != 0) text += "/" + std::to_string(event.maker_left);
  if (event.reason != CancelReason::kNone) text += " " + std::string(name_of(event.reason));
  return text;
}

std::string to_text(const Events& events) {
  std::string text;
  for (const Event& event : events) text += "  " + to_text(event) + "\n";
  return text.empty() ? "  nothing\n" : text;
}

}  // namespace sluice::reference
