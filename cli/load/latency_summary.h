// LatencySummary: what a histogram of nanoseconds says in one line of a screen. A value.
#pragma once

#include <cstdint>

#include "telemetry/histogram.h"

namespace sluice::load {

/// All zero without samples.
struct LatencySummary {
  std::uint64_t count = 0;
  std::uint64_t p50_ns = 0, p99_ns = 0, p999_ns = 0;
};

inline LatencySummary summary_of(const telemetry::Histogram& nanos) {
  return {nanos.count(), nanos.quantile(0.5), nanos.quantile(0.99), nanos.quantile(0.999)};
}

/// A way between two stages, or the whole way.
struct StageSummary {
  const char* name = "";
  LatencySummary latency;
};

}  // namespace sluice::load
