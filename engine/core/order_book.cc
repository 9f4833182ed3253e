// OrderBook: what is rare, and the walk that checks the whole.
#include "engine/core/order_book.h"

#include "base/invariant.h"

namespace sluice::core {

void OrderBook::grow(OrderIndex index, Quantity quantity) {
  BookNode& node = (*pool_)[index];
  INVARIANT(node.resting);
  INVARIANT(quantity > Quantity{0});
  Level& level = levels().level(node.level);
  node.remaining = node.remaining + quantity;
  level.total = level.total + quantity;
}

bool OrderBook::crossed() const {
  const Level* bid = best(Side::kBuy);
  const Level* ask = best(Side::kSell);
  return bid != nullptr && ask != nullptr && bid->price >= ask->price;
}

void OrderBook::check() const {
  check_side(Side::kBuy);
  check_side(Side::kSell);
}

void OrderBook::check_side(Side side) const {
  std::uint32_t levels = 0;
  const Level* better = nullptr;
  for (const Level* level = best(side); level != nullptr; level = next_worse(side, *level)) {
    INVARIANT(better == nullptr || (better->price != level->price && !within_limit(side, level->price, better->price)));
    INVARIANT(find(side, level->price) == level);
    check_level(side, *level);
    better = level;
    ++levels;
  }
  INVARIANT(levels == depth(side));
}

void OrderBook::check_level(Side side, const Level& level) const {
  std::uint32_t orders = 0;
  Quantity total;
  OrderIndex previous = kNoSlot;
  for (OrderIndex at = level.head; at != kNoSlot; at = (*pool_)[at].next) {
    const BookNode& node = (*pool_)[at];
    INVARIANT(node.in_use);
    INVARIANT(node.resting);
    INVARIANT(node.side == side);
    INVARIANT(node.level == levels().slot_of(level));
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

}  // namespace sluice::core
