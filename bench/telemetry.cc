// bench telemetry: what measuring costs: a record, a span, their aggregation, and all of it in an engine under load.
// Started by scripts/bench.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>

#include "bench/report.h"
#include "bench/telemetry_overhead.h"
#include "bench/telemetry_rounds.h"

namespace sluice::bench {

namespace {

struct TelemetryBenchOptions {
  bool json = false;
  bool full = false;
  std::string commit = "unknown";
  int rounds = 5;
  std::uint64_t records = 0;  // of a round; 0: by default
  std::size_t pairs = 0;      // of blocks with and without; 0: by default
};

constexpr const char* kPeer = "prometheus-cpp Histogram::Observe, without a time stamp";
constexpr std::array<std::pair<double, const char*>, 3> kTold{{{0.5, "p50"}, {0.99, "p99"}, {0.999, "p99.9"}}};

/// Each quantile of each round, in nanoseconds.
class Costs {
 public:
  void add(const BurstTimes& times) {
    for (std::size_t i = 0; i < kTold.size(); ++i)
      rounds_[i].push_back(static_cast<double>(times.picos.quantile(kTold[i].first)) / 1e3);
    samples_ += times.picos.count();
    lost_ += times.lost;
  }
  std::uint64_t lost() const { return lost_; }
  const Rounds& rounds(std::size_t quantile) const { return rounds_[quantile]; }
  void report(Report& report, const std::string& metric, const std::string& workload, const char* reference,
              const Costs* peer) const {
    for (std::size_t i = 0; i < kTold.size(); ++i) {
      Measure measure =
          median_rate(rounds_[i], metric + '.' + kTold[i].second, "ns", workload + "; a sample is the mean of 64",
                      samples_, reference, peer == nullptr ? Rounds{} : peer->rounds(i));
      measure.lower_is_better = true;
      report.add(measure);
    }
  }

 private:
  std::array<Rounds, kTold.size()> rounds_;
  std::uint64_t samples_ = 0;
  std::uint64_t lost_ = 0;
};

struct Trimmed {
  double mean = 0;
  double half = 0;  // of its 95 % interval
};
/// Mean of the middle 80 %, and its interval (Tukey and McLaughlin: the spread is that of the values pulled in).
Trimmed trimmed_mean(Rounds values) {
  std::sort(values.begin(), values.end());
  const std::size_t cut = values.size() / 10;
  const auto kept = static_cast<double>(values.size() - 2 * cut);
  double sum = 0;
  for (std::size_t i = cut; i < values.size() - cut; ++i) sum += values[i];
  double pulled_sum = 0, squares = 0;
  for (const double value : values) pulled_sum += std::clamp(value, values[cut], values[values.size() - 1 - cut]);
  const double pulled_mean = pulled_sum / static_cast<double>(values.size());
  for (const double value : values) {
    const double away = std::clamp(value, values[cut], values[values.size() - 1 - cut]) - pulled_mean;
    squares += away * away;
  }
  const double error = std::sqrt(squares / (kept * (kept - 1)));
  return {sum / kept, 1.96 * error};
}

bool report_costs(Report& report, const TelemetryBenchOptions& options) {
  const std::uint64_t records = options.records != 0 ? options.records : options.full ? 10'000'000 : 2'000'000;
  Costs stores, values, spans, peer, stamps;
  Rounds rates;
  for (int round = 1; round <= options.rounds; ++round) {
    say("recording, round " + std::to_string(round) + " of " + std::to_string(options.rounds));
    peer.add(observe_prometheus(records));
    stores.add(record_stores(records));
    values.add(record_values(records));
    spans.add(record_spans(records));
    stamps.add(ticks_alone(records));
    rates.push_back(aggregate_rate(records));
  }
  values.report(report, "record", "a value with its time stamp into the ring of its thread", kPeer, &peer);
  stores.report(report, "record.store", "a record whose time stamps are there: the store alone", kPeer, &peer);
  spans.report(report, "span", "a span: two time stamps and a record", kPeer, &peer);
  stamps.report(report, "floor.time_stamp", "the time stamp alone", "", nullptr);
  report.add(median_rate(rates, "aggregate.records_per_s", "records/s",
                         "drains of 20,000 records of 4 stages, a slot closed every 25",
                         records * static_cast<std::uint64_t>(options.rounds)));
  const std::uint64_t lost = stores.lost() + values.lost() + spans.lost();
  if (lost > 0) say(std::to_string(lost) + " records found no room: they cost less than the others");
  return lost == 0;
}

void report_overhead(Report& report, const TelemetryBenchOptions& options) {
  const std::size_t pairs = options.pairs != 0 ? options.pairs : options.full ? 4'000 : 400;
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("sluice-bench-telemetry-" + std::to_string(std::random_device{}()));
  std::filesystem::create_directories(folder);
  say("overhead: " + std::to_string(pairs) + " pairs of 2,048 commands measured and 2,048 not");
  const Overhead overhead = measure_overhead(pairs, folder);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  // A block in which the thread was displaced costs more by itself: what is beyond the middle 80 % is left out on both
  // sides alike.
  Rounds off, differences;
  for (const Overhead::Pair& pair : overhead.pairs) {
    off.push_back(pair.off);
    differences.push_back(pair.on - pair.off);
  }
  const double base = trimmed_mean(off).mean;
  const Trimmed difference = trimmed_mean(differences);
  const auto percent = [&](double nanos) { return (nanos + overhead.aggregating) / base * 100; };
  Measure measure;
  measure.metric = "engine_overhead";
  measure.value = percent(difference.mean);
  measure.unit = "%";
  measure.samples = pairs;
  measure.workload =
      "CPU of measuring and aggregating per CPU of the executing thread, 100,000 commands/s in frames of 128";
  measure.confidence = {percent(difference.mean - difference.half), percent(difference.mean + difference.half)};
  report.add(measure);
  Measure without = median_rate(off, "engine_cpu_per_command", "ns", "the executing thread without measuring", pairs);
  without.lower_is_better = true;
  report.add(without);
  say("overhead: " + std::to_string(difference.mean) + " ns a command where it executes, " +
      std::to_string(overhead.aggregating) + " ns on telemetry's thread; " +
      (measure.confidence.high < 1 ? "below 1 % with 95 % confidence"
                                   : "not resolved: the interval reaches beyond 1 %"));
}

int run(const TelemetryBenchOptions& options) {
  Report report("telemetry", options.json, options.commit);
  const bool good = report_costs(report, options);
  report_overhead(report, options);
  report.print_disturbances();
  return good ? 0 : 1;
}

}  // namespace

}  // namespace sluice::bench

int main(int argc, char** argv) {
  sluice::bench::TelemetryBenchOptions options;
  std::string output = "text";
  CLI::App app("What measuring costs");
  app.add_option("--output", output, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.add_option("--commit", options.commit, "what was built");
  app.add_flag("--full", options.full, "4,000 pairs of blocks, not 400; 10 million records a round, not 2");
  app.add_option("--rounds", options.rounds, "rounds, at least 2")->check(CLI::Range(2, 100));
  app.add_option("--records", options.records, "records of a round; 0: by default");
  app.add_option("--pairs", options.pairs, "pairs of blocks with and without telemetry; 0: by default");
  CLI11_PARSE(app, argc, argv);
  options.json = output == "json";
  return sluice::bench::run(options);
}
