// What Telemetry exports.
#include <limits>

#include "telemetry/telemetry.h"

namespace sluice::telemetry {

namespace {

/// Of a unit of the stage in the exported base unit.
double scale_of(const StageInfo& info) { return info.unit == Unit::kNanos ? 1e-9 : 1.0; }

}  // namespace

Labels Telemetry::labels(const Labels& more) const {
  Labels all = options_.labels;
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

void Telemetry::register_metrics(Registry& registry) {
  for (const Stage stage : options_.stages) register_stage(registry, info_of(stage));
  register_objectives(registry);
  register_own(registry);
}

void Telemetry::register_stage(Registry& registry, const StageInfo& info) {
  std::vector<double> bounds;
  for (const std::uint64_t bound : info.bounds) bounds.push_back(static_cast<double>(bound) * scale_of(info));
  registry.histogram_function(
      std::string(info.metric), std::string(info.help), std::move(bounds),
      [this, &info] {
        BucketTotals totals = aggregator_.totals(info.stage);
        totals.sum *= scale_of(info);
        return totals;
      },
      options_.labels);
  if (const InFlight* in_flight = spans_.followed(info.stage)) {
    registry.gauge_function(
        "oldest_inflight_seconds", "Age of the oldest piece of work that a stage has begun and not ended, to 20 ms.",
        [in_flight] {
          return static_cast<double>(in_flight->older_than(Nanos{}, runtime::steady_now()).oldest.value()) * 1e-9;
        },
        labels({{"stage", std::string(info.name)}}));
  }
  if (info.unit != Unit::kNanos) return;
  for (std::size_t i = 0; i < kQuantiles.size(); ++i) {
    registry.gauge_function(
        "sluice_stage_quantile_seconds",
        "Quantile of a stage over the last 60 s, not rounded to a bucket; NaN while there are too few samples for it.",
        [this, &info, i] {
          const auto value = aggregator_.summary(info.stage, Window::k60s).quantiles[i];
          return value ? static_cast<double>(*value) * 1e-9 : std::numeric_limits<double>::quiet_NaN();
        },
        labels({{"stage", std::string(info.name)}, {"percentile", std::string(kQuantileNames[i]).substr(1)}}));
  }
}

void Telemetry::register_objectives(Registry& registry) {
  const std::vector<ObjectiveState> states = objectives_.states();
  for (std::size_t i = 0; i < states.size(); ++i) {
    const Objective& objective = states[i].objective;
    const Labels which = labels({{"objective", objective.name},
                                 {"stage", std::string(name_of(objective.stage))},
                                 {"percentile", std::string(kQuantileNames[objective.quantile]).substr(1)}});
    registry.gauge_function(
        "sluice_objective_violated", "1 while an objective is violated.",
        [this, i] { return objectives_.states()[i].violated ? 1.0 : 0.0; }, which);
    registry.counter_function(
        "sluice_objective_violations_total", "Violations of an objective that began since the start.",
        [this, i] { return static_cast<double>(objectives_.states()[i].violations); }, which);
    registry.gauge_function(
        "sluice_objective_limit", "Limit of an objective, in seconds, or in the unit of a stage that is a count.",
        [limit = static_cast<double>(objective.threshold) * scale_of(info_of(objective.stage))] { return limit; },
        which);
  }
}

void Telemetry::register_own(Registry& registry) {
  registry.counter_function(
      "sluice_telemetry_records_total", "Spans and values taken from the rings of all threads.",
      [this] { return static_cast<double>(aggregator_.records()); }, options_.labels);
  registry.counter_function(
      "sluice_telemetry_lost_total", "Spans and values that found no room, or came from a thread without a ring.",
      [this] { return static_cast<double>(spans_.lost()); }, options_.labels);
  registry.gauge_function(
      "sluice_telemetry_sampling", "One span in so many is recorded by the most overloaded thread; 1: all are.",
      [this] { return static_cast<double>(spans_.sampling()); }, options_.labels);
  registry.gauge_function(
      "sluice_telemetry_enabled",
      "1 unless measuring has been switched off; kills, audit and what a kill objective watches are measured always.",
      [this] { return spans_.enabled() ? 1.0 : 0.0; }, options_.labels);
  registry.counter_function(
      "sluice_telemetry_failures_total", "Parts of telemetry that failed, and were left out.",
      [this] { return static_cast<double>(objectives_.hook_failures()); }, labels({{"part", "hook"}}));
  registry.counter_function(
      "sluice_telemetry_failures_total", "Parts of telemetry that failed, and were left out.",
      [this] { return static_cast<double>(history_failures_.load(std::memory_order_relaxed)); },
      labels({{"part", "history"}}));
  registry.counter_function(
      "sluice_telemetry_failures_total", "Parts of telemetry that failed, and were left out.",
      [this] { return static_cast<double>(turn_failures_.load(std::memory_order_relaxed)); },
      labels({{"part", "turn"}}));
}

}  // namespace sluice::telemetry
