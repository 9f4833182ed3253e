// RowCache: the rows that folds read again and again (live orders, positions, counters), as they are in the database,
// so that most changes need no look into it. Direct-mapped: a row that meets another in its place takes it over, and is
// read from the database the next time. Coherent because a shard has one writer, which is its owner;
// 13 MB. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/huge_pages.h"
#include "projections/rows.h"
#include "projections/table.h"

namespace sluice::projections {

class RowCache {
 public:
  static constexpr std::uint32_t kRows = 1u << 16;

  /// True for tables whose rows folds read before they change them.
  static constexpr bool keeps(Table table) {
    return table == Table::kOrder || table == Table::kPosition || table == Table::kLastPrice ||
           table == Table::kPriority;
  }

  /// The row's bytes; empty if it is not here. Valid until the next change.
  std::string_view find(const Key& key) const {
    if (lines_.empty()) return {};
    const Line& line = lines_[place_of(key)];
    return line.size > 0 && line.key == key ? std::string_view(line.bytes.data(), line.size) : std::string_view{};
  }
  /// The row as it now is in the database.
  void store(const Key& key, std::string_view bytes) {
    INVARIANT(!bytes.empty() && bytes.size() <= kBytesMax);
    if (lines_.empty()) lines_.resize(kRows);
    Line& line = lines_[place_of(key)];
    line.key = key;
    line.size = static_cast<std::uint8_t>(bytes.size());
    std::memcpy(line.bytes.data(), bytes.data(), bytes.size());
  }
  /// The database no longer has the row.
  void forget(const Key& key) {
    if (lines_.empty()) return;
    Line& line = lines_[place_of(key)];
    if (line.key == key) line.size = 0;
  }

 private:
  static constexpr std::size_t kBytesMax = sizeof(OrderRow);
  struct Line {
    Key key{ShardId{0}, Table::kProgress};
    std::array<char, kBytesMax> bytes{};
    std::uint8_t size = 0;  // 0: empty
  };
  static std::size_t place_of(const Key& key) { return key.hash() % kRows; }

  std::vector<Line, HugePageAllocator<Line>> lines_;  // taken with the first row: a tool that only reads needs none
};

}  // namespace sluice::projections
