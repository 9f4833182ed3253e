// MarketBooks: the order-level (L3) books of a feed: every resting order by its id, queued by time in its price level,
// any number of books in one object. Rebuilds what an exchange says; matches nothing and never asks whether a book is
// crossed.
//
// One thread an object; no locks, no I/O. Allocates when orders, levels or books outgrow what was reserved, then not
// again: freed orders and levels are used anew. What a feed gets wrong is a BookFault and changes nothing.
// Invariants: (1) a resting order is in exactly one level, that of its book, side and price
//             (2) level.total == sum of its orders' quantities, level.orders == their count, both > 0
//             (3) the rungs of a side are sorted, best last           checked by check() in tests
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/prefetch.h"
#include "base/slot_index.h"
#include "domain/commands.h"

namespace sluice::marketdata {

/// The venue's number of an order: unique among the live orders of one MarketBooks. A feed that numbers the orders of
/// each instrument by themselves takes one object an instrument.
using VenueOrderId = Strong<struct VenueOrderIdTag, std::uint64_t>;
/// Which book: dense from 0, chosen by the feed (ITCH: the stock locate).
using BookIndex = Strong<struct BookIndexTag, std::uint32_t>;

/// Largest quantity of one order; that of every binary feed read here.
inline constexpr Quantity kOrderQuantityMax{0xffffffff};

/// Prices may be negative (spreads). The extreme values are left out: feeds say "no price" with them.
inline constexpr Price kMarketPriceMax{(std::int64_t{1} << 62)};

/// Why a change was refused.
enum class BookFault : std::uint8_t {
  kNone,
  kUnknownBook,     // beyond the books asked for
  kUnknownOrder,    // no live order has the id
  kDuplicateOrder,  // a live order has the id of a new one
  kQuantity,        // zero or less, above kOrderQuantityMax, or more than rests
  kSide,            // neither buy nor sell
  kPrice,           // beyond kMarketPriceMax, either way
};
inline constexpr std::size_t kBookFaults = 7;
/// Lower-case name, for messages.
std::string_view name_of(BookFault fault);

/// All orders at one price of one side of one book.
struct MarketLevel {
  Price price;
  Quantity total{};
  std::uint32_t orders = 0;
  std::uint32_t head = kNoSlot;  // the oldest
  std::uint32_t tail = kNoSlot;
  std::uint32_t book_and_side = 0;  // book × 2, + 1 for sell
};
static_assert(sizeof(MarketLevel) == 32);

/// A resting order, by value.
struct MarketOrder {
  VenueOrderId id;
  BookIndex book;
  Side side = Side::kNone;
  Price price;
  Quantity quantity;
  bool operator==(const MarketOrder&) const = default;
};

class MarketBooks {
 public:
  /// Books 0 … `books` - 1, empty, and room for `orders` live orders.
  MarketBooks(std::uint32_t books, std::uint32_t orders);

  /// A new order at the tail of its level.
  BookFault add(VenueOrderId id, BookIndex book, Side side, Price price, Quantity quantity);
  /// Takes `by` off an order, which keeps its place; with nothing left it leaves.
  BookFault reduce(VenueOrderId id, Quantity by);
  /// Takes an order out.
  BookFault remove(VenueOrderId id);
  /// Takes `id` out and puts `new_id` at the tail of a level of the same book and side.
  BookFault replace(VenueOrderId id, VenueOrderId new_id, Price price, Quantity quantity);
  /// Changes price and quantity in place. The order keeps its place if the price stays and the quantity does not grow.
  BookFault modify(VenueOrderId id, Price price, Quantity quantity);
  /// Takes all orders of a book out. O(orders of the book).
  BookFault clear(BookIndex book);

  /// For callers that know changes ahead: three steps that begin to load what a change of `id` will touch, without a
  /// branch. Each uses what the one before has loaded, so put some changes between them. They change nothing, and
  /// nothing but time depends on them: any id, book and hint will do, also one that is out of date.
  void prefetch_index(VenueOrderId id) const { index_.prefetch(hash_of(id.value())); }
  /// Returns the hint for prefetch_level().
  std::uint32_t prefetch_order(VenueOrderId id) const {
    const std::uint32_t slot = index_.at_home(hash_of(id.value()));
    prefetch_slot(orders_, slot);
    return slot;
  }
  void prefetch_level(std::uint32_t hint) const {
    if (orders_.empty()) return;
    const Order& order = orders_[std::min<std::size_t>(hint, orders_.size() - 1)];
    prefetch_slot(levels_, order.level);
    prefetch_slot(orders_, order.previous);
    prefetch_slot(orders_, order.next);
  }
  /// The best rungs of both sides, for an add.
  void prefetch_rungs(BookIndex book) const {
    if (ladders_.empty()) return;
    const std::size_t place = std::min<std::size_t>(book.value() * std::size_t{2}, ladders_.size() - 2);
    for (const std::size_t side : {place, place + 1}) {
      const Ladder& rungs = ladders_[side];
      prefetch_line(rungs.data() + (rungs.size() - (rungs.empty() ? 0u : 1u)));
    }
  }

