// OrderTimers: the live orders that end at a time of their own, the earliest first, of equal times the lowest order id.
//
// A binary heap; LiveOrder::timer is an order's place in it, so that one that ends early leaves without a search. Room
// for all orders is reserved at construction. Where an entry stands depends on history; what first() says does not.
// Invariants: (1) no entry is before its parent  (2) orders[timers[i].index].timer == i. One thread.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "domain/events.h"
#include "engine/core/order_pool.h"

namespace sluice::core {

class OrderStore;

class OrderTimers {
 public:
  struct Timer {
    Nanos due;
    OrderId id;
    OrderIndex index = kNoSlot;
  };

  explicit OrderTimers(std::uint32_t capacity) { timers_.reserve(capacity); }

  bool empty() const { return timers_.empty(); }
  const Timer& first() const { return timers_.front(); }
  const std::vector<Timer>& all() const { return timers_; }

  /// The order must have none.
  void add(OrderStore& orders, OrderIndex index, Nanos due);
  /// Does nothing if the order has none.
  void remove(OrderStore& orders, OrderIndex index);
  /// Stops the process if an invariant does not hold. For tests and simulation.
  void check(const OrderStore& orders) const;

 private:
  static bool before(const Timer& a, const Timer& b) { return std::tie(a.due, a.id) < std::tie(b.due, b.id); }
  void put(OrderStore& orders, std::size_t at, const Timer& timer);
  void settle(OrderStore& orders, std::size_t at, const Timer& timer);

  std::vector<Timer> timers_;
};

}  // namespace sluice::core
