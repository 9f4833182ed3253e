#include "bench/report.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "base/invariant.h"

namespace sluice::bench {

using telemetry::Histogram;

namespace {

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown CPU";
}

std::string machine() {
  utsname system{};
  ::uname(&system);
  return std::to_string(std::thread::hardware_concurrency()) + " x " + cpu_model() + ", " + system.sysname + " " +
         system.release;
}

/// Seconds that the hypervisor kept from this machine, all CPUs together.
double stolen_seconds() {
  std::ifstream file("/proc/stat");
  std::string label;
  double ticks = 0;
  file >> label;
  for (int column = 0; column < 8; ++column) file >> ticks;
  return file ? ticks / 100.0 : 0.0;
}

double median(Rounds rounds) {
  INVARIANT(!rounds.empty());
  std::sort(rounds.begin(), rounds.end());
  const std::size_t middle = rounds.size() / 2;
  return rounds.size() % 2 == 1 ? rounds[middle] : (rounds[middle - 1] + rounds[middle]) / 2;
}

/// The factor by which the 95 % interval of a few positive values reaches up and down. On a shared machine noise
/// multiplies, and one bad round is far above, never as far below, the others: hence of their logarithms.
double spread_factor(const Rounds& rounds) {
  // Student's t, two-sided 95 %, by degrees of freedom from 1 on; more degrees than there are here take the last.
  constexpr std::array kStudent{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262};
  constexpr double kLeast = 1e-3;
  const std::size_t n = rounds.size();
  if (n < 2) return 1;
  double mean = 0;
  for (const double value : rounds) mean += std::log(std::max(value, kLeast)) / static_cast<double>(n);
  double squares = 0;
  for (const double value : rounds) squares += std::pow(std::log(std::max(value, kLeast)) - mean, 2);
  const double deviation = std::sqrt(squares / static_cast<double>(n - 1));
  return std::exp(kStudent[std::min(n - 2, kStudent.size() - 1)] * deviation / std::sqrt(static_cast<double>(n)));
}

}  // namespace

void say(const std::string& what) {
  std::string_view program = program_invocation_short_name;
  program.remove_prefix(std::min(std::string_view("bench_").size(), program.size()));
  std::fprintf(stderr, "bench %s: %s\n", program.data(), what.c_str());
}

Report::Report(std::string name, bool json, std::string commit)
    : name_(std::move(name)),
      json_(json),
      commit_(std::move(commit)),
      machine_(machine()),
      stolen_before_(stolen_seconds()) {
  if (!json_) std::printf("%s on %s, commit %s\n", name_.c_str(), machine_.c_str(), commit_.c_str());
}

void Report::add(const Measure& m) {
  using nlohmann::ordered_json;
  const bool referred = !m.reference.empty() && m.reference_value > 0;
  const double ratio = referred ? m.value / m.reference_value : 0;
  INVARIANT(m.confidence.low <= m.value);
  INVARIANT(m.value <= m.confidence.high);
  if (json_) {
    const ordered_json line{{"name", name_},
                            {"metric", m.metric},
                            {"value", m.value},
                            {"unit", m.unit},
                            {"samples", m.samples},
                            {"workload", m.workload},
                            {"reference", referred ? ordered_json(m.reference) : ordered_json()},
                            {"reference_value", referred ? ordered_json(m.reference_value) : ordered_json()},
                            {"ratio", referred ? ordered_json(ratio) : ordered_json()},
                            {"better", m.lower_is_better ? "lower" : "higher"},
                            {"ci_low", m.confidence.low},
                            {"ci_high", m.confidence.high},
                            {"machine", machine_},
                            {"commit", commit_}};
    std::printf("%s\n", line.dump().c_str());
  } else {
    std::printf("%-44s %12.1f %-10s [%.1f, %.1f] n=%llu", m.metric.c_str(), m.value, m.unit.c_str(), m.confidence.low,
                m.confidence.high, static_cast<unsigned long long>(m.samples));
    if (referred) std::printf("  %.2f x %s (%.1f)", ratio, m.reference.c_str(), m.reference_value);
    std::printf("  %s\n", m.workload.c_str());
  }
  std::fflush(stdout);
}

