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
  Price price;          // 0 = a market order, which has no value before it trades
  Quantity quantity;    // total
  Quantity added_live;  // by how much the live quantity of its side would grow; negative if it shrinks
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

RejectReason check_limits(const State& state, const Exposure& order) {
  INVARIANT(order.quantity > Quantity{0});
  INVARIANT(state.account(order.account) != nullptr);
  const Account& account = *state.account(order.account);
  const RejectReason size = check_size(account, order);
  if (size != RejectReason::kNone) return size;
  const auto open_max = limit_of(account, LimitKind::kMaxOpenOrders);
  if (order.is_new && open_max && account.orders.count >= *open_max) return RejectReason::kMaxOpenOrders;
  return check_position(state, account, order);
}

}  // namespace

bool is_enforced(LimitKind kind) {
  switch (kind) {
    case LimitKind::kMaxOrderQuantity:
    case LimitKind::kMaxOrderNotional:
    case LimitKind::kMaxOpenOrders:
    case LimitKind::kMaxPosition:
      return true;
    case LimitKind::kPriceBandBps:
    case LimitKind::kMaxOpenNotional:
    case LimitKind::kMaxOrdersPerSecond:
    case LimitKind::kMaxDailyTrades:
    case LimitKind::kMaxDailyLoss:
      return false;
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
                              .is_new = false});
}

}  // namespace sluice::core
