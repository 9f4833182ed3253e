#include "bench/report.h"

#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

namespace sluice::bench {

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

}  // namespace

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

void Report::print_disturbances() const {
  rusage own{};
  rusage children{};
  ::getrusage(RUSAGE_SELF, &own);
  ::getrusage(RUSAGE_CHILDREN, &children);
  std::fprintf(stderr, "%s: %ld involuntary context switches here, %ld in ended children, %.2f s stolen; included\n",
               name_.c_str(), own.ru_nivcsw, children.ru_nivcsw, stolen_seconds() - stolen_before_);
}

Measure percentile(const telemetry::Histogram& nanos, double quantile, const std::string& metric,
                   const std::string& workload) {
  const auto n = static_cast<double>(nanos.count());
  // Ranks of the binomial interval around the quantile's.
  const double half = n == 0 ? 0 : 1.96 * std::sqrt(quantile * (1 - quantile) / n);
  const auto micros = [&](double q) { return static_cast<double>(nanos.quantile(std::clamp(q, 0.0, 1.0))) / 1e3; };
  return {.metric = metric,
          .value = micros(quantile),
          .unit = "us",
          .samples = nanos.count(),
          .workload = workload,
          .lower_is_better = true,
          .confidence = {micros(quantile - half), micros(quantile + half)},
          .reference = {},
          .reference_value = 0};
}

}  // namespace sluice::bench
