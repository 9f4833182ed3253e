// MatchingBook: a book that matches by itself, for whoever has no accounts, events or log: new limit and IOC orders,
// cancel, modify, by a 64-bit id of the caller's; what happens is told to a Reports. The same OrderBook as the
// engine's.
//
// Books that share a BookStorage are of one thread and share memory and ids, so that a hundred books fit into the cache
// as one does. No allocation after construction (ids and orders are sized there), no locks, no virtual calls.
// Invariants: (1) at rest no book is crossed  (2) an id is in the index exactly while its order rests.
// Rules: price, then time; a trade has the price of the resting order; less at the same price keeps the place, any
// other change is a new arrival under the same id. Prices are any 64-bit numbers, quantities 1 … kQuantityMax.
#pragma once

#include <cstdint>

#include "base/slot_index.h"
#include "domain/money.h"
#include "engine/core/order_book.h"

namespace sluice::core {

/// Why nothing was done.
enum class BookReject : std::uint8_t {
  kDuplicateId = 1,  // an order of this storage rests under it
  kUnknownId = 2,    // no order of this book rests under it
  kQuantity = 3,     // below 1 or above kQuantityMax
  kCapacity = 4,     // the storage is full, and this order might have to rest
};

struct BookTrade {
  std::int64_t maker = 0;
  std::int64_t taker = 0;
  Side taker_side = Side::kNone;
  Price price;  // the maker's
  Quantity quantity;
  Quantity maker_left;
  Quantity taker_left;
};

/// What a Reports is: each call is made when it has happened, in the order in which it happens.
template <typename T>
concept BookReports = requires(T& reports, std::int64_t id, Quantity left, const BookTrade& trade, BookReject why) {
  reports.accepted(id);  // a new order or a modification, before its trades
  reports.traded(trade);
  reports.cancelled(id, left);  // asked for, or what is left of an IOC order
  reports.rejected(id, why);
};

/// Orders and ids of any number of books.
class BookStorage {
 public:
  /// Room for `orders` resting orders. The index is sparse on purpose: a search that ends at the first cell cannot be
  /// mispredicted (measured: 37 M operations/s on one book instead of 28).
  explicit BookStorage(std::uint32_t orders) : orders_(orders), ids_(orders * 4) {}

  OrderPool& orders() { return orders_; }
  const OrderPool& orders() const { return orders_; }

  OrderIndex find(std::int64_t id) const {
    return ids_.find(hash_of(id), [&](OrderIndex at) { return orders_[at].id == static_cast<std::uint64_t>(id); });
  }
  OrderIndex add(std::int64_t id, std::uint16_t book) {
    const OrderIndex index = orders_.acquire();
    orders_[index].id = static_cast<std::uint64_t>(id);
    orders_[index].book = book;
    ids_.insert(hash_of(id), index);
    return index;
  }
  void remove(OrderIndex index) {
    ids_.erase(hash_of(static_cast<std::int64_t>(orders_[index].id)), index);
    orders_.release(index);
  }

  /// For callers that know changes ahead: three steps that begin to load what a change of `id` will touch, each with
  /// what the one before has loaded, so put some changes between them. They change nothing; any id and hint will do.
  void prefetch_index(std::int64_t id) const { ids_.prefetch(hash_of(id)); }
  /// Returns the hint for prefetch_level().
  OrderIndex prefetch_order(std::int64_t id) const {
    const OrderIndex hint = ids_.likely(hash_of(id));
    orders_.prefetch(hint);
    return hint;
  }
  void prefetch_level(OrderIndex hint) const { orders_.prefetch_around(hint); }

 private:
  // Eight successive ids share a cache line of the index: who numbers orders upwards pays for one of eight.
  static std::uint64_t hash_of(std::int64_t id) {
    const auto bits = static_cast<std::uint64_t>(id);
    return mix_words(bits >> 3) << 3 | (bits & 7);
  }

  OrderPool orders_;
  SlotIndex ids_;
};

class MatchingBook {
 public:
  /// `storage` outlives the book; `number` is no other book's of it.
  MatchingBook(BookStorage& storage, std::uint16_t number)
      : storage_(&storage), book_(storage.orders()), number_(number) {}

