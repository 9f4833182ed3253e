// OrderBook: two sorted arrays of levels with the best at the back, where inserting and erasing moves the fewest
// levels.
#include "engine/core/order_book.h"

#include <algorithm>

#include "base/invariant.h"

namespace sluice::core {

namespace {
/// Larger is better, on both sides.
constexpr std::int64_t rank(Side side, Price price) { return side == Side::kBuy ? price.value() : -price.value(); }
}  // namespace

OrderBook::OrderBook(OrderPool& pool, std::uint32_t levels) : pool_(&pool) {
  bids_.reserve(levels);
  asks_.reserve(levels);
}

// Most activity is near the best price, which is at the back: look there first, then by halves.
std::size_t OrderBook::position(const Ladder& levels, Side side, Price price) {
  constexpr std::size_t kNear = 8;
  const std::int64_t wanted = rank(side, price);
  const std::size_t stop = levels.size() > kNear ? levels.size() - kNear : 0;
  std::size_t at = levels.size();
  while (at > stop && rank(side, levels[at - 1].price) >= wanted) --at;
  if (at > stop || stop == 0) return at;
  const auto found =
      std::lower_bound(levels.begin(), levels.begin() + static_cast<std::ptrdiff_t>(stop), wanted,
                       [side](const Level& level, std::int64_t value) { return rank(side, level.price) < value; });
  return static_cast<std::size_t>(found - levels.begin());
}

// An order of a price nobody has yet opens a level; deeper levels do not move, they are in front of it.
void OrderBook::add(OrderIndex index, Side side, Price price, Quantity quantity) {
  BookNode& node = (*pool_)[index];
  INVARIANT(node.in_use);
  INVARIANT(!node.resting);
  INVARIANT(quantity > Quantity{0});
  INVARIANT(side == Side::kBuy || side == Side::kSell);
  Ladder& levels = ladder(side);
  const std::size_t at = position(levels, side, price);
  if (at == levels.size() || levels[at].price != price) {
    levels.insert(levels.begin() + static_cast<std::ptrdiff_t>(at), Level{price, Quantity{}, kNoSlot, kNoSlot, 0});
  }
  Level& level = levels[at];
  node.price = price;
  node.remaining = quantity;
  node.side = side;
  node.resting = true;
  node.previous = level.tail;
  node.next = kNoSlot;
  (level.tail == kNoSlot ? level.head : (*pool_)[level.tail].next) = index;
  level.tail = index;
  level.total = level.total + quantity;
  ++level.orders;
}

Level& OrderBook::level_of(const BookNode& node) {
  INVARIANT(node.resting);
  Ladder& levels = ladder(node.side);
  const std::size_t at = position(levels, node.side, node.price);
  INVARIANT(at < levels.size());
  INVARIANT(levels[at].price == node.price);
  return levels[at];
}

// The level total and the order shrink together; the place in the queue is untouched (R-PRIO, R-REP-KEEP).
void OrderBook::take(OrderIndex index, Quantity quantity) {
  BookNode& node = (*pool_)[index];
  INVARIANT(quantity > Quantity{0});
  INVARIANT(quantity <= node.remaining);
  Level& level = level_of(node);
  node.remaining = node.remaining - quantity;
  level.total = level.total - quantity;
  if (node.remaining == Quantity{0}) unlink(index, level);
}

void OrderBook::grow(OrderIndex index, Quantity quantity) {
  BookNode& node = (*pool_)[index];
  INVARIANT(quantity > Quantity{0});
  Level& level = level_of(node);
  node.remaining = node.remaining + quantity;
  level.total = level.total + quantity;
}

void OrderBook::remove(OrderIndex index) {
  const BookNode& node = (*pool_)[index];
  Level& level = level_of(node);
  level.total = level.total - node.remaining;
  unlink(index, level);
}

// An empty level goes at once, so that the best level always has someone in it.
void OrderBook::unlink(OrderIndex index, Level& level) {
  BookNode& node = (*pool_)[index];
  INVARIANT(level.orders > 0);
  (node.previous == kNoSlot ? level.head : (*pool_)[node.previous].next) = node.next;
  (node.next == kNoSlot ? level.tail : (*pool_)[node.next].previous) = node.previous;
  node.resting = false;
  --level.orders;
  if (level.orders > 0) return;
  INVARIANT(level.total == Quantity{0});
  Ladder& levels = ladder(node.side);
  levels.erase(levels.begin() + (&level - levels.data()));
}

const Level* OrderBook::best(Side side) const {
  const Ladder& levels = ladder(side);
  return levels.empty() ? nullptr : &levels.back();
}

const Level* OrderBook::find(Side side, Price price) const {
  const Ladder& levels = ladder(side);
  const std::size_t at = position(levels, side, price);
  return at < levels.size() && levels[at].price == price ? &levels[at] : nullptr;
}

bool OrderBook::crossed() const { return !bids_.empty() && !asks_.empty() && bids_.back().price >= asks_.back().price; }

void OrderBook::check() const {
  check_side(Side::kBuy);
  check_side(Side::kSell);
}

void OrderBook::check_side(Side side) const {
  const Ladder& levels = ladder(side);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const Level& level = levels[i];
    INVARIANT(i == 0 || rank(side, levels[i - 1].price) < rank(side, level.price));
    std::uint32_t orders = 0;
    Quantity total;
    OrderIndex previous = kNoSlot;
    for (OrderIndex at = level.head; at != kNoSlot; at = (*pool_)[at].next) {
      const BookNode& node = (*pool_)[at];
      INVARIANT(node.in_use);
      INVARIANT(node.resting);
      INVARIANT(node.side == side);
      INVARIANT(node.price == level.price);
      INVARIANT(node.previous == previous);
      INVARIANT(node.remaining > Quantity{0});
      total = total + node.remaining;
      previous = at;
      ++orders;
    }
    INVARIANT(previous == level.tail);
    INVARIANT(orders == level.orders);
    INVARIANT(orders > 0);
    INVARIANT(total == level.total);
  }
}

}  // namespace sluice::core
