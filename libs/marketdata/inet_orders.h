// Reader of order files in the text format of INET-like venues: one line a message, of one stock, behind a header line.
//
// `A,time,id,price,size,BID|ASK` is a new order; `C,time,id` ends one; `R,time,id,size` reduces one to a size;
// `T,time,id,price,size` prints a trade of one and changes nothing: its R or C follows. Any line may end with a field
// TRUE or FALSE, which marks the file owner's orders. The file begins with the orders that stand, in any order of time;
// from the first other message on time does not go back. Strict: a line outside of this is an error that names it, and
// a file is read completely or not at all. Pure functions; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "marketdata/market_books.h"

namespace sluice::marketdata {

/// What a message tells; values as in the file.
enum class InetType : char { kAdd = 'A', kCancel = 'C', kReduce = 'R', kTrade = 'T' };

struct InetMessage {
  Nanos time;  // since midnight; the file has milliseconds
  InetType type = InetType::kAdd;
  bool own = false;
  VenueOrderId order;
  Price price;              // kAdd, kTrade: USD × 10,000
  Quantity size;            // shares; kReduce: what is left
  Side side = Side::kNone;  // kAdd
};

/// Errors: kInvalidArgument with line, field and value.
Result<std::vector<InetMessage>> parse_inet_orders(std::string_view text);

/// Applies a message to `book` of `books`. A reduce that would increase is BookFault::kQuantity.
BookFault apply(const InetMessage& message, BookIndex book, MarketBooks& books);

}  // namespace sluice::marketdata
