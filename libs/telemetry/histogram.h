// Log-linear histogram of non-negative 64-bit values (nanoseconds, counts): 128 buckets to each power of two, so every
// percentile is within 1/256 of the exact value (exact below 128). Fixed memory (59 KiB), no allocation after
// construction, mergeable. One writer; reading while it writes needs the caller's lock.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

namespace sluice::telemetry {

/// True if of so many samples at least ten lie beyond `quantile`: with fewer its value says little.
constexpr bool enough_for(std::uint64_t samples, double quantile) {
  return static_cast<double>(samples) * (1.0 - quantile) >= 10.0 - 1e-6;
}

class Histogram {
 public:
  static constexpr int kSubBits = 7;
  static constexpr std::uint64_t kSub = std::uint64_t{1} << kSubBits;
  static constexpr std::size_t kBuckets = (64 - kSubBits + 1) * kSub;

  Histogram() : counts_(std::make_unique<std::array<std::uint64_t, kBuckets>>()) {}

  void record(std::uint64_t value, std::uint64_t count = 1) {
    (*counts_)[bucket(value)] += count;
    count_ += count;
    sum_ += static_cast<long double>(value) * static_cast<long double>(count);
    if (value < min_) min_ = value;
    if (value > max_) max_ = value;
  }
  void merge(const Histogram& other);
  void clear();

  std::uint64_t count() const { return count_; }
  std::uint64_t min() const { return count_ == 0 ? 0 : min_; }
  std::uint64_t max() const { return max_; }
  double mean() const { return count_ == 0 ? 0.0 : static_cast<double>(sum_ / static_cast<long double>(count_)); }
  /// The value that `quantile` (0..1) of the samples do not exceed, by nearest rank; 0 without samples. At most max().
  std::uint64_t quantile(double quantile) const;
  /// As enough_for().
  bool resolves(double quantile) const { return enough_for(count_, quantile); }
  /// How many samples are at most `value`, to the bucket's width.
  std::uint64_t count_up_to(std::uint64_t value) const;

  static constexpr std::size_t bucket(std::uint64_t value) {
    if (value < kSub) return static_cast<std::size_t>(value);
    const int shift = 63 - __builtin_clzll(value) - kSubBits;
    return static_cast<std::size_t>((static_cast<std::uint64_t>(shift + 1) << kSubBits) + ((value >> shift) - kSub));
  }
  /// Middle of a bucket.
  static constexpr std::uint64_t value_of(std::size_t bucket) {
    const std::uint64_t group = bucket >> kSubBits;
    const std::uint64_t within = bucket & (kSub - 1);
    if (group == 0) return within;
    const std::uint64_t width = std::uint64_t{1} << (group - 1);
    return (within + kSub) * width + width / 2;
  }
  std::uint64_t count_in(std::size_t bucket) const { return (*counts_)[bucket]; }

 private:
  std::unique_ptr<std::array<std::uint64_t, kBuckets>> counts_;
  std::uint64_t count_ = 0;
  long double sum_ = 0;
  std::uint64_t min_ = UINT64_MAX;
  std::uint64_t max_ = 0;
};

}  // namespace sluice::telemetry
