// One pass over the commands of a flow: what came of them, and the hash by which two books are compared.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bench/book_flow.h"
#include "bench/ticks.h"
#include "telemetry/histogram.h"

namespace sluice::bench {

/// What came of a pass. Two books that agree in it have given the same reports in number and in trades.
struct Outcomes {
  std::uint64_t accepted = 0;
  std::uint64_t trades = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t rejected = 0;
  std::uint64_t traded_hash = 0;  // of every trade: maker, taker, price, quantity, in order
  bool operator==(const Outcomes&) const = default;
};

class Tally {
 public:
  void accepted(std::int64_t) { ++outcomes.accepted; }
  void rejected(std::int64_t, core::BookReject) { ++outcomes.rejected; }
  void cancelled(std::int64_t, Quantity) { ++outcomes.cancelled; }
  void traded(const core::BookTrade& trade) {
    ++outcomes.trades;
    const auto maker_and_taker = static_cast<std::uint64_t>(trade.maker ^ (trade.taker << 32));
    const auto price_and_quantity = static_cast<std::uint64_t>(trade.price.value() << 20 ^ trade.quantity.value());
    outcomes.traded_hash = outcomes.traded_hash * 0x9E3779B97F4A7C15u + (maker_and_taker ^ price_and_quantity);
  }

  Outcomes outcomes;
};

/// Goes on with `hash` over a book: order by order, from the best of each side. `node_of(index)`: the order's node.
template <typename NodeOf>
std::uint64_t hash_of_book(std::uint64_t hash, const core::OrderBook& book, NodeOf&& node_of) {
  for (const Side side : {Side::kBuy, Side::kSell}) {
    hash = mix_words(hash, static_cast<std::uint64_t>(side));
    for (const core::Level* level = book.best(side); level != nullptr; level = book.next_worse(side, *level)) {
      for (core::OrderIndex at = level->head; at != kNoSlot; at = node_of(at).next)
        hash = mix_words(hash, node_of(at).id, level->price.value(), node_of(at).remaining.value());
    }
  }
  return hash;
}

/// The books under test, behind one storage.
class FastBooks {
 public:
  FastBooks(std::uint16_t books, std::uint32_t orders);

  core::MatchingBook& operator[](std::size_t at) { return books_[at]; }
  std::uint64_t hash() const;
  core::BookStorage& storage() { return *storage_; }

 private:
  std::unique_ptr<core::BookStorage> storage_;
  std::vector<core::MatchingBook> books_;
};

/// The peers.
class PeerBooks {
 public:
  PeerBooks(std::uint16_t books, std::uint32_t) : books_(books) {}
  PeerBook& operator[](std::size_t at) { return books_[at]; }
  std::uint64_t hash() const;

 private:
  std::vector<PeerBook> books_;
};

/// Commands one after the other.
template <typename Books>
void perform_all(Books& books, std::span<const BookCommand> commands, Tally& tally) {
  for (const BookCommand& command : commands) perform(books[command.book], command, tally);
}

/// The same, with what later commands will touch on its way: what a server that has a whole frame of commands can do.
void perform_ahead(FastBooks& books, std::span<const BookCommand> commands, Tally& tally);

/// Each command timed by itself, into the histogram of its action.
template <typename Books>
void perform_timed(Books& books, std::span<const BookCommand> commands, Tally& tally,
                   std::array<telemetry::Histogram, kBookActions>& nanos) {
  for (const BookCommand& command : commands) {
    const std::uint64_t begin = ticks();
    perform(books[command.book], command, tally);
    const std::uint64_t end = ticks();
    nanos[static_cast<std::size_t>(command.action)].record(nanos_of(end - begin));
  }
}

}  // namespace sluice::bench