  /// A new limit order; what is left of it rests, or, with `ioc`, is cancelled. `side` is buy or sell.
  template <BookReports Reports>
  void submit(std::int64_t id, Side side, Price price, Quantity quantity, bool ioc, Reports& reports) {
    if (!is_quantity(quantity)) return reports.rejected(id, BookReject::kQuantity);
    if (storage_->find(id) != kNoSlot) return reports.rejected(id, BookReject::kDuplicateId);
    if (!ioc && storage_->orders().full()) return reports.rejected(id, BookReject::kCapacity);
    reports.accepted(id);
    const Quantity left = match(id, side, price, quantity, reports);
    if (left == Quantity{0}) return;
    if (ioc) return reports.cancelled(id, left);
    book_.add(storage_->add(id, number_), side, price, left);
  }

  template <BookReports Reports>
  void cancel(std::int64_t id, Reports& reports) {
    const OrderIndex index = find(id);
    if (index == kNoSlot) return reports.rejected(id, BookReject::kUnknownId);
    const Quantity left = storage_->orders()[index].remaining;
    book_.remove(index);
    storage_->remove(index);
    reports.cancelled(id, left);
  }

  /// Makes `price` the order's limit and `quantity` what is left of it.
  template <BookReports Reports>
  void modify(std::int64_t id, Price price, Quantity quantity, Reports& reports) {
    const OrderIndex index = find(id);
    if (index == kNoSlot) return reports.rejected(id, BookReject::kUnknownId);
    if (!is_quantity(quantity)) return reports.rejected(id, BookReject::kQuantity);
    reports.accepted(id);
    const BookNode& node = storage_->orders()[index];
    if (price == book_.price_of(index) && quantity <= node.remaining) {
      if (quantity < node.remaining) book_.take(index, node.remaining - quantity);
      return;
    }
    const Side side = node.side;
    book_.remove(index);
    const Quantity left = match(id, side, price, quantity, reports);
    if (left > Quantity{0}) book_.add(index, side, price, left);
    else storage_->remove(index);
  }

  /// Best level, depth and the levels behind the best: see OrderBook.
  const OrderBook& book() const { return book_; }
  const BookStorage& storage() const { return *storage_; }

  /// Begins to load where the first order of a side stands in the index: who will trade is known before it does.
  void prefetch_front(Side side) const {
    if (const Level* level = book_.best(side)) storage_->prefetch_index(id_of(level->head));
  }

 private:
  static bool is_quantity(Quantity quantity) { return quantity > Quantity{0} && quantity <= kQuantityMax; }

  /// The order of this book that rests under `id`, or kNoSlot.
  OrderIndex find(std::int64_t id) const {
    const OrderIndex index = storage_->find(id);
    return index != kNoSlot && storage_->orders()[index].book == number_ ? index : kNoSlot;
  }

  /// Trades level by level, oldest first; returns what is left.
  template <BookReports Reports>
  Quantity match(std::int64_t id, Side side, Price limit, Quantity left, Reports& reports) {
    const Side makers = opposite(side);
    while (left > Quantity{0}) {
      const Level* level = book_.reachable(makers, limit);
      if (level == nullptr) break;
      const OrderIndex maker = level->head;
      const BookNode& node = storage_->orders()[maker];
      const Quantity traded = node.remaining < left ? node.remaining : left;
      left = left - traded;
      const BookTrade trade{
          static_cast<std::int64_t>(node.id), id, side, level->price, traded, node.remaining - traded, left};
      book_.take(maker, traded);
      if (trade.maker_left == Quantity{0}) storage_->remove(maker);
      prefetch_front(makers);
      reports.traded(trade);
    }
    return left;
  }

  std::int64_t id_of(OrderIndex index) const { return static_cast<std::int64_t>(storage_->orders()[index].id); }

  BookStorage* storage_;
  OrderBook book_;
  std::uint16_t number_;
};

}  // namespace sluice::core
