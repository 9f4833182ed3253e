// Aggregator: folds what all threads recorded into the windows of each stage. Whoever owns it calls drain() every few
// milliseconds and roll() once a slot; reading takes its lock, recording does not.
//
// Threads: drain() and roll() one; the rest any.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/ticks.h"
#include "telemetry/metrics.h"
#include "telemetry/spans.h"
#include "telemetry/windows.h"

namespace sluice::telemetry {

/// Everything that was recorded of a stage since the start, open slot left out.
struct Cut {
  std::uint64_t samples = 0;  // records
  std::uint64_t count = 0;    // what they stand for
  double sum = 0;             // in the stage's unit
  std::vector<BucketCount> buckets;
};
/// What came between two cuts.
Cut between(const Cut& before, const Cut& after);

class Aggregator {
 public:
  explicit Aggregator(Spans& spans) : spans_(spans) {}

  /// Returns how many records it took.
  std::uint64_t drain();
  /// Closes the slot of every stage.
  void roll();

  /// Nothing of a stage that was never recorded.
  Summary summary(Stage stage, Window window) const;
  Summary total_summary(Stage stage) const;
  /// By the stage's bounds, in their unit.
  BucketTotals totals(Stage stage) const;
  Cut cut(Stage stage) const;
  /// As Windows::above().
  std::uint64_t above(Stage stage, Window window, std::uint64_t value) const;
  bool recorded(Stage stage) const;
  /// Records taken since construction.
  std::uint64_t records() const;

 private:
  const Windows* find(Stage stage) const { return windows_[static_cast<std::size_t>(stage)].get(); }

  Spans& spans_;
  runtime::TickScale scale_;
  mutable std::mutex mutex_;
  std::array<std::unique_ptr<Windows>, kStages> windows_;  // made when a stage is first recorded
  std::uint64_t records_ = 0;
};

}  // namespace sluice::telemetry
