#include "marketdata/market_books.h"

#include <algorithm>

#include "base/invariant.h"

namespace sluice::marketdata {

namespace {

/// Rungs looked at one by one from the best before a search becomes binary: two cache lines, nearly all changes.
constexpr std::size_t kNearRungs = 8;

/// A free slot of `pool`, whose free ones are chained by `next`; the pool grows if there is none.
template <typename Pool, typename Next>
std::uint32_t take_slot(Pool& pool, std::uint32_t& free, Next next) {
  if (free == kNoSlot) {
    INVARIANT(pool.size() < kNoSlot);
    pool.emplace_back();
    return static_cast<std::uint32_t>(pool.size() - 1);
  }
  const std::uint32_t slot = free;
  free = next(pool[slot]);
  return slot;
}

}  // namespace

std::string_view name_of(BookFault fault) {
  switch (fault) {
    case BookFault::kNone: return "none";
    case BookFault::kUnknownBook: return "unknown book";
    case BookFault::kUnknownOrder: return "unknown order";
    case BookFault::kDuplicateOrder: return "duplicate order";
    case BookFault::kQuantity: return "quantity out of range";
    case BookFault::kSide: return "neither buy nor sell";
    case BookFault::kPrice: return "price out of range";
  }
  return "none";
}

MarketBooks::MarketBooks(std::uint32_t books, std::uint32_t orders) : ladders_(std::size_t{books} * 2), index_(orders) {
  orders_.reserve(orders);
  levels_.reserve(orders / 2 + 1);
}

BookFault MarketBooks::add(VenueOrderId id, BookIndex book, Side side, Price price, Quantity quantity) {
  if (book.value() >= books()) return BookFault::kUnknownBook;
  if (side != Side::kBuy && side != Side::kSell) return BookFault::kSide;
  if (!is_price(price)) return BookFault::kPrice;
  if (!is_quantity(quantity)) return BookFault::kQuantity;
  if (slot_of(id) != kNoSlot) return BookFault::kDuplicateOrder;
  const std::uint32_t slot = take_slot(orders_, free_order_, [](const Order& order) { return order.next; });
  orders_[slot].id = id.value();
  orders_[slot].quantity = static_cast<std::uint32_t>(quantity.value());
  index_.insert(hash_of(id.value()), slot);
  enter(slot, place_of(book, side), price);
  return BookFault::kNone;
}

BookFault MarketBooks::reduce(VenueOrderId id, Quantity by) {
  const std::uint32_t slot = slot_of(id);
  if (slot == kNoSlot) return BookFault::kUnknownOrder;
  Order& order = orders_[slot];
  if (by.value() <= 0 || by.value() > order.quantity) return BookFault::kQuantity;
  if (by.value() == order.quantity) {
    leave(slot);
    forget(slot);
    return BookFault::kNone;
  }
  order.quantity -= static_cast<std::uint32_t>(by.value());
  MarketLevel& level = levels_[order.level];
  level.total = level.total - by;
  return BookFault::kNone;
}

BookFault MarketBooks::remove(VenueOrderId id) {
  const std::uint32_t slot = slot_of(id);
  if (slot == kNoSlot) return BookFault::kUnknownOrder;
  leave(slot);
  forget(slot);
  return BookFault::kNone;
}

BookFault MarketBooks::replace(VenueOrderId id, VenueOrderId new_id, Price price, Quantity quantity) {
  const std::uint32_t slot = slot_of(id);
  if (slot == kNoSlot) return BookFault::kUnknownOrder;
  if (!is_price(price)) return BookFault::kPrice;
  if (!is_quantity(quantity)) return BookFault::kQuantity;
  if (new_id != id && slot_of(new_id) != kNoSlot) return BookFault::kDuplicateOrder;
  const std::uint32_t place = levels_[orders_[slot].level].book_and_side;
  leave(slot);
  index_.erase(hash_of(id.value()), slot);
  index_.insert(hash_of(new_id.value()), slot);
  orders_[slot].id = new_id.value();
  orders_[slot].quantity = static_cast<std::uint32_t>(quantity.value());
  enter(slot, place, price);
  return BookFault::kNone;
}

BookFault MarketBooks::modify(VenueOrderId id, Price price, Quantity quantity) {
  const std::uint32_t slot = slot_of(id);
  if (slot == kNoSlot) return BookFault::kUnknownOrder;
  if (!is_price(price)) return BookFault::kPrice;
  if (!is_quantity(quantity)) return BookFault::kQuantity;
  const MarketLevel& level = levels_[orders_[slot].level];
  const std::int64_t shrinks_by = orders_[slot].quantity - quantity.value();
  if (price == level.price && shrinks_by >= 0) {
    return shrinks_by == 0 ? BookFault::kNone : reduce(id, Quantity{shrinks_by});
  }
  return replace(id, id, price, quantity);
}

BookFault MarketBooks::clear(BookIndex book) {
  if (book.value() >= books()) return BookFault::kUnknownBook;
  for (const Side side : {Side::kBuy, Side::kSell}) {
    const Ladder& rungs = ladders_[place_of(book, side)];
    while (!rungs.empty()) {
      const std::uint32_t slot = levels_[rungs.back().level].head;
      leave(slot);
      forget(slot);
    }
  }
  return BookFault::kNone;
}

std::optional<MarketOrder> MarketBooks::find(VenueOrderId id) const {
  const std::uint32_t slot = slot_of(id);
  if (slot == kNoSlot) return std::nullopt;
  return value_of(orders_[slot]);
}

const MarketLevel* MarketBooks::level(BookIndex book, Side side, std::size_t from_best) const {
  const Ladder& rungs = ladder(book, side);
  return from_best < rungs.size() ? &levels_[rungs[rungs.size() - 1 - from_best].level] : nullptr;
}

bool MarketBooks::crossed(BookIndex book) const {
  const MarketLevel* bid = best(book, Side::kBuy);
  const MarketLevel* ask = best(book, Side::kSell);
  return bid != nullptr && ask != nullptr && bid->price >= ask->price;
}

void MarketBooks::orders_of(const MarketLevel& level, std::vector<MarketOrder>& orders) const {
  for (std::uint32_t at = level.head; at != kNoSlot; at = orders_[at].next) orders.push_back(value_of(orders_[at]));
}

void MarketBooks::check() const {
  std::uint32_t seen = 0;
  for (std::size_t place = 0; place < ladders_.size(); ++place) {
    const Ladder& rungs = ladders_[place];
    for (std::size_t i = 0; i < rungs.size(); ++i) {
      INVARIANT(i == 0 || rungs[i - 1].rank < rungs[i].rank);
      const MarketLevel& level = levels_[rungs[i].level];
      INVARIANT(level.book_and_side == place && rank_of(side_of(level), level.price) == rungs[i].rank);
      std::uint32_t count = 0, previous = kNoSlot;
      Quantity total{0};
      for (std::uint32_t at = level.head; at != kNoSlot; previous = at, at = orders_[at].next) {
        const Order& order = orders_[at];
        INVARIANT(order.level == rungs[i].level && order.previous == previous && order.quantity > 0);
        INVARIANT(slot_of(VenueOrderId{order.id}) == at);
        total = total + Quantity{order.quantity};
        ++count;
      }
      INVARIANT(level.tail == previous);
      INVARIANT(count == level.orders && count > 0 && total == level.total);
      seen += count;
    }
  }
  INVARIANT(seen == live());
}

const MarketBooks::Ladder& MarketBooks::ladder(BookIndex book, Side side) const {
  INVARIANT(book.value() < books());
  return ladders_[place_of(book, side)];
}

std::uint32_t MarketBooks::slot_of(VenueOrderId id) const {
  return index_.find(hash_of(id.value()), [&](std::uint32_t slot) { return orders_[slot].id == id.value(); });
}

MarketOrder MarketBooks::value_of(const Order& order) const {
  const MarketLevel& level = levels_[order.level];
  return {VenueOrderId{order.id}, BookIndex{level.book_and_side / 2}, side_of(level), level.price,
          Quantity{order.quantity}};
}

/// The level of that rank, made if it is not there.
std::uint32_t MarketBooks::level_at(std::uint32_t place, std::int64_t rank, Price price) {
  Ladder& rungs = ladders_[place];
  std::size_t after = rungs.size();  // every rung from here on is better
  const std::size_t near = after > kNearRungs ? after - kNearRungs : 0;
  while (after > near && rungs[after - 1].rank > rank) --after;
  if (after == near && near > 0) {
    const auto end = rungs.begin() + static_cast<std::ptrdiff_t>(near);
    const auto found =
        std::upper_bound(rungs.begin(), end, rank, [](auto r, const Rung& rung) { return r < rung.rank; });
    after = static_cast<std::size_t>(found - rungs.begin());
  }
  if (after > 0 && rungs[after - 1].rank == rank) return rungs[after - 1].level;
  const std::uint32_t slot = take_slot(levels_, free_level_, [](const MarketLevel& level) { return level.head; });
  levels_[slot] = {.price = price, .book_and_side = place};
  rungs.insert(rungs.begin() + static_cast<std::ptrdiff_t>(after), {rank, slot});
  return slot;
}

/// Puts an order that is in no level at the tail of its own.
void MarketBooks::enter(std::uint32_t slot, std::uint32_t place, Price price) {
  const std::int64_t rank = rank_of(place % 2 == 1 ? Side::kSell : Side::kBuy, price);
  const std::uint32_t at = level_at(place, rank, price);
  MarketLevel& level = levels_[at];
  Order& order = orders_[slot];
  order.level = at;
  order.previous = level.tail;
  order.next = kNoSlot;
  (level.tail == kNoSlot ? level.head : orders_[level.tail].next) = slot;
  level.tail = slot;
  level.total = level.total + Quantity{order.quantity};
  ++level.orders;
}

/// Takes an order out of its level, and the level out of the ladder if it was the last.
void MarketBooks::leave(std::uint32_t slot) {
  const Order& order = orders_[slot];
  MarketLevel& level = levels_[order.level];
  (order.previous == kNoSlot ? level.head : orders_[order.previous].next) = order.next;
  (order.next == kNoSlot ? level.tail : orders_[order.next].previous) = order.previous;
  level.total = level.total - Quantity{order.quantity};
  if (--level.orders == 0) erase_level(order.level);
}

void MarketBooks::erase_level(std::uint32_t slot) {
  MarketLevel& level = levels_[slot];
  Ladder& rungs = ladders_[level.book_and_side];
  const std::int64_t rank = rank_of(side_of(level), level.price);
  // From the best: levels empty there most.
  std::size_t at = rungs.size() - 1;
  const std::size_t near = at > kNearRungs ? at - kNearRungs : 0;
  while (at > near && rungs[at].rank != rank) --at;
  if (rungs[at].rank != rank) {
    const auto found = std::lower_bound(rungs.begin(), rungs.begin() + static_cast<std::ptrdiff_t>(at), rank,
                                        [](const Rung& rung, std::int64_t r) { return rung.rank < r; });
    at = static_cast<std::size_t>(found - rungs.begin());
  }
  INVARIANT(rungs[at].level == slot);
  rungs.erase(rungs.begin() + static_cast<std::ptrdiff_t>(at));
  level.head = free_level_;
  free_level_ = slot;
}

/// Ends an order that is in no level.
void MarketBooks::forget(std::uint32_t slot) {
  index_.erase(hash_of(orders_[slot].id), slot);
  orders_[slot].next = free_order_;
  free_order_ = slot;
}

}  // namespace sluice::marketdata
