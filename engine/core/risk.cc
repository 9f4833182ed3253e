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

/// Whose limits apply to an order.
struct Limited {
  const State& state;
  const Account& account;
  const Instrument& instrument;
  std::optional<std::int64_t> by(LimitKind kind) const { return state.limit(account, instrument, kind); }
};

RejectReason check_size(const Limited& limits, const Exposure& order) {
  const auto quantity_max = limits.by(LimitKind::kMaxOrderQuantity);
  if (quantity_max && order.quantity.value() > *quantity_max) return RejectReason::kMaxOrderQuantity;
  const auto notional_max = limits.by(LimitKind::kMaxOrderNotional);
  if (notional_max && notional(order.price, order.quantity) > *notional_max) return RejectReason::kMaxOrderNotional;
  return RejectReason::kNone;
}

/// R-RISK-BAND: too far beyond the last trade in the direction that hurts; the other direction is free.
RejectReason check_band(const Limited& limits, const Exposure& order) {
  const auto band = limits.by(LimitKind::kPriceBandBps);
  const std::int64_t last = limits.instrument.last_price.value();
  if (!band || last == 0 || order.price == Price{0}) return RejectReason::kNone;
  const std::int64_t beyond = order.side == Side::kBuy ? order.price.value() - last : last - order.price.value();
  const bool outside = static_cast<Int128>(beyond) * 10'000 > static_cast<Int128>(*band) * last;
  return outside ? RejectReason::kPriceBand : RejectReason::kNone;
}

/// R-RISK-POS: the worst case is that everything live on this side is filled and nothing on the other.
RejectReason check_position(const Limited& limits, const Position* position, const Exposure& order) {
  const std::int64_t net = position == nullptr ? 0 : position->holding.net.value();
  const std::int64_t live = position == nullptr ? 0 : position->live(order.side).value();
  const Int128 in_direction = order.side == Side::kBuy ? net : -net;
  const Int128 worst_case = in_direction + live + order.added_live.value();
  INVARIANT(live >= 0);
  INVARIANT(in_direction + live <= kPositionMax);
  const std::int64_t position_max = std::min(limits.by(LimitKind::kMaxPosition).value_or(kPositionMax), kPositionMax);
  return worst_case > position_max ? RejectReason::kMaxPosition : RejectReason::kNone;
}

// The order of R-RISK: a client learns the first broken limit only, and scenarios name it.
RejectReason check_limits(const State& state, const Exposure& order) {
  INVARIANT(order.quantity > Quantity{0});
  INVARIANT(state.account(order.account) != nullptr);
  const Account& account = *state.account(order.account);
  const Limited limits{state, account, *state.instrument(order.instrument)};
  const RejectReason size = check_size(limits, order);
  if (size != RejectReason::kNone) return size;
  const RejectReason band = check_band(limits, order);
  if (band != RejectReason::kNone) return band;
  const auto open_max = limits.by(LimitKind::kMaxOpenOrders);
  if (order.is_new && open_max && account.orders.count >= *open_max) return RejectReason::kMaxOpenOrders;
  const RejectReason position = check_position(limits, state.find_position(order.account, order.instrument), order);
  if (position != RejectReason::kNone) return position;
  const auto notional_max = limits.by(LimitKind::kMaxOpenNotional);
  const bool too_much =
      notional_max && order.price != Price{0} && account.open_notional + order.added_notional > *notional_max;
  if (too_much) return RejectReason::kMaxOpenNotional;
  // R-RISK-RATE: new orders that were accepted; a refused one is not an order.
  const auto rate_max = limits.by(LimitKind::kMaxOrdersPerSecond);
  const bool too_fast =
      rate_max && order.is_new && account.rate->count(state.log_time()) >= static_cast<std::uint64_t>(*rate_max);
  if (too_fast) return RejectReason::kRateLimit;
  return state.watches_days() ? broken_daily_limit(state, account) : RejectReason::kNone;
}

}  // namespace

bool is_of_account(LimitKind kind) {
  switch (kind) {
    case LimitKind::kMaxOrderQuantity:
    case LimitKind::kMaxOrderNotional:
    case LimitKind::kPriceBandBps:
    case LimitKind::kMaxPosition: return false;
    case LimitKind::kMaxOpenOrders:
    case LimitKind::kMaxOpenNotional:
    case LimitKind::kMaxOrdersPerSecond:
    case LimitKind::kMaxDailyTrades:
    case LimitKind::kMaxDailyLoss: return true;
  }
  return true;
}

Int128 day_profit(const State& state, const Position& position, const Holding& holding, Price last) {
  const Money unit_value = state.instrument(position.instrument)->defined.definition.unit_value;
  return money_of(holding.profit(last) - position.day_profit, unit_value).value();
}

Int128 day_profit(const State& state, const Account& account, InstrumentId besides) {
  Int128 sum = 0;
  for (const std::uint32_t slot : account.positions) {
    const Position& position = state.positions().all()[slot];
    if (position.instrument == besides) continue;
    sum += day_profit(state, position, position.holding, state.instrument(position.instrument)->last_price);
  }
  return sum;
}

RejectReason broken_daily_limit(const State& state, const Account& account, std::uint64_t trades, Int128 profit) {
  const auto trades_max = state.limit(account, LimitKind::kMaxDailyTrades);
  if (trades_max && trades >= static_cast<std::uint64_t>(*trades_max)) return RejectReason::kMaxDailyTrades;
  const auto loss_max = state.limit(account, LimitKind::kMaxDailyLoss);
  return loss_max && -profit > *loss_max ? RejectReason::kMaxDailyLoss : RejectReason::kNone;
}

RejectReason broken_daily_limit(const State& state, const Account& account) {
  const bool asks_profit = state.limit(account, LimitKind::kMaxDailyLoss).has_value();
  return broken_daily_limit(state, account, account.day_trades, asks_profit ? day_profit(state, account) : 0);
}

bool would_only_reduce(const State& state, AccountId account, InstrumentId instrument, Side side, Quantity added_live) {
  const Position* position = state.find_position(account, instrument);
  return position != nullptr && position->live(side) + added_live <= position->closable(side);
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
