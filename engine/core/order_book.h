// OrderBook: price-time priority book of one instrument. Knows prices, quantities, queues; no accounts, rules, events.
//
// Layout: a PriceLadder a side finds levels by price; a resting order (32 bytes) knows its level (32 bytes), so that
// taking and removing search for nothing. Orders and levels come from the OrderPool that all books share: a book
// without orders is 80 bytes, and any 64-bit price may rest in it. Stands alone: give it an OrderPool and it can be
// measured or replayed beside other books. Owned by the executing thread; no locks, no I/O, no allocation. Invariants:
// (1) a resting order is in exactly one level, that of its side and price
//             (2) level.total == sum of remaining of its orders, level.orders == their count, both > 0
//             (3) a ladder has exactly the levels with orders         checked by check() in tests and simulation
// Never crossed at rest: that is the engine's rule; while an order is being executed the book may be crossed by it
// alone.
#pragma once

#include <array>
#include <cstdint>

#include "domain/commands.h"
#include "engine/core/order_pool.h"
#include "engine/core/price_ladder.h"

namespace sluice::core {

constexpr Side opposite(Side side) { return side == Side::kBuy ? Side::kSell : Side::kBuy; }

/// True if an order of `side` with limit `limit` may trade at `price`.
constexpr bool within_limit(Side side, Price limit, Price price) {
  return side == Side::kBuy ? price <= limit : price >= limit;
}

class OrderBook {
 public:
  /// `pool` outlives the book.
  explicit OrderBook(OrderPool& pool) : pool_(&pool) {}

  /// Puts the order at the tail of its level. `index` is in use and rests nowhere; `quantity` > 0.
  void add(OrderIndex index, Side side, Price price, Quantity quantity);
  /// Takes `quantity` off a resting order, which keeps its place; with nothing left it leaves the book.
  void take(OrderIndex index, Quantity quantity);
  /// Adds `quantity` to a resting order, which keeps its place: for stops, whose place is their age.
  void grow(OrderIndex index, Quantity quantity);
  /// Takes a resting order out. Its node keeps side and remaining.
  void remove(OrderIndex index);

  /// The best level of a side, or nullptr. Valid until the next change, as all levels.
  const Level* best(Side side) const { return at(ladder(side).best()); }
  /// The best level worse than `level`, which is one of `side`, or nullptr.
  const Level* next_worse(Side side, const Level& level) const {
    return at(ladder(side).next_worse(levels(), levels().slot_of(level)));
  }
  /// The best level of `makers` if an order of the other side with limit `limit` may trade there, else nullptr.
  const Level* reachable(Side makers, Price limit) const {
    const PriceLadder& of_makers = ladder(makers);
    const Level* level = at(of_makers.best());
    return level != nullptr && of_makers.is_at_least(level->price, limit) ? level : nullptr;
  }
  /// The level at `price`, or nullptr.
  const Level* find(Side side, Price price) const { return at(ladder(side).find(levels(), price)); }
  /// How many levels a side has.
  std::uint32_t depth(Side side) const { return ladder(side).size(); }
  /// Price of the level in which an order rests.
  Price price_of(OrderIndex index) const { return levels().level((*pool_)[index].level).price; }
  /// True if the best bid is at or above the best ask.
  bool crossed() const;
  /// Walks everything and stops the process if an invariant does not hold. For tests and simulation: O(orders).
  void check() const;

 private:
  LevelPool& levels() { return pool_->levels(); }
  const LevelPool& levels() const { return pool_->levels(); }
  const Level* at(LevelSlot slot) const { return slot == kNoSlot ? nullptr : &levels().level(slot); }
  const PriceLadder& ladder(Side side) const { return ladders_[side == Side::kSell ? 1 : 0]; }
  PriceLadder& ladder(Side side) { return ladders_[side == Side::kSell ? 1 : 0]; }
  void unlink(const BookNode& node, Level& level);
  void check_side(Side side) const;
  void check_level(Side side, const Level& level) const;

  OrderPool* pool_;
  std::array<PriceLadder, 2> ladders_{PriceLadder(Side::kBuy), PriceLadder(Side::kSell)};
};

// Here for the compiler's sake: matching is made of these four, and a call costs as much as what they do.

inline void OrderBook::add(OrderIndex index, Side side, Price price, Quantity quantity) {
  BookNode& node = (*pool_)[index];
  INVARIANT(node.in_use);
  INVARIANT(!node.resting);
  INVARIANT(quantity > Quantity{0});
  INVARIANT(side == Side::kBuy || side == Side::kSell);
  node.level = ladder(side).find_or_add(levels(), price);
  Level& level = levels().level(node.level);
  node.remaining = quantity;
  node.side = side;
  node.resting = true;
  node.previous = level.tail;
  node.next = kNoSlot;
  *(level.tail == kNoSlot ? &level.head : &(*pool_)[level.tail].next) = index;
  level.tail = index;
  level.total = level.total + quantity;
  ++level.orders;
}

// The level total and the order shrink together; the place in the queue is untouched (R-PRIO, R-REP-KEEP).
inline void OrderBook::take(OrderIndex index, Quantity quantity) {
  BookNode& node = (*pool_)[index];
  INVARIANT(node.resting);
  INVARIANT(quantity > Quantity{0});
  INVARIANT(quantity <= node.remaining);
  Level& level = levels().level(node.level);
  node.remaining = node.remaining - quantity;
  level.total = level.total - quantity;
  if (node.remaining > Quantity{0}) return;
  node.resting = false;
  unlink(node, level);
}

inline void OrderBook::remove(OrderIndex index) {
  BookNode& node = (*pool_)[index];
  INVARIANT(node.resting);
  Level& level = levels().level(node.level);
  level.total = level.total - node.remaining;
  node.resting = false;
  unlink(node, level);
}

// An empty level goes at once, so that the best level always has someone in it.
inline void OrderBook::unlink(const BookNode& node, Level& level) {
  INVARIANT(level.orders > 0);
  *(node.previous == kNoSlot ? &level.head : &(*pool_)[node.previous].next) = node.next;
  *(node.next == kNoSlot ? &level.tail : &(*pool_)[node.next].previous) = node.previous;
  if (--level.orders > 0) return;
  INVARIANT(level.total == Quantity{0});
  ladder(node.side).remove(levels(), node.level);
}

}  // namespace sluice::core
