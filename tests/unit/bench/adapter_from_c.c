/* The adapter as a C program uses it; gtest calls this one function. Returns 0, or the line that went wrong. */
#include "bench/adapters/sluice_book.h"

struct seen {
  int acks, trades, cancels, rejects, last_reason;
  int64_t traded_price, left;
};

static void on_ack(void* context, int64_t id) {
  (void)id;
  ++((struct seen*)context)->acks;
}
static void on_trade(void* context, const sluice_trade* trade) {
  ++((struct seen*)context)->trades;
  ((struct seen*)context)->traded_price = trade->price;
}
static void on_cancelled(void* context, int64_t id, int64_t left) {
  (void)id;
  ++((struct seen*)context)->cancels;
  ((struct seen*)context)->left = left;
}
static void on_rejected(void* context, int64_t id, int reason) {
  (void)id;
  ++((struct seen*)context)->rejects;
  ((struct seen*)context)->last_reason = reason;
}

#define EXPECT(condition)       \
  do {                          \
    if (!(condition)) {         \
      sluice_book_destroy(book); \
      return __LINE__;          \
    }                           \
  } while (0)

int adapter_from_c(void) {
  const sluice_callbacks callbacks = {on_ack, on_trade, on_cancelled, on_rejected};
  struct seen seen = {0, 0, 0, 0, 0, 0, 0};
  sluice_level level = {0, 0, 0};
  sluice_level levels[4];
  sluice_book* book = sluice_book_create(2, &callbacks, &seen);
  EXPECT(book != NULL);
  sluice_book_new(book, 1, SLUICE_SELL, 101, 10, 0);
  sluice_book_new(book, 2, SLUICE_SELL, 102, 10, 0);
  sluice_book_new(book, 3, SLUICE_SELL, 103, 10, 0);
  EXPECT(seen.rejects == 1 && seen.last_reason == SLUICE_CAPACITY);
  sluice_book_new(book, 3, SLUICE_BUY, 105, 15, 1); /* never rests, so there is room for it */
  EXPECT(seen.trades == 2 && seen.traded_price == 102 && seen.acks == 3);
  EXPECT(sluice_book_best(book, SLUICE_BUY, &level) == 0);
  EXPECT(sluice_book_best(book, SLUICE_SELL, &level) == 1 && level.price == 102 && level.quantity == 5 && level.orders == 1);
  sluice_book_modify(book, 2, 102, 3);
  EXPECT(sluice_book_depth(book, SLUICE_SELL, levels, 4) == 1 && levels[0].quantity == 3);
  sluice_book_new(book, 4, SLUICE_BUY, 102, 5, 1);
  EXPECT(seen.cancels == 1 && seen.left == 2);
  sluice_book_cancel(book, 2);
  EXPECT(seen.last_reason == SLUICE_UNKNOWN_ID);
  sluice_book_new(book, 5, 0, 102, 5, 1);
  EXPECT(seen.last_reason == SLUICE_SIDE);
  sluice_book_new(book, 5, SLUICE_BUY, 102, 0, 1);
  EXPECT(seen.last_reason == SLUICE_QUANTITY);
  sluice_book_new(book, 5, SLUICE_BUY, -7, 1, 0);
  sluice_book_new(book, 5, SLUICE_BUY, -7, 1, 0);
  EXPECT(seen.last_reason == SLUICE_DUPLICATE_ID && seen.rejects == 5);
  sluice_book_destroy(book);
  return 0;
}
