// The C interface of MatchingBook: one storage and one book each; the reports are calls through four pointers.
#include "bench/adapters/sluice_book.h"

#include "engine/core/matching_book.h"

using sluice::Price;
using sluice::Quantity;
using sluice::Side;
using sluice::core::BookReject;
using sluice::core::BookTrade;
using sluice::core::Level;

static_assert(SLUICE_DUPLICATE_ID == static_cast<int>(BookReject::kDuplicateId));
static_assert(SLUICE_UNKNOWN_ID == static_cast<int>(BookReject::kUnknownId));
static_assert(SLUICE_QUANTITY == static_cast<int>(BookReject::kQuantity));
static_assert(SLUICE_CAPACITY == static_cast<int>(BookReject::kCapacity));

namespace {

constexpr std::uint32_t kOrdersMax = 1u << 22;

// What a caller leaves out is called all the same: a call is cheaper than the question whether there is one.
void no_ack(void*, std::int64_t) {}
void no_trade(void*, const sluice_trade*) {}
void no_cancelled(void*, std::int64_t, std::int64_t) {}
void no_rejected(void*, std::int64_t, int) {}

sluice_callbacks complete(const sluice_callbacks* given) {
  sluice_callbacks all = given == nullptr ? sluice_callbacks{} : *given;
  if (all.ack == nullptr) all.ack = no_ack;
  if (all.trade == nullptr) all.trade = no_trade;
  if (all.cancelled == nullptr) all.cancelled = no_cancelled;
  if (all.rejected == nullptr) all.rejected = no_rejected;
  return all;
}

struct CReports {
  sluice_callbacks calls;
  void* context;

  void accepted(std::int64_t id) { calls.ack(context, id); }
  void cancelled(std::int64_t id, Quantity left) { calls.cancelled(context, id, left.value()); }
  void rejected(std::int64_t id, BookReject why) { calls.rejected(context, id, static_cast<int>(why)); }
  void traded(const BookTrade& trade) {
    const sluice_trade told{.maker_id = trade.maker,
                            .taker_id = trade.taker,
                            .price = trade.price.value(),
                            .quantity = trade.quantity.value(),
                            .maker_left = trade.maker_left.value(),
                            .taker_left = trade.taker_left.value(),
                            .taker_side = static_cast<int>(trade.taker_side)};
    calls.trade(context, &told);
  }
};

bool is_side(int side) { return side == SLUICE_BUY || side == SLUICE_SELL; }
Side side_of(int side) { return side == SLUICE_BUY ? Side::kBuy : Side::kSell; }
sluice_level told(const Level& level) { return {level.price.value(), level.total.value(), level.orders}; }

}  // namespace

struct sluice_book {
  sluice_book(std::uint32_t orders, const sluice_callbacks* given, void* context)
      : storage(orders), book(storage, 0), reports{complete(given), context} {}

  sluice::core::BookStorage storage;
  sluice::core::MatchingBook book;
  CReports reports;
};

sluice_book* sluice_book_create(uint32_t orders_max, const sluice_callbacks* callbacks, void* context) {
  if (orders_max == 0 || orders_max > kOrdersMax) return nullptr;
  return new sluice_book(orders_max, callbacks, context);
}

void sluice_book_destroy(sluice_book* book) { delete book; }

void sluice_book_new(sluice_book* book, int64_t id, int side, int64_t price, int64_t quantity, int ioc) {
  if (!is_side(side)) return book->reports.calls.rejected(book->reports.context, id, SLUICE_SIDE);
  book->book.submit(id, side_of(side), Price{price}, Quantity{quantity}, ioc != 0, book->reports);
}

void sluice_book_cancel(sluice_book* book, int64_t id) { book->book.cancel(id, book->reports); }

void sluice_book_modify(sluice_book* book, int64_t id, int64_t price, int64_t quantity) {
  book->book.modify(id, Price{price}, Quantity{quantity}, book->reports);
}

int sluice_book_best(const sluice_book* book, int side, sluice_level* level) {
  return sluice_book_depth(book, side, level, 1) == 1 ? 1 : 0;
}

size_t sluice_book_depth(const sluice_book* book, int side, sluice_level* levels, size_t levels_max) {
  if (!is_side(side)) return 0;
  const sluice::core::OrderBook& inner = book->book.book();
  size_t written = 0;
  for (const Level* level = inner.best(side_of(side)); level != nullptr && written < levels_max;
       level = inner.next_worse(side_of(side), *level)) {
    levels[written++] = told(*level);
  }
  return written;
}
