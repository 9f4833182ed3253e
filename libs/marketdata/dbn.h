// Reader of market-by-order records in Databento's binary encoding (DBN, versions 1 to 3), and the books made of them.
//
// "DBN", a version byte, the length of the metadata, the metadata, then records, each with its own length; all integers
// little-endian. Records of other kinds than market-by-order are counted and passed over. Damaged bytes are an error
// with an offset, never a read beyond their end. Reading: pure functions, any thread. Books: one thread an object.
// Source: the public description of the encoding (databento.com/docs, "Databento Binary Encoding").
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "marketdata/market_books.h"

namespace sluice::marketdata::dbn {

/// What a record tells; values as in the file.
enum class Action : char {
  kAdd = 'A',
  kCancel = 'C',  // `size` is taken off
  kModify = 'M',  // new price and size
  kClear = 'R',   // all orders of the instrument
  kTrade = 'T',   // the incoming order of a trade; changes nothing
  kFill = 'F',    // the resting order of a trade; changes nothing: its cancel follows
  kNone = 'N',
};

/// Bits of MboRecord::flags.
inline constexpr std::uint8_t kFlagLast = 0x80;      // of an event of the venue: only then books are at rest
inline constexpr std::uint8_t kFlagSnapshot = 0x20;  // states what stands, not what happened

/// One market-by-order record, as in the file.
struct MboRecord {
  std::uint8_t length = 0;  // of the record, in 4 bytes
  std::uint8_t type = 0;    // kMboType
  std::uint16_t publisher = 0;
  std::uint32_t instrument = 0;
  std::uint64_t event_time = 0;  // nanoseconds since the Unix epoch, by the venue
  std::uint64_t order = 0;
  std::int64_t price = 0;  // 10^-9 of the currency or of index points; the largest value: none
  std::uint32_t size = 0;
  std::uint8_t flags = 0;
  std::uint8_t channel = 0;
  Action action = Action::kNone;
  char side = 'N';                 // B bid, A ask, N none
  std::uint64_t receive_time = 0;  // nanoseconds since the Unix epoch, by the recorder
  std::int32_t delta = 0;          // nanoseconds from sending to receiving
  std::uint32_t sequence = 0;      // of the venue
};
static_assert(sizeof(MboRecord) == 56 && std::has_unique_object_representations_v<MboRecord>);
inline constexpr std::uint8_t kMboType = 0xa0;

/// What a file is made of.
struct Contents {
  std::uint8_t version = 0;
  std::string dataset;      // the venue and feed, for example GLBX.MDP3
  std::uint64_t mbo = 0;    // records given to the visitor
  std::uint64_t other = 0;  // records passed over
};

/// The bytes of a file, unpacked if it is a zstd stream. Errors: kNotFound; kCorrupt or kTooLarge of unpack_zstd().
Result<std::vector<std::byte>> load(const std::filesystem::path& file, std::size_t bytes_max = std::size_t{4} << 30);

/// Calls `take` with each market-by-order record of unpacked bytes. Errors: kCorrupt with the offset; what came before
/// has been taken.
Result<Contents> decode(std::span<const std::byte> bytes, const std::function<void(const MboRecord& record)>& take);

/// The order-level books of all instruments of a file.
class Books {
 public:
  /// Applies a record. What contradicts the book is left out and named; an unknown action is BookFault::kNone.
  BookFault apply(const MboRecord& record);
  /// The book of an instrument, as book 0 of an object of its own, or nullptr before its first record.
  const MarketBooks* find(std::uint32_t instrument) const;
  std::size_t instruments() const { return books_.size(); }

 private:
  std::map<std::uint32_t, MarketBooks> books_;  // venues number the orders of each instrument by themselves
};

/// Which book of an instrument's MarketBooks.
inline constexpr BookIndex kBook{0};

}  // namespace sluice::marketdata::dbn
