// compare: whether a quantile moved between two stretches of history. Latencies of one moment resemble each other, so
// that the interval comes from the spread between blocks of time, not between single records: blocks are drawn again
// and again with replacement (bootstrap), from a fixed seed. Pure; any thread.
#pragma once

#include <vector>

#include "telemetry/history.h"

namespace sluice::telemetry {

/// Blocks of time that each side must have for an interval to mean something.
inline constexpr std::size_t kBlocksMin = 8;

/// kTooFew: samples of a side; kTooShort: blocks of a side, so that there is no interval.
enum class Moved : std::uint8_t { kTooFew, kTooShort, kNotShown, kSlower, kFaster };
constexpr std::string_view name_of(Moved moved) {
  constexpr std::array<std::string_view, 5> kNames{"too few samples", "too few intervals", "no change shown", "slower",
                                                   "faster"};
  return kNames[static_cast<std::size_t>(moved)];
}

struct Comparison {
  std::size_t quantile = 0;           // index into kQuantiles
  std::optional<std::uint64_t> base;  // of all of a side together; none of too few samples
  std::optional<std::uint64_t> fresh;
  double ratio = 0;  // fresh / base, if there are both
  double low = 0;    // its 95 % interval, unless kTooFew or kTooShort
  double high = 0;
  std::size_t base_blocks = 0;
  std::size_t fresh_blocks = 0;
  Moved moved = Moved::kTooFew;
};

/// All quantiles of one stage. Rows of other stages must have been left out.
std::vector<Comparison> compare(const std::vector<HistoryRow>& base, const std::vector<HistoryRow>& fresh);

}  // namespace sluice::telemetry
