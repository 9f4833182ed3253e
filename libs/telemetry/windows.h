// Windows: one stage's values of the last 1, 5 and 60 seconds and since the start, as histograms. Time moves in slots:
// what is recorded shows in the windows when its slot is closed, and leaves a window when that has become as many slots
// older. One thread, or a lock of the caller's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "domain/money.h"
#include "telemetry/histogram.h"

namespace sluice::telemetry {

/// The percentiles that are told of everything.
inline constexpr std::array<double, 6> kQuantiles{0.5, 0.95, 0.99, 0.999, 0.9997, 0.9999};
inline constexpr std::array<std::string_view, 6> kQuantileNames{"p50", "p95", "p99", "p99.9", "p99.97", "p99.99"};

/// A slot of time.
inline constexpr Nanos kSlot{250 * kNanosPerMilli};

enum class Window : std::uint8_t { k1s, k5s, k60s };
inline constexpr std::array<Window, 3> kWindows{Window::k1s, Window::k5s, Window::k60s};
constexpr std::size_t slots_of(Window window) {
  constexpr std::array<std::size_t, 3> kSlots{4, 20, 240};
  return kSlots[static_cast<std::size_t>(window)];
}
constexpr std::string_view name_of(Window window) {
  constexpr std::array<std::string_view, 3> kNames{"1s", "5s", "60s"};
  return kNames[static_cast<std::size_t>(window)];
}

/// Values in the stage's unit. A quantile is not there if fewer than ten records lie beyond it: then it would only
/// repeat the largest.
struct Summary {
  std::uint64_t samples = 0;  // records
  std::uint64_t count = 0;    // what they stand for
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  std::uint64_t slowest = 0;  // correlation of the largest value; 0: it has none
  double mean = 0;
  std::array<std::optional<std::uint64_t>, kQuantiles.size()> quantiles;
};

/// As many times as a value's bucket was recorded. Sorted by bucket.
struct BucketCount {
  std::uint32_t bucket;
  std::uint64_t count;
};

class Windows {
 public:
  /// Larger values count as this one (13 days in nanoseconds).
  static constexpr std::uint64_t kValueMax = std::uint64_t{1} << 50;

  Windows();
  void record(std::uint64_t value, std::uint64_t weight, std::uint64_t correlation);
  /// Closes the slot.
  void roll();

  Summary summary(Window window) const;
  /// Since construction, open slot left out.
  Summary total_summary() const;
  /// By bucket, since construction, open slot left out.
  const std::vector<std::uint64_t>& total_counts() const { return total_counts_; }
  /// Of everything since construction, open slot left out.
  double total_sum() const { return static_cast<double>(total_numbers_.sum); }
  /// Of the records in a window, how many (as they weigh) are above `value`, to the bucket's width.
  std::uint64_t above(Window window, std::uint64_t value) const;
  struct Slot {
    std::uint64_t samples = 0;
    std::uint64_t count = 0;
    std::uint64_t sum = 0;
    std::uint64_t min = UINT64_MAX;
    std::uint64_t max = 0;
    std::uint64_t slowest = 0;
    std::vector<BucketCount> buckets;
    void merge_numbers(const Slot& other);
    /// Empty, but for the memory.
    void forget();
  };

 private:
  using Counts = std::vector<std::uint64_t>;
  const Slot& slot_before(std::size_t age) const { return slots_[(next_ + slots_.size() - age) % slots_.size()]; }
  Slot numbers_of(Window window) const;

  Slot open_;
  Counts open_counts_;
  Counts total_counts_;
  Slot total_numbers_;
  std::array<Counts, kWindows.size()> counts_;
  std::vector<Slot> slots_;  // closed ones, a ring
  std::size_t next_ = 0;
};

}  // namespace sluice::telemetry