void Report::add_count(const std::string& metric, std::uint64_t count, const std::string& workload) {
  Measure measure;
  measure.metric = metric;
  measure.value = static_cast<double>(count);
  measure.unit = "count";
  measure.samples = 1;
  measure.workload = workload;
  measure.confidence = {measure.value, measure.value};
  add(measure);
}

void Report::add_tail(Histogram nanos, const std::string& metric, const std::string& workload,
                      const std::string& reference, const std::vector<Histogram>& floor) {
  constexpr std::array<std::pair<double, const char*>, 6> kQuantiles{
      {{0.5, "p50"}, {0.99, "p99"}, {0.999, "p99.9"}, {0.9997, "p99.97"}, {0.9999, "p99.99"}, {1.0, "max"}}};
  if (nanos.count() == 0) return;
  std::vector<Histogram> samples;
  samples.push_back(std::move(nanos));
  std::vector<const std::vector<Histogram>*> parts;
  if (!floor.empty()) parts.push_back(&floor);
  for (const auto& [quantile, label] : kQuantiles) {
    const bool resolved = quantile == 1.0 || samples.front().resolves(quantile);
    add(percentile(samples, quantile, metric + "." + label,
                   workload + (resolved ? "" : "; fewer than ten samples beyond it"), reference, parts, "ns"));
  }
}

void Report::print_disturbances() const {
  rusage own{};
  rusage children{};
  ::getrusage(RUSAGE_SELF, &own);
  ::getrusage(RUSAGE_CHILDREN, &children);
  std::fprintf(stderr, "%s: %ld involuntary context switches here, %ld in ended children, %.2f s stolen; included\n",
               name_.c_str(), own.ru_nivcsw, children.ru_nivcsw, stolen_seconds() - stolen_before_);
}

Interval interval_of(double value, const Rounds& rounds, const Rounds& references) {
  INVARIANT(references.empty() || references.size() == rounds.size());
  Rounds ratios;
  for (std::size_t i = 0; i < references.size(); ++i) ratios.push_back(rounds[i] / std::max(references[i], 1e-9));
  const double factor = std::max(spread_factor(rounds), spread_factor(ratios));
  return {value / factor, value * factor};
}

Histogram merged(const std::vector<Histogram>& rounds) {
  Histogram all;
  for (const Histogram& round : rounds) all.merge(round);
  return all;
}

Measure percentile(const std::vector<Histogram>& rounds, double quantile, const std::string& metric,
                   const std::string& workload, const std::string& reference,
                   const std::vector<const std::vector<Histogram>*>& parts, const std::string& unit) {
  INVARIANT(unit == "us" || unit == "ns");
  const auto read = [&](const Histogram& nanos, double of) {
    return static_cast<double>(nanos.quantile(of)) / (unit == "us" ? 1e3 : 1.0);
  };
  const Histogram all = merged(rounds);
  double reference_value = 0;
  Rounds values, references(parts.empty() ? 0 : rounds.size());
  for (const Histogram& round : rounds) values.push_back(read(round, quantile));
  for (const auto* part : parts) {
    reference_value += read(merged(*part), quantile);
    for (std::size_t i = 0; i < rounds.size(); ++i) references[i] += read(part->at(i), quantile);
  }
  const double value = read(all, quantile);
  const Interval spread = interval_of(value, values, references);
  // Ranks of the binomial interval around the quantile's.
  const auto n = static_cast<double>(all.count());
  const double half = n == 0 ? 0 : 1.96 * std::sqrt(quantile * (1 - quantile) / n);
  return {.metric = metric,
          .value = value,
          .unit = unit,
          .samples = all.count(),
          .workload = workload,
          .lower_is_better = true,
          .confidence = {std::min(spread.low, read(all, std::max(quantile - half, 0.0))),
                         std::max(spread.high, read(all, std::min(quantile + half, 1.0)))},
          .reference = reference,
          .reference_value = reference_value};
}

Measure median_rate(const Rounds& rounds, const std::string& metric, const std::string& unit,
                    const std::string& workload, std::uint64_t samples, const std::string& reference,
                    const Rounds& references) {
  const double value = median(rounds);
  const double reference_value = references.empty() ? 0 : median(references);
  return {.metric = metric,
          .value = value,
          .unit = unit,
          .samples = samples,
          .workload = workload,
          .lower_is_better = false,
          .confidence = interval_of(value, rounds, references),
          .reference = reference,
          .reference_value = reference_value};
}

}  // namespace sluice::bench
