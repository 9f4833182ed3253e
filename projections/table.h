// Where the rows of the read models live: one RocksDB column family a view, one table prefix a kind of row in it, and
// keys whose byte order is the order a reader wants. Values only; any thread.
//
// A key is: shard (2 bytes), table (1 byte), then the fields named beside each table below. All numbers are big-endian,
// so that byte order is number order; text is padded with zeros to its full width. docs/projections.md shows the same
// table.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/invariant.h"
#include "base/slot_index.h"
#include "domain/ids.h"
#include "domain/money.h"
#include "domain/text.h"
#include "domain/uuid.h"

namespace sluice::projections {

enum class Family : std::uint8_t {
  kProgress,
  kOrders,
  kTrades,
  kPositions,
  kBook,
  kKillSwitches,
  kReference,
  kLogIndex
};
inline constexpr std::array<const char*, 8> kFamilyNames{"default", "orders",        "trades",    "positions",
                                                         "book",    "kill_switches", "reference", "log_index"};
inline constexpr std::size_t kFamilies = kFamilyNames.size();

/// The tens say the family. Values are on disk: never renumber.
enum class Table : std::uint8_t {
  kProgress = 0,            // –                                     how far the shard is
  kOrder = 10,              // order id                              every order ever
  kOrderByAccount = 11,     // account, order id                     every order ever
  kLiveByAccount = 12,      // account, order id                     live orders
  kOrderByClientId = 13,    // account, instrument, client order id  the newest order of that name
  kWaitingStop = 14,        // instrument, order id                  stops that have not triggered
  kTrade = 20,              // trade id
  kTradeByAccount = 21,     // account, trade id
  kTradeByInstrument = 22,  // instrument, trade id
  kPosition = 30,           // account, instrument
  kBookOrder = 40,          // instrument, side, price (best first), priority
  kLastPrice = 41,          // instrument
  kPriority = 42,           // –                                     the counter behind priorities
  kKillSwitch = 50,         // scope, key
  kRelease = 51,            // release id                            open requests
  kAccount = 60,            // account id
  kAccountByName = 61,      // name
  kStrategy = 62,           // strategy id
  kInstrument = 64,         // instrument id
  kInstrumentByName = 65,   // symbol
  kDefaultLimits = 66,      // instrument id, 0 for those of all
  kSettlementDay = 67,      // –                                     the present one
  kLogIndex = 70,           // EVT sequence                          checkpoints to begin reading at
};

constexpr Family family_of(Table table) { return static_cast<Family>(static_cast<std::uint8_t>(table) / 10); }

/// Bytes of a key, built field by field; held inline.
class Key {
 public:
  static constexpr std::size_t kBytesMax = 39;

  Key(ShardId shard, Table table) {
    append(shard.value());
    append(static_cast<std::uint8_t>(table));
  }

  Key& add(std::uint8_t value) { return append(value); }
  template <typename Tag>
  Key& add(Strong<Tag, std::uint32_t> id) {
    return append(id.value());
  }
  template <typename Tag>
  Key& add(Strong<Tag, std::uint64_t> id) {
    return append(id.value());
  }
  Key& add(std::uint64_t value) { return append(value); }
  /// Lower prices first.
  Key& add_ascending(Price price) { return append(static_cast<std::uint64_t>(price.value()) ^ kSignBit); }
  /// Higher prices first.
  Key& add_descending(Price price) { return append(~(static_cast<std::uint64_t>(price.value()) ^ kSignBit)); }
  Key& add(const Uuid& uuid) { return append(uuid.hi).append(uuid.lo); }
  template <std::size_t N>
  Key& add(const FixedText<N>& text) {
    INVARIANT(size_ + N <= kBytesMax);
    const std::string_view content = text.view();
    std::memcpy(bytes_.data() + size_, content.data(), content.size());
    std::memset(bytes_.data() + size_ + content.size(), 0, N - content.size());
    size_ = static_cast<std::uint8_t>(size_ + N);
    return *this;
  }

  std::string_view view() const { return {bytes_.data(), size_}; }
  Table table() const { return static_cast<Table>(bytes_[kTableAt]); }
  Family family() const { return family_of(table()); }
  bool operator==(const Key& other) const { return std::memcmp(this, &other, sizeof other) == 0; }
  /// For tables in memory; it may change without a trace.
  std::uint64_t hash() const {
    std::uint64_t hash = size_;
    for (std::size_t at = 0; at < size_; at += sizeof hash) hash = mix_words(hash, word(at));
    return hash;
  }
  /// Eight bytes from `at` on as a number whose order is theirs; zeros behind the end of the key.
  std::uint64_t word(std::size_t at) const {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, bytes_.data() + at, std::min(sizeof bytes, kBytesMax - at));
    return __builtin_bswap64(bytes);
  }
  bool operator<(const Key& other) const { return view() < other.view(); }

  /// Length of the part that is the same for all rows of a table of a shard.
  static constexpr std::size_t kPrefixBytes = 3;
  /// … and of an account or instrument, where the table has them first.
  static constexpr std::size_t kHintBytes = 7;

 private:
  static constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;
  static constexpr std::size_t kTableAt = 2;

  template <typename Number>
  Key& append(Number number) {
    INVARIANT(size_ + sizeof(Number) <= kBytesMax);
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      bytes_[size_ + i] = static_cast<char>(number >> (8 * (sizeof(Number) - 1 - i)));
    }
    size_ = static_cast<std::uint8_t>(size_ + sizeof(Number));
    return *this;
  }

  std::array<char, kBytesMax> bytes_{};  // zeros behind the end
  std::uint8_t size_ = 0;
};
static_assert(sizeof(Key) == Key::kBytesMax + 1, "compared as it is in memory");

/// Reads the big-endian number that ends a key: the order or trade id of an index row.
inline std::uint64_t trailing_u64(std::string_view key) {
  INVARIANT(key.size() >= Key::kPrefixBytes + sizeof(std::uint64_t));
  std::uint64_t value = 0;
  for (const char c : key.substr(key.size() - sizeof(value))) value = (value << 8) | static_cast<unsigned char>(c);
  return value;
}

}  // namespace sluice::projections
