/* Sluice's order book behind a C interface, so that a neutral harness can drive it beside others: libsluice_book.so.
 *
 * One book is of one thread at a time; books share nothing. No allocation, lock or system call after
 * sluice_book_create. Callbacks are called from within the call that causes them, in the order in which things happen,
 * and must not call the book; each may be NULL. Prices are any 64-bit numbers; quantities 1 ... 2^40; ids are the
 * caller's, free again when the order has left the book. Matching is by price, then time, at the resting order's price.
 */
#ifndef SLUICE_BOOK_H
#define SLUICE_BOOK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sluice_book sluice_book;

enum { SLUICE_BUY = 1, SLUICE_SELL = 2 };

/* Why nothing was done. */
enum {
  SLUICE_DUPLICATE_ID = 1, /* an order rests under this id */
  SLUICE_UNKNOWN_ID = 2,   /* no order rests under this id */
  SLUICE_QUANTITY = 3,     /* out of range */
  SLUICE_CAPACITY = 4,     /* as many orders rest as there is room for, and this one might have to */
  SLUICE_SIDE = 5          /* neither buy nor sell */
};

typedef struct sluice_trade {
  int64_t maker_id;
  int64_t taker_id;
  int64_t price; /* the maker's */
  int64_t quantity;
  int64_t maker_left; /* 0: the maker has left the book */
  int64_t taker_left;
  int taker_side;
} sluice_trade;

typedef struct sluice_callbacks {
  void (*ack)(void* context, int64_t id); /* a new order or a modification was accepted; its trades follow */
  void (*trade)(void* context, const sluice_trade* trade);
  void (*cancelled)(void* context, int64_t id, int64_t left); /* asked for, or the rest of an IOC order */
  void (*rejected)(void* context, int64_t id, int reason);
} sluice_callbacks;

typedef struct sluice_level {
  int64_t price;
  int64_t quantity;
  uint32_t orders;
} sluice_level;

/* A book with room for `orders_max` resting orders (1 ... 2^22; memory for them is taken now, about 100 bytes each), or
 * NULL. `callbacks` is copied; `context` is handed to each of them. */
sluice_book* sluice_book_create(uint32_t orders_max, const sluice_callbacks* callbacks, void* context);
void sluice_book_destroy(sluice_book* book);

/* A new limit order; what does not trade at once rests, or, with `ioc` not 0, is cancelled. */
void sluice_book_new(sluice_book* book, int64_t id, int side, int64_t price, int64_t quantity, int ioc);
void sluice_book_cancel(sluice_book* book, int64_t id);
/* Makes `price` the order's limit and `quantity` what is left of it. Less at the same price keeps the place in the
 * queue; any other change is a cancel and a new order under the same id, which may trade. */
void sluice_book_modify(sluice_book* book, int64_t id, int64_t price, int64_t quantity);

/* 1 and the best level of a side, or 0 if nothing rests there. */
int sluice_book_best(const sluice_book* book, int side, sluice_level* level);
/* At most `levels_max` levels, best first; returns how many were written. */
size_t sluice_book_depth(const sluice_book* book, int side, sluice_level* levels, size_t levels_max);

#ifdef __cplusplus
}
#endif

#endif
