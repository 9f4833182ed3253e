// Telemetry: all of it for one process: spans, their aggregation on a thread of its own, objectives, and what is told
// to the outside: metrics, a report in the log, a history on disk. A part that fails is counted and logged once; it
// never reaches whoever measures.
//
// Threads: construction, start() and stop() one; spans() any; the rest any.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "runtime/clock.h"
#include "runtime/doorbell.h"
#include "telemetry/aggregator.h"
#include "telemetry/history.h"
#include "telemetry/metrics.h"
#include "telemetry/objectives.h"
#include "telemetry/spans.h"

namespace sluice::telemetry {

struct TelemetryOptions {
  std::string program;        // engine-0: its name in histories and reports
  std::vector<Stage> stages;  // that this process measures: exported from the start
  std::vector<Objective> objectives{};
  Labels labels{};                  // of everything exported
  std::filesystem::path history{};  // folder; empty: none is kept
  Nanos history_every{10 * kNanosPerSecond};
  std::uint64_t history_days = 30;           // files kept; 0: all
  Nanos report_every{60 * kNanosPerSecond};  // 0: no report
  bool measuring = true;                     // switched on at the start
  SpansOptions spans{};
};

class Telemetry {
 public:
  explicit Telemetry(TelemetryOptions options);
  /// Stops.
  ~Telemetry();
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;

  Spans& spans() { return spans_; }
  const Spans& spans() const { return spans_; }
  const Aggregator& aggregator() const { return aggregator_; }
  Objectives& objectives() { return objectives_; }
  const Objectives& objectives() const { return objectives_; }
  const TelemetryOptions& options() const { return options_; }
  /// Spans::follow(); what is in flight is exported, and objectives see it. Before register_metrics() and start().
  InFlight& follow(Stage stage);

  /// Registers everything; this outlives the registry.
  void register_metrics(Registry& registry);
  void start();
  /// Folds what has been recorded and writes the last line of the history. Idempotent; may be started again.
  void stop();

  /// One turn of the thread, for tests: drain, and with it whatever is due.
  void turn(Nanos wall, Nanos steady);

 private:
  void run();
  void report();
  void keep_history(Nanos wall);
  void register_stage(Registry& registry, const StageInfo& info);
  void register_objectives(Registry& registry);
  void register_own(Registry& registry);
  Labels labels(const Labels& more) const;

  const TelemetryOptions options_;
  Spans spans_;
  Aggregator aggregator_;
  Objectives objectives_;
  HistoryWriter history_;
  std::atomic<std::uint64_t> history_failures_{0};
  std::atomic<std::uint64_t> turn_failures_{0};
  Nanos rolled_;
  Nanos reported_;
  Nanos written_;
  std::atomic<bool> stop_{false};
  runtime::Doorbell bell_;
  std::thread thread_;
};

}  // namespace sluice::telemetry
