// OrderBook: price-time priority book of one instrument. Knows prices, quantities, queues; no accounts, rules, events.
//
// Stands alone: give it an OrderPool and it can be measured or replayed beside other books. Owned by the executing
// thread; no locks, no I/O, no allocation once its levels have been reserved (they grow by doubling beyond that).
// Invariants: (1) a resting order is in exactly one level, that of its side and price
//             (2) level.total == sum of remaining of its orders, level.orders == their count, both > 0
//             (3) levels of a side are sorted, best last            checked by check() in tests and simulation
// Never crossed at rest: that is the engine's rule; while an order is being executed the book may be crossed by it
// alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "domain/commands.h"
#include "engine/core/order_pool.h"

namespace sluice::core {

/// All orders at one price, oldest at `head`.
struct Level {
  Price price;
  Quantity total;
  OrderIndex head = kNoSlot;
  OrderIndex tail = kNoSlot;
  std::uint32_t orders = 0;
};
static_assert(sizeof(Level) == 32);

constexpr Side opposite(Side side) { return side == Side::kBuy ? Side::kSell : Side::kBuy; }

/// True if an order of `side` with limit `limit` may trade at `price`.
constexpr bool within_limit(Side side, Price limit, Price price) {
  return side == Side::kBuy ? price <= limit : price >= limit;
}

class OrderBook {
 public:
  /// `pool` outlives the book. Room for `levels` price levels a side is taken now.
  OrderBook(OrderPool& pool, std::uint32_t levels);

  /// Puts the order at the tail of its level. `index` is in use and rests nowhere; `quantity` > 0.
  void add(OrderIndex index, Side side, Price price, Quantity quantity);
  /// Takes `quantity` off a resting order, which keeps its place; with nothing left it leaves the book.
  void take(OrderIndex index, Quantity quantity);
  /// Adds `quantity` to a resting order, which keeps its place: for stops, whose place is their age.
  void grow(OrderIndex index, Quantity quantity);
  /// Takes a resting order out. Its node keeps price and remaining.
  void remove(OrderIndex index);

  /// The best level of a side, or nullptr. Valid until the next change.
  const Level* best(Side side) const;
  /// The level at `price`, or nullptr.
  const Level* find(Side side, Price price) const;
  /// All levels of a side, WORST first, best last.
  std::span<const Level> levels(Side side) const { return ladder(side); }
  /// True if the best bid is at or above the best ask.
  bool crossed() const;
  /// Walks everything and stops the process if an invariant does not hold. For tests and simulation: O(orders).
  void check() const;

 private:
  using Ladder = std::vector<Level>;
  const Ladder& ladder(Side side) const { return side == Side::kBuy ? bids_ : asks_; }
  Ladder& ladder(Side side) { return side == Side::kBuy ? bids_ : asks_; }
  static std::size_t position(const Ladder& levels, Side side, Price price);
  Level& level_of(const BookNode& node);
  void unlink(OrderIndex index, Level& level);
  void check_side(Side side) const;

  OrderPool* pool_;
  Ladder bids_;  // ascending: best last
  Ladder asks_;  // descending: best last
};

}  // namespace sluice::core
