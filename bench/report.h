// What every benchmark prints: one measure a line, as JSON or for people, with its reference of the same run. Used on
// one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "telemetry/histogram.h"

namespace sluice::bench {

struct Interval {
  double low = 0;
  double high = 0;
};

struct Measure {
  std::string metric;
  double value = 0;
  std::string unit;
  std::uint64_t samples = 0;
  std::string workload;
  bool lower_is_better = true;
  Interval confidence;    // 95 %: of a percentile by ranks; of a rate the smallest and largest of its rounds
  std::string reference;  // empty: none
  double reference_value = 0;
};

class Report {
 public:
  /// `name`: the benchmark; `commit` as scripts/bench gives it.
  Report(std::string name, bool json, std::string commit);
  void add(const Measure& measure);
  /// Involuntary context switches of this process and its children, and time stolen from the machine, since the start:
  /// on standard error. They are said, never subtracted.
  void print_disturbances() const;

 private:
  const std::string name_;
  const bool json_;
  const std::string commit_;
  const std::string machine_;
  double stolen_before_;
};

/// Value of a quantile in microseconds, with its rank-based 95 % interval.
Measure percentile(const telemetry::Histogram& nanos, double quantile, const std::string& metric,
                   const std::string& workload);

}  // namespace sluice::bench
