#include "cli/kill/live_orders.h"

#include <algorithm>

namespace sluice::cli {

namespace {

template <typename Map, typename Key>
Int128 value_at(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? Int128{0} : found->second;
}

}  // namespace

void LiveOrders::take(const OrderEvent& event) {
  switch (event.kind) {
    case OrderEventKind::kAccepted: {
      Order order{event.account, event.strategy, event.instrument, event.side};
      if (orders_.emplace(event.order_id.value(), order).second) set_left(event.order_id, event.quantity.value());
      return;
    }
    case OrderEventKind::kTraded: {
      const Int128 quantity = event.quantity.value();
      move(event.account, event.instrument, event.side == Side::kBuy ? quantity : -quantity);
      move(event.other_account, event.instrument, event.side == Side::kBuy ? -quantity : quantity);
      set_left(event.order_id, event.remaining.value());
      set_left(event.other_order_id, event.other_remaining.value());
      return;
    }
    case OrderEventKind::kCancelled: set_left(event.order_id, 0); return;
    case OrderEventKind::kReplaced:
    case OrderEventKind::kDecremented: set_left(event.order_id, event.remaining.value()); return;
    case OrderEventKind::kTriggered: return;
  }
}

/// With nothing left the order is gone.
void LiveOrders::set_left(OrderId order, Int128 left) {
  const auto found = orders_.find(order.value());
  if (found == orders_.end()) return;
  Order& live = found->second;
  live_[{live.account, live.instrument, live.side}] += left - live.left;
  live.left = left;
  if (left <= 0) orders_.erase(found);
}

void LiveOrders::move(AccountId account, InstrumentId instrument, Int128 by) { net_[{account, instrument}] += by; }

StrategyId LiveOrders::strategy_of(OrderId order) const {
  const auto found = orders_.find(order.value());
  return found == orders_.end() ? StrategyId{} : found->second.strategy;
}

Int128 LiveOrders::left_of(OrderId order) const {
  const auto found = orders_.find(order.value());
  return found == orders_.end() ? Int128{0} : found->second.left;
}

Int128 LiveOrders::live(AccountId account, InstrumentId instrument, Side side) const {
  return value_at(live_, std::tuple(account, instrument, side));
}

Int128 LiveOrders::closable(AccountId account, InstrumentId instrument, Side side) const {
  const Int128 net = value_at(net_, std::tuple(account, instrument));
  return std::max(side == Side::kBuy ? -net : net, Int128{0});
}

}  // namespace sluice::cli
