// Risk: a new order and a replace become the same Exposure, so that no limit can bind one and forget the other.
#include "engine/core/risk.h"

#include <algorithm>

#include "base/invariant.h"

namespace sluice::core {

namespace {

/// One order as the limits see it, new or changed.
struct Exposure {
  AccountId account;
  InstrumentId instrument;
  Side side = Side::kNone;
  Price price;                // 0 = a market order, which has no value before it trades
  Quantity quantity;          // total
  Quantity added_live;        // by how much the live quantity of its side would grow; negative if it shrinks
  Int128 added_notional = 0;  // the same for the account's open value
  bool is_new = false;
};

std::optional<std::int64_t> limit_of(const Account& account, LimitKind kind) {
  return account.limits[static_cast<std::size_t>(kind)];
}

RejectReason check_size(const Account& account, const Exposure& order) {
  const auto quantity_max = limit_of(account, LimitKind::kMaxOrderQuantity);
  if (quantity_max && order.quantity.value() > *quantity_max) return RejectReason::kMaxOrderQuantity;
  const auto notional_max = limit_of(account, LimitKind::kMaxOrderNotional);
  if (notional_max && notional(order.price, order.quantity) > *notional_max) return RejectReason::kMaxOrderNotional;
  return RejectReason::kNone;
}

/// R-RISK-BAND: too far beyond the last trade in the direction that hurts; the other direction is free.
RejectReason check_band(const State& state, const Account& account, const Exposure& order) {
  const auto band = limit_of(account, LimitKind::kPriceBandBps);
  const std::int64_t last = state.instrument(order.instrument)->last_price.value();
  if (!band || last == 0 || order.price == Price{0}) return RejectReason::kNone;
  const std::int64_t beyond = order.side == Side::kBuy ? order.price.value() - last : last - order.price.value();
  const bool outside = static_cast<Int128>(beyond) * 10'000 > static_cast<Int128>(*band) * last;
  return outside ? RejectReason::kPriceBand : RejectReason::kNone;
}

/// R-RISK-POS: the worst case is that everything live on this side is filled and nothing on the other.
RejectReason check_position(const State& state, const Account& account, const Exposure& order) {
  const std::int64_t net = state.position(order.account, order.instrument).value();
  const std::int64_t live = state.live_quantity(order.account, order.instrument, order.side).value();
  const Int128 in_direction = order.side == Side::kBuy ? net : -net;
  const Int128 worst_case = in_direction + live + order.added_live.value();
  INVARIANT(live >= 0);
  INVARIANT(in_direction + live <= kPositionMax);
  const std::int64_t position_max =
      std::min(limit_of(account, LimitKind::kMaxPosition).value_or(kPositionMax), kPositionMax);
  return worst_case > position_max ? RejectReason::kMaxPosition : RejectReason::kNone;
}

// The order of R-RISK: a client learns the first broken limit only, and scenarios name it.
RejectReason check_limits(const State& state, const Exposure& order) {
  INVARIANT(order.quantity > Quantity{0});
  INVARIANT(state.account(order.account) != nullptr);
  const Account& account = *state.account(order.account);
  const RejectReason size = check_size(account, order);
  if (size != RejectReason::kNone) return size;
  const RejectReason band = check_band(state, account, order);
  if (band != RejectReason::kNone) return band;
  const auto open_max = limit_of(account, LimitKind::kMaxOpenOrders);
  if (order.is_new && open_max && account.orders.count >= *open_max) return RejectReason::kMaxOpenOrders;
  const RejectReason position = check_position(state, account, order);
  if (position != RejectReason::kNone) return position;
  const auto notional_max = limit_of(account, LimitKind::kMaxOpenNotional);
  const bool too_much =
      notional_max && order.price != Price{0} && account.open_notional + order.added_notional > *notional_max;
  if (too_much) return RejectReason::kMaxOpenNotional;
  // R-RISK-RATE: new orders that were accepted; a refused one is not an order.
  const auto rate_max = limit_of(account, LimitKind::kMaxOrdersPerSecond);
  const bool too_fast =
      rate_max && order.is_new && account.rate->count(state.log_time()) >= static_cast<std::uint64_t>(*rate_max);
  return too_fast ? RejectReason::kRateLimit : RejectReason::kNone;
}

}  // namespace

bool is_enforced(LimitKind kind) {
  switch (kind) {
    case LimitKind::kMaxOrderQuantity:
    case LimitKind::kMaxOrderNotional:
    case LimitKind::kMaxOpenOrders:
    case LimitKind::kMaxPosition:
    case LimitKind::kPriceBandBps:
    case LimitKind::kMaxOpenNotional:
    case LimitKind::kMaxOrdersPerSecond: return true;
    case LimitKind::kMaxDailyTrades:
    case LimitKind::kMaxDailyLoss: return false;
  }
  return false;
}

RejectReason check_new_order(const State& state, const OrderCommand& order) {
  return check_limits(state, {.account = order.account,
                              .instrument = order.instrument,
                              .side = order.side,
                              .price = order.price,
                              .quantity = order.quantity,
                              .added_live = order.quantity,
                              .added_notional = notional(order.price, order.quantity),
                              .is_new = true});
}

RejectReason check_replace(const State& state, const OrderEvent& order, const ReplaceRequest& request) {
  INVARIANT(request.left > Quantity{0});
  INVARIANT(request.left_before > Quantity{0});
  return check_limits(state, {.account = order.account,
                              .instrument = order.instrument,
                              .side = order.side,
                              .price = request.price,
                              .quantity = request.quantity,
                              .added_live = request.left - request.left_before,
                              .added_notional = notional(request.price, request.left) -
                                                notional(request.price_before, request.left_before),
                              .is_new = false});
}

}  // namespace sluice::core
