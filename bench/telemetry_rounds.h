// The measured loops of bench telemetry, apart from their report.
#pragma once

#include <cstdint>

#include "telemetry/histogram.h"

namespace sluice::bench {

/// Picoseconds of one operation, from bursts of 64 between two time stamps: less cannot be told apart.
struct BurstTimes {
  telemetry::Histogram picos;
  std::uint64_t lost = 0;  // records that found no room: they would have cost less
};
/// A value with its time stamp, into the ring of a thread, while the aggregator takes them out.
BurstTimes record_values(std::uint64_t records);
/// A record whose time stamps its caller has: the store alone.
BurstTimes record_stores(std::uint64_t records);
/// A span: two time stamps and a record.
BurstTimes record_spans(std::uint64_t records);
/// prometheus::Histogram::Observe with the same buckets, without a time stamp.
BurstTimes observe_prometheus(std::uint64_t records);
/// The time stamp alone.
BurstTimes ticks_alone(std::uint64_t records);

/// Records a second that one thread folds into windows: drains of what a busy 10 ms brings, and the slots' ends.
double aggregate_rate(std::uint64_t records);

}  // namespace sluice::bench
