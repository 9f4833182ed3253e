// What every benchmark prints: one measure a line, as JSON or for people, with its reference of the same run. Used on
// one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "telemetry/histogram.h"

namespace sluice::bench {

/// Progress, on standard error, after the name of the program: bench_kill_live says "bench kill_live: …".
void say(const std::string& what);

struct Interval {
  double low = 0;
  double high = 0;
};

/// One quantity in each round, in the order of the rounds.
using Rounds = std::vector<double>;

struct Measure {
  std::string metric;
  double value = 0;
  std::string unit;
  std::uint64_t samples = 0;
  std::string workload;
  bool lower_is_better = true;
  // 95 %, of `value`; divided by reference_value also of the ratio, which is the only thing another run is compared by.
  Interval confidence;
  std::string reference;  // empty: none
  double reference_value = 0;
};

class Report {
 public:
  /// `name`: the benchmark; `commit` as scripts/bench gives it.
  Report(std::string name, bool json, std::string commit);
  void add(const Measure& measure);
  /// A number that is no sample of anything.
  void add_count(const std::string& metric, std::uint64_t count, const std::string& workload);
  /// p50, p99, p99.9, p99.97, p99.99 and max of `nanos` as METRIC.p50 and so on, beside those of `floor` if it has any;
  /// nothing for an empty one. A quantile with too few samples beyond it says so in its workload.
  void add_tail(telemetry::Histogram nanos, const std::string& metric, const std::string& workload,
                const std::string& reference = "", const std::vector<telemetry::Histogram>& floor = {});
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

/// 95 % interval of `value`, by Student's t from the spread of its rounds, or of their ratios to `references` (one a
/// round; may be empty), whichever is wider. Rounds differ by more than chance among the samples of one: the machine is
/// shared. `value` alone for fewer than two rounds.
Interval interval_of(double value, const Rounds& rounds, const Rounds& references);

telemetry::Histogram merged(const std::vector<telemetry::Histogram>& rounds);

/// A quantile of all rounds together; `unit` is us or ns, the histograms' own. Its interval is at least the one by
/// ranks. `parts`: what the reference consists of; the sum of their quantiles, in the same rounds.
Measure percentile(const std::vector<telemetry::Histogram>& rounds, double quantile, const std::string& metric,
                   const std::string& workload, const std::string& reference = "",
                   const std::vector<const std::vector<telemetry::Histogram>*>& parts = {},
                   const std::string& unit = "us");

/// The median of the rounds, beside the median of the reference's.
Measure median_rate(const Rounds& rounds, const std::string& metric, const std::string& unit,
                    const std::string& workload, std::uint64_t samples, const std::string& reference = "",
                    const Rounds& references = {});

}  // namespace sluice::bench
