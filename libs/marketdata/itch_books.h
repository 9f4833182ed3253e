// ItchBooks: the order-level books of all stocks of an ITCH session.
//
// Book i is that of stock locate i. One thread an object; allocates only when MarketBooks grows.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "marketdata/itch.h"
#include "marketdata/market_books.h"

namespace sluice::marketdata {

class ItchBooks {
 public:
  /// Locates 0 … `locates` - 1 (at most 65,536) and room for `orders` live orders.
  ItchBooks(std::uint32_t locates, std::uint32_t orders) : books_(locates, orders) {}

  /// Decodes `bytes` and applies every message up to their end or a fault, in order. Looks some messages ahead: with
  /// thousands of stocks nearly every change waits for memory several times, and those waits overlap.
  itch::Decoded apply(std::span<const std::byte> bytes);

  /// Applies one message; for callers with a visitor of their own.
  void operator()(const itch::AddOrder& m) { add(m); }
  void operator()(const itch::AddOrderAttributed& m) { add(m); }
  void operator()(const itch::OrderExecuted& m) { reduce(m.order, m.shares); }
  void operator()(const itch::OrderExecutedAtPrice& m) { reduce(m.order, m.shares); }
  void operator()(const itch::OrderCancelled& m) { reduce(m.order, m.shares); }
  void operator()(const itch::OrderDeleted& m) { count(books_.remove(VenueOrderId{m.order.value()})); }
  void operator()(const itch::OrderReplaced& m) {
    count(books_.replace(VenueOrderId{m.order.value()}, VenueOrderId{m.new_order.value()}, Price{m.price.value()},
                         Quantity{m.shares.value()}));
  }

  const MarketBooks& books() const { return books_; }
  /// Messages that contradicted the books and were left out, by cause; kNone counts those that fitted.
  std::uint64_t count_of(BookFault fault) const { return counts_[static_cast<std::size_t>(fault)]; }

 private:
  class Ahead;

  static Side side_of(char side) { return side == 'B' ? Side::kBuy : side == 'S' ? Side::kSell : Side::kNone; }
  template <typename Add>
  void add(const Add& m) {
    count(books_.add(VenueOrderId{m.order.value()}, BookIndex{m.header.locate.value()}, side_of(m.side),
                     Price{m.price.value()}, Quantity{m.shares.value()}));
  }
  void reduce(const itch::U64& order, const itch::U32& shares) {
    count(books_.reduce(VenueOrderId{order.value()}, Quantity{shares.value()}));
  }
  void count(BookFault fault) { ++counts_[static_cast<std::size_t>(fault)]; }

  MarketBooks books_;
  std::array<std::uint64_t, kBookFaults> counts_{};
};

}  // namespace sluice::marketdata
