#include "telemetry/aggregator.h"

namespace sluice::telemetry {

Cut between(const Cut& before, const Cut& after) {
  Cut cut{after.samples - before.samples, after.count - before.count, after.sum - before.sum, {}};
  auto old = before.buckets.begin();
  for (const BucketCount& one : after.buckets) {
    while (old != before.buckets.end() && old->bucket < one.bucket) ++old;
    const std::uint64_t had = old != before.buckets.end() && old->bucket == one.bucket ? old->count : 0;
    if (one.count > had) cut.buckets.push_back({one.bucket, one.count - had});
  }
  return cut;
}

std::uint64_t Aggregator::drain() {
  const std::lock_guard lock(mutex_);
  scale_.refresh();
  const std::uint64_t taken = spans_.drain([this](const SpanRecord& record) {
    std::unique_ptr<Windows>& windows = windows_[static_cast<std::size_t>(record.stage)];
    if (windows == nullptr) [[unlikely]]
      windows = std::make_unique<Windows>();
    windows->record(record.raw != 0 ? record.value : scale_.nanos(record.value), record.weight, record.correlation);
  });
  records_ += taken;
  return taken;
}

void Aggregator::roll() {
  const std::lock_guard lock(mutex_);
  for (const auto& windows : windows_) {
    if (windows != nullptr) windows->roll();
  }
}

Summary Aggregator::summary(Stage stage, Window window) const {
  const std::lock_guard lock(mutex_);
  const Windows* windows = find(stage);
  return windows == nullptr ? Summary{} : windows->summary(window);
}

Summary Aggregator::total_summary(Stage stage) const {
  const std::lock_guard lock(mutex_);
  const Windows* windows = find(stage);
  return windows == nullptr ? Summary{} : windows->total_summary();
}

BucketTotals Aggregator::totals(Stage stage) const {
  const auto bounds = info_of(stage).bounds;
  BucketTotals totals;
  totals.cumulative.resize(bounds.size());
  const std::lock_guard lock(mutex_);
  const Windows* windows = find(stage);
  if (windows == nullptr) return totals;
  const std::vector<std::uint64_t>& counts = windows->total_counts();
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    for (const std::size_t last = Histogram::bucket(bounds[i]); bucket <= last; ++bucket) seen += counts[bucket];
    totals.cumulative[i] = seen;
  }
  totals.count = windows->total_summary().count;
  totals.sum = windows->total_sum();
  return totals;
}

Cut Aggregator::cut(Stage stage) const {
  Cut cut;
  const std::lock_guard lock(mutex_);
  const Windows* windows = find(stage);
  if (windows == nullptr) return cut;
  const Summary summary = windows->total_summary();
  cut.samples = summary.samples;
  cut.count = summary.count;
  cut.sum = windows->total_sum();
  for (std::size_t i = 0; i < Histogram::kBuckets; ++i) {
    if (const std::uint64_t count = windows->total_counts()[i]; count > 0)
      cut.buckets.push_back({static_cast<std::uint32_t>(i), count});
  }
  return cut;
}

std::uint64_t Aggregator::above(Stage stage, Window window, std::uint64_t value) const {
  const std::lock_guard lock(mutex_);
  const Windows* windows = find(stage);
  return windows == nullptr ? 0 : windows->above(window, value);
}

bool Aggregator::recorded(Stage stage) const {
  const std::lock_guard lock(mutex_);
  return find(stage) != nullptr;
}

std::uint64_t Aggregator::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}

}  // namespace sluice::telemetry
