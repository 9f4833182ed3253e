// ItchGenerator: a seeded ITCH 5.0 session in the published mix of messages, consistent in itself: executions hit the
// oldest order at the best price and never exceed what rests, cancels and replaces name live orders, no book is
// crossed.
//
// For tests and benchmarks where no real session may be used. Of a whole NASDAQ day it has: the mix (below), Zipf
// weights of the stocks, short lives of most orders, prices at a power-law distance from the touch. It has not: bursts,
// auctions, the daily profile. Keeps books of its own, slow and obvious, to compare others with. The same options give
// the same bytes on every machine up to the library's pow() and log(). One thread an object; no clock, no I/O.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include "marketdata/itch.h"
#include "marketdata/market_books.h"

namespace sluice::marketdata {

/// Shares of the messages after the opening, in percent. Published for a day of 308 M messages: adds 44-45, deletes 43,
/// replaces 7, executions 2-3, partial cancels 1.7; the rest is everything else.
struct ItchMix {
  double adds = 44.6;
  double deletes = 43.0;
  double replaces = 7.0;
  double executions = 2.5;
  double partial_cancels = 1.7;
};

struct ItchGeneratorOptions {
  std::uint64_t seed = 1;
  std::uint16_t stocks = 5'000;      // locates 1 … stocks
  std::uint32_t standing = 100'000;  // orders entered in the opening, before the mix begins
  double zipf_exponent = 1.0;        // weight of the k-th stock ~ k^-exponent
  ItchMix mix{};
  double young_mean = 3'000;  // nine of ten cancels hit an order about this many orders old
  Nanos gap_mean{75'000};     // between messages
};

class ItchGenerator {
 public:
  /// At least one stock; the mix sums up to at most 100.
  explicit ItchGenerator(const ItchGeneratorOptions& options);

  /// Appends the opening: system events, the directory and status of each stock, the standing orders.
  void open(std::vector<std::byte>& bytes);
  /// Appends one message of the mix. Only after open().
  void next(std::vector<std::byte>& bytes);
  /// Appends the closing system events and the end of the session.
  void close(std::vector<std::byte>& bytes);

  /// Messages written so far of a type; the end of the session is none.
  std::uint64_t count_of(char type) const { return counts_[static_cast<unsigned char>(type)]; }
  std::uint32_t live() const { return static_cast<std::uint32_t>(live_.size()); }
  /// What rests now on a side of a stock, best price first, oldest first.
  std::vector<MarketOrder> resting(std::uint16_t locate, Side side) const;

 private:
  using Bytes = std::vector<std::byte>;
  struct Order {
    std::uint64_t id = 0;  // 0 = free slot
    std::uint32_t place_in_live = 0;
    std::uint32_t shares = 0;
    std::int64_t ticks = 0;
    std::uint16_t locate = 0;
    Side side = Side::kNone;
  };
  /// Who came, in order; those that are gone since have another id in their slot and are passed over.
  struct Queue {
    struct Entry {
      std::uint32_t slot;
      std::uint64_t id;
    };
    std::vector<Entry> entries;
    std::size_t first = 0;
    std::uint32_t live = 0;
  };
  using Ladder = std::map<std::int64_t, Queue>;  // by ticks, negated for buys: the best is the first
  struct StockState {
    std::int64_t middle = 0;  // ticks
    std::int64_t start = 0;   // of the middle
    std::array<Ladder, 2> sides;
  };

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  double uniform();  // [0, 1)
  std::uint16_t pick_stock();
  std::uint32_t pick_live();
  std::uint32_t pick_best();
  std::uint32_t shares();
  Ladder& ladder_of(const Order& order);
  std::int64_t limit_ticks(std::uint16_t locate, Side side);
  itch::Stock name_of(std::uint16_t locate) const;

  /// Stamps a message, counts it, and appends it.
  template <typename Message>
  void write(Bytes& bytes, std::uint16_t locate, Message message) {
    now_ += static_cast<std::int64_t>(below(static_cast<std::uint64_t>(2 * options_.gap_mean.value() + 1)));
    message.header.locate = itch::U16(locate);
    message.header.timestamp = itch::U48(static_cast<std::uint64_t>(now_));
    ++counts_[static_cast<unsigned char>(Message::kType)];
    itch::append(bytes, message);
  }
  void write_status(Bytes& bytes, std::uint16_t locate);
  void add(Bytes& bytes);
  void execute(Bytes& bytes);
  void cancel_part(Bytes& bytes);
  void remove(Bytes& bytes);
  void replace(Bytes& bytes);
  void other(Bytes& bytes);
  void rare(Bytes& bytes, std::uint16_t locate);

  void enter(const Order& order);
  void leave(std::uint32_t slot);
  void take(std::uint32_t slot, std::uint32_t shares);

  const ItchGeneratorOptions options_;
  std::mt19937_64 random_;
  std::vector<double> stock_sums_;
  std::vector<double> depth_sums_;
  std::vector<StockState> stocks_;  // by locate
  std::vector<Order> orders_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> live_;  // slots, roughly by age
  std::array<std::uint64_t, 256> counts_{};
  std::uint64_t last_order_ = 0;
  std::uint64_t last_match_ = 0;
  std::int64_t now_ = 4 * 3'600 * kNanosPerSecond;  // since midnight
};

/// A whole session: opening, `messages` of the mix, closing.
std::vector<std::byte> generate_itch(const ItchGeneratorOptions& options, std::uint64_t messages);

}  // namespace sluice::marketdata
