// compare: whether a quantile moved between two stretches of history. Latencies of one moment resemble each other, so
// that the interval comes from the spread between blocks of time, not between single records: blocks are drawn again
// and again with replacement (bootstrap), from a fixed seed. Pure; any thread.
#pragma once

#include <vector>

#include "telemetry/history.h"

namespace sluice::telemetry {

/// Blocks of time that each side must have for an interval to mean something.
inline constexpr std::size_t kBlocksMin = 8;

enum class Moved : std::uint8_t { kTooFew, kNotShown, kSlower, kFaster };
constexpr std::string_view name_of(Moved moved) {
  constexpr std::array<std::string_view, 4> kNames{"too few samples", "no change shown", "slower", "faster"};
  return kNames[static_cast<std::size_t>(moved)];
}

struct Comparison {
  std::size_t quantile = 0;  // index into kQuantiles
  std::uint64_t base = 0;    // of all of a side together
  std::uint64_t fresh = 0;
  double ratio = 0;  // fresh / base; with its 95 % interval
  double low = 0;
  double high = 0;
  std::size_t base_blocks = 0;
  std::size_t fresh_blocks = 0;
  Moved moved = Moved::kTooFew;
};

/// All quantiles of one stage. Rows of other stages must have been left out.
std::vector<Comparison> compare(const std::vector<HistoryRow>& base, const std::vector<HistoryRow>& fresh);

}  // namespace sluice::telemetry
