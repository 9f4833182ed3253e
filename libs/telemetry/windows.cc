#include "telemetry/windows.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sluice::telemetry {

namespace {

Summary summary_of(const Windows::Slot& numbers) {
  Summary summary;
  summary.samples = numbers.samples;
  summary.count = numbers.count;
  summary.min = numbers.samples == 0 ? 0 : numbers.min;
  summary.max = numbers.max;
  summary.slowest = numbers.slowest;
  summary.mean = numbers.count == 0 ? 0 : static_cast<double>(numbers.sum) / static_cast<double>(numbers.count);
  return summary;
}

void fill_quantiles(Summary& summary, const std::vector<std::uint64_t>& counts) {
  std::uint64_t seen = 0;
  std::size_t bucket = Histogram::bucket(summary.min);
  for (std::size_t i = 0; i < kQuantiles.size(); ++i) {
    if (!enough_for(summary.samples, kQuantiles[i])) break;
    const auto rank = static_cast<std::uint64_t>(std::ceil(kQuantiles[i] * static_cast<double>(summary.count)));
    for (; seen + counts[bucket] < rank; ++bucket) seen += counts[bucket];
    summary.quantiles[i] = std::clamp(Histogram::value_of(bucket), summary.min, summary.max);
  }
}

}  // namespace

void Windows::Slot::forget() {
  std::vector<BucketCount> room = std::move(buckets);
  room.clear();
  *this = {};
  buckets = std::move(room);
}

void Windows::Slot::merge_numbers(const Slot& other) {
  samples += other.samples;
  count += other.count;
  sum += other.sum;
  min = std::min(min, other.min);
  if (other.max >= max) slowest = other.slowest;
  max = std::max(max, other.max);
}

Windows::Windows()
    : open_counts_(Histogram::kBuckets), total_counts_(Histogram::kBuckets), slots_(slots_of(Window::k60s)) {
  for (Counts& counts : counts_) counts.resize(Histogram::kBuckets);
}

void Windows::record(std::uint64_t value, std::uint64_t weight, std::uint64_t correlation) {
  value = std::min(value, kValueMax);
  ++open_.samples;
  open_.count += weight;
  open_.sum += value * weight;
  open_.min = std::min(open_.min, value);
  if (value >= open_.max) {
    open_.max = value;
    open_.slowest = correlation;
  }
  open_counts_[Histogram::bucket(value)] += weight;
}

void Windows::roll() {
  // Out of each window goes the slot that is now too old for it, before the place of the oldest is used again.
  for (const Window window : kWindows) {
    Counts& counts = counts_[static_cast<std::size_t>(window)];
    for (const BucketCount& one : slot_before(slots_of(window)).buckets) counts[one.bucket] -= one.count;
  }
  if (open_.samples > 0) {
    const std::size_t last = Histogram::bucket(open_.max);
    for (std::size_t i = Histogram::bucket(open_.min); i <= last; ++i) {
      if (open_counts_[i] == 0) continue;
      open_.buckets.push_back({static_cast<std::uint32_t>(i), std::exchange(open_counts_[i], 0)});
    }
  }
  Slot& slot = slots_[next_];
  std::swap(slot, open_);
  open_.forget();
  total_numbers_.merge_numbers(slot);
  for (const BucketCount& one : slot.buckets) {
    total_counts_[one.bucket] += one.count;
    for (Counts& counts : counts_) counts[one.bucket] += one.count;
  }
  next_ = (next_ + 1) % slots_.size();
}

Windows::Slot Windows::numbers_of(Window window) const {
  Slot all;
  for (std::size_t age = slots_of(window); age > 0; --age) all.merge_numbers(slot_before(age));
  return all;
}

Summary Windows::summary(Window window) const {
  Summary summary = summary_of(numbers_of(window));
  const Counts& counts = counts_[static_cast<std::size_t>(window)];
  fill_quantiles(summary, counts);
  return summary;
}

Summary Windows::total_summary() const {
  Summary summary = summary_of(total_numbers_);
  fill_quantiles(summary, total_counts_);
  return summary;
}

std::uint64_t Windows::above(Window window, std::uint64_t value) const {
  const Counts& counts = counts_[static_cast<std::size_t>(window)];
  std::uint64_t all = 0;
  for (std::size_t i = Histogram::bucket(value) + 1; i < counts.size(); ++i) all += counts[i];
  return all;
}

}  // namespace sluice::telemetry