  /// A resting order, or nothing.
  std::optional<MarketOrder> find(VenueOrderId id) const;
  /// Number of levels of a side. `book` < books().
  std::size_t depth(BookIndex book, Side side) const { return ladder(book, side).size(); }
  /// The level `from_best` levels behind the best (0), or nullptr. Valid until the next change.
  const MarketLevel* level(BookIndex book, Side side, std::size_t from_best) const;
  const MarketLevel* best(BookIndex book, Side side) const { return level(book, side, 0); }
  /// True if both sides have orders and the best bid is at or above the best ask.
  bool crossed(BookIndex book) const;
  /// Appends the orders of `level`, oldest first.
  void orders_of(const MarketLevel& level, std::vector<MarketOrder>& orders) const;

  /// Live orders of all books.
  std::uint32_t live() const { return index_.size(); }
  std::uint32_t books() const { return static_cast<std::uint32_t>(ladders_.size() / 2); }
  /// Walks everything and stops the process if an invariant does not hold. For tests: O(orders).
  void check() const;

 private:
  struct Order {
    std::uint64_t id = 0;
    std::uint32_t quantity = 0;
    std::uint32_t level = kNoSlot;
    std::uint32_t previous = kNoSlot;  // older
    std::uint32_t next = kNoSlot;      // younger; of a free slot: the next free one
    std::uint64_t reserved = 0;        // fills half a cache line: no order lies across two
  };
  static_assert(sizeof(Order) == 32);
  /// A price of a side, negated for sells, so that the best is the largest on both.
  struct Rung {
    std::int64_t rank = 0;
    std::uint32_t level = kNoSlot;
  };
  using Ladder = std::vector<Rung>;

  /// Eight successive ids share a cache line of the index: venues number orders upwards, and most live shortly.
  static std::uint64_t hash_of(std::uint64_t id) { return mix_words(id >> 3) << 3 | (id & 7); }
  static std::int64_t rank_of(Side side, Price price) { return side == Side::kBuy ? price.value() : -price.value(); }
  static std::uint32_t place_of(BookIndex book, Side side) { return book.value() * 2 + (side == Side::kSell ? 1 : 0); }
  static bool is_price(Price price) { return price <= kMarketPriceMax && price.value() >= -kMarketPriceMax.value(); }
  static bool is_quantity(Quantity quantity) { return quantity.value() > 0 && quantity <= kOrderQuantityMax; }

  /// Slots beyond the end, kNoSlot among them, are taken as the last.
  template <typename Pool>
  static void prefetch_slot(const Pool& pool, std::uint32_t slot) {
    if (!pool.empty()) prefetch_line(&pool[std::min<std::size_t>(slot, pool.size() - 1)]);
  }
  const Ladder& ladder(BookIndex book, Side side) const;
  static Side side_of(const MarketLevel& level) { return level.book_and_side % 2 == 1 ? Side::kSell : Side::kBuy; }
  std::uint32_t slot_of(VenueOrderId id) const;
  MarketOrder value_of(const Order& order) const;
  std::uint32_t level_at(std::uint32_t place, std::int64_t rank, Price price);
  void enter(std::uint32_t slot, std::uint32_t place, Price price);
  void leave(std::uint32_t slot);
  void erase_level(std::uint32_t level);
  void forget(std::uint32_t slot);

  std::vector<Ladder> ladders_;  // by place_of(book, side)
  std::vector<Order, HugePageAllocator<Order>> orders_;
  std::vector<MarketLevel, HugePageAllocator<MarketLevel>> levels_;
  std::uint32_t free_order_ = kNoSlot;
  std::uint32_t free_level_ = kNoSlot;  // chained by head
  SlotIndex index_;
};

}  // namespace sluice::marketdata
