// OrderStore: every live order of the shard, found by order id, by the client's id, and by scope in order-id order.
//
// Fixed capacity, taken at construction; nothing here allocates later. One thread.
// Invariants: (1) an order is live from add() to remove() and found by both ids for exactly that time
//             (2) remaining > 0, filled >= 0, filled + remaining == total
//             (3) a list is in ascending order id: ids only grow, and an order joins its lists once, at the tail.
// (3) is why a kill or a cancel-all cancels in the same order in every build, and in time of its own size.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/slot_index.h"
#include "domain/events.h"
#include "engine/core/order_book.h"
#include "engine/core/order_pool.h"

namespace sluice::core {

/// The four lists a live order is in; one for each kill scope.
enum class ListKind : std::uint8_t { kAll = 0, kAccount = 1, kInstrument = 2, kStrategy = 3 };
inline constexpr std::size_t kListKinds = 4;

/// Head of an intrusive list of live orders, in ascending order id.
struct OrderList {
  OrderIndex head = kNoSlot;
  OrderIndex tail = kNoSlot;
  std::uint32_t count = 0;
};

/// The part of a live order that a book does not touch. Price and what is shown of a resting order are in its BookNode.
struct LiveOrder {
  struct Link {
    OrderIndex previous = kNoSlot;
    OrderIndex next = kNoSlot;
  };
  OrderEvent accepted;  // as accepted, with price, quantity (total), stop price of now
  Quantity hidden;      // of an iceberg that rests: what its node does not show
  Hash128 hash;         // of `accepted`: what it adds to the state hash, so that its end need not compute it again
  Quantity filled;
  std::uint64_t priority = 0;     // place in time: lower came first
  std::uint32_t position = 0;     // its (account, instrument) in the PositionTable
  std::uint32_t timer = kNoSlot;  // its place among the OrderTimers; kNoSlot = it ends at no time of its own
  bool waiting = false;           // a stop that has not triggered: among the stops of its instrument, not in the book
  std::array<Link, kListKinds> links{};
};

constexpr bool is_stop(OrderType type) { return type == OrderType::kStop || type == OrderType::kStopLimit; }
constexpr bool has_limit_price(OrderType type) { return type == OrderType::kLimit || type == OrderType::kStopLimit; }

/// True if what is left of such an order, once it is no waiting stop, joins the book; the others are done when their
/// command is.
constexpr bool rests(const OrderEvent& accepted) {
  return has_limit_price(accepted.type) && accepted.tif != TimeInForce::kIoc && accepted.tif != TimeInForce::kFok;
}

/// True if an order of this type, side and limit may trade at `price`.
constexpr bool may_trade(OrderType type, Side side, Price limit, Price price) {
  return !has_limit_price(type) || within_limit(side, limit, price);
}

/// R-ICE: what an order that rests shows of `left` when it joins the tail of its level.
constexpr Quantity fresh_tranche(const OrderEvent& accepted, Quantity left) {
  return accepted.display == Quantity{0} ? left : std::min(accepted.display, left);
}

class OrderStore {
 public:
  explicit OrderStore(std::uint32_t capacity);

  bool full() const { return pool_.full(); }
  std::uint32_t size() const { return pool_.used(); }
  OrderPool& pool() { return pool_; }
  const OrderPool& pool() const { return pool_; }

  /// Takes a new live order in, with nothing filled; neither id may be live. The caller has looked at full().
  OrderIndex add(const OrderEvent& accepted);
  /// Forgets an order that is in no book and no list.
  void remove(OrderIndex index);

  /// Begins to load what deciding `command`, or applying `event`, will look at soon. Changes nothing.
  void prefetch_index(const OrderCommand& command) const;
  void prefetch_index(const OrderEvent& event) const;
  /// The same, somewhat later: the orders that the index names.
  void prefetch_orders(const OrderEvent& event) const;

  /// kNoSlot if no such order is live.
  OrderIndex find(OrderId id) const;
  OrderIndex find(AccountId account, InstrumentId instrument, const ClientOrderId& client_id) const;

  LiveOrder& operator[](OrderIndex index) { return orders_[index]; }
  const LiveOrder& operator[](OrderIndex index) const { return orders_[index]; }
  BookNode& node(OrderIndex index) { return pool_[index]; }
  const BookNode& node(OrderIndex index) const { return pool_[index]; }
  /// All that is left, hidden part included; a node has only what is shown.
  Quantity remaining(OrderIndex index) const { return pool_[index].remaining + orders_[index].hidden; }

  void link(OrderList& list, ListKind kind, OrderIndex index);
  void unlink(OrderList& list, ListKind kind, OrderIndex index);
  OrderIndex next(ListKind kind, OrderIndex index) const {
    return orders_[index].links[static_cast<std::size_t>(kind)].next;
  }
  OrderIndex previous(ListKind kind, OrderIndex index) const {
    return orders_[index].links[static_cast<std::size_t>(kind)].previous;
  }

 private:
  void prefetch_order(OrderId id) const;
  bool has_id(OrderIndex at, OrderId id) const { return orders_[at].accepted.order_id == id; }
  bool has_name(OrderIndex at, AccountId account, InstrumentId instrument, const ClientOrderId& client_id) const {
    const OrderEvent& accepted = orders_[at].accepted;
    return accepted.account == account && accepted.instrument == instrument && accepted.client_order_id == client_id;
  }
  LiveOrder::Link& link_of(ListKind kind, OrderIndex index) {
    return orders_[index].links[static_cast<std::size_t>(kind)];
  }

  OrderPool pool_;
  std::vector<LiveOrder, HugePageAllocator<LiveOrder>> orders_;  // beside the pool's nodes, same index
  SlotIndex by_id_;
  SlotIndex by_client_id_;
};

}  // namespace sluice::core
