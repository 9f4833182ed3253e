// OrderTimers: an entry finds its place from anywhere by rising, then by sinking.
#include "engine/core/order_timers.h"

#include "base/invariant.h"
#include "engine/core/order_store.h"

namespace sluice::core {

void OrderTimers::put(OrderStore& orders, std::size_t at, const Timer& timer) {
  timers_[at] = timer;
  orders[timer.index].timer = static_cast<std::uint32_t>(at);
}

/// `at` is a hole for `timer`.
void OrderTimers::settle(OrderStore& orders, std::size_t at, const Timer& timer) {
  while (at > 0 && before(timer, timers_[(at - 1) / 2])) {
    put(orders, at, timers_[(at - 1) / 2]);
    at = (at - 1) / 2;
  }
  for (std::size_t child = 2 * at + 1; child < timers_.size(); child = 2 * at + 1) {
    if (child + 1 < timers_.size() && before(timers_[child + 1], timers_[child])) ++child;
    if (!before(timers_[child], timer)) break;
    put(orders, at, timers_[child]);
    at = child;
  }
  put(orders, at, timer);
}

void OrderTimers::add(OrderStore& orders, OrderIndex index, Nanos due) {
  INVARIANT(orders[index].timer == kNoSlot);
  const Timer timer{due, orders[index].accepted.order_id, index};
  timers_.push_back(timer);
  settle(orders, timers_.size() - 1, timer);
}

void OrderTimers::remove(OrderStore& orders, OrderIndex index) {
  const std::uint32_t at = orders[index].timer;
  if (at == kNoSlot) return;
  INVARIANT(at < timers_.size());
  INVARIANT(timers_[at].index == index);
  orders[index].timer = kNoSlot;
  const Timer last = timers_.back();
  timers_.pop_back();
  if (at < timers_.size()) settle(orders, at, last);
}

void OrderTimers::check(const OrderStore& orders) const {
  for (std::size_t i = 0; i < timers_.size(); ++i) {
    INVARIANT(i == 0 || !before(timers_[i], timers_[(i - 1) / 2]));
    INVARIANT(orders[timers_[i].index].timer == i);
    INVARIANT(orders[timers_[i].index].accepted.order_id == timers_[i].id);
  }
}

}  // namespace sluice::core
