#include "telemetry/telemetry.h"

#include <algorithm>

#include "runtime/logging.h"
#include "runtime/this_thread.h"

namespace sluice::telemetry {

namespace {

/// While much is recorded no ring may fill; else waking up would be most of what this costs.
constexpr Nanos kDrainBusy{10 * kNanosPerMilli};
constexpr std::uint64_t kDrainRecords = SpanRing::kEntries / 20;

/// As long as the present rate takes to bring so many records, and at most to the end of the slot.
Nanos until_next_drain(std::uint64_t records, Nanos passed, Nanos slot_left) {
  const double wait = static_cast<double>(passed.value()) * static_cast<double>(kDrainRecords) /
                      static_cast<double>(std::max<std::uint64_t>(records, 1));
  const Nanos most = std::max(slot_left, kDrainBusy);
  return wait < static_cast<double>(most.value()) ? std::max(Nanos{static_cast<std::int64_t>(wait)}, kDrainBusy) : most;
}

std::string value_text(const Objective& objective, std::uint64_t value) {
  if (info_of(objective.stage).unit == Unit::kCount) return std::to_string(value);
  return std::to_string(static_cast<double>(value) / 1e6) + " ms";
}

void log_change(const ObjectiveState& state) {
  const Objective& objective = state.objective;
  const std::string limit = value_text(objective, objective.threshold);
  if (!state.violated) {
    runtime::log_info("objective met again", {{"objective", objective.name}, {"limit", limit}});
    return;
  }
  runtime::log_warn("objective violated",
                    {{"objective", objective.name},
                     {"stage", name_of(objective.stage)},
                     {"quantile", kQuantileNames[objective.quantile]},
                     {"limit", limit},
                     {"value", state.value ? value_text(objective, *state.value) : "too few samples"},
                     {"max", value_text(objective, state.max)},
                     {"above", state.above},
                     {"samples", state.samples}});
}

/// What stops trade must see it: nobody disarms a kill by switching off what it watches.
SpansOptions keep_what_kills_watch(SpansOptions spans, const std::vector<Objective>& objectives) {
  for (const Objective& objective : objectives) {
    if (objective.kill) spans.kept.add(objective.stage);
  }
  return spans;
}

}  // namespace

Telemetry::Telemetry(TelemetryOptions options)
    : options_(std::move(options)),
      spans_(keep_what_kills_watch(options_.spans, options_.objectives)),
      aggregator_(spans_),
      objectives_(aggregator_, options_.objectives),
      history_(options_.history, options_.program, options_.history_days) {
  spans_.enable(options_.measuring);
  objectives_.add_hook(log_change);
}

Telemetry::~Telemetry() { stop(); }

InFlight& Telemetry::follow(Stage stage) {
  InFlight& in_flight = spans_.follow(stage);
  objectives_.watch(stage, in_flight);
  return in_flight;
}

void Telemetry::start() {
  if (thread_.joinable()) return;
  stop_.store(false, std::memory_order_relaxed);
  thread_ = std::thread([this] { run(); });
}

void Telemetry::stop() {
  if (!thread_.joinable()) return;
  stop_.store(true, std::memory_order_release);
  bell_.ring();
  thread_.join();
  aggregator_.drain();
  aggregator_.roll();
  keep_history(runtime::wall_now());
}

void Telemetry::run() {
  runtime::name_this_thread("telemetry");
  std::uint64_t before = 0;
  Nanos drained = runtime::steady_now();
  while (!stop_.load(std::memory_order_acquire)) {
    const std::uint32_t seen = bell_.value();
    const Nanos now = runtime::steady_now();
    try {
      turn(runtime::wall_now(), now);
    } catch (const std::exception& error) {
      if (turn_failures_.fetch_add(1, std::memory_order_relaxed) == 0)
        runtime::log_warn("telemetry failed and goes on", {{"why", error.what()}});
    }
    const std::uint64_t records = aggregator_.records();
    bell_.wait(seen, until_next_drain(records - before, now - drained, rolled_ + kSlot - now));
    before = records;
    drained = now;
  }
}

void Telemetry::turn(Nanos wall, Nanos steady) {
  aggregator_.drain();
  if (rolled_ == Nanos{0}) {
    rolled_ = reported_ = written_ = steady;
    keep_history(wall);
  }
  if (steady - rolled_ < kSlot) return;
  // As many slots as have passed, so that windows stay as long as they are called; beyond the longest it is all one.
  const std::int64_t passed = (steady - rolled_).value() / kSlot.value();
  for (std::int64_t i = 0; i < passed && i < static_cast<std::int64_t>(slots_of(Window::k60s)); ++i) aggregator_.roll();
  rolled_ = rolled_ + Nanos{passed * kSlot.value()};
  objectives_.evaluate(wall, steady);
  if (options_.report_every != Nanos{0} && steady - reported_ >= options_.report_every) {
    reported_ = steady;
    report();
  }
  if (steady - written_ >= options_.history_every) {
    written_ = steady;
    keep_history(wall);
  }
}

void Telemetry::report() {
  for (const Stage stage : options_.stages) {
    const Summary summary = aggregator_.summary(stage, Window::k60s);
    if (summary.samples == 0) continue;
    const bool nanos = info_of(stage).unit == Unit::kNanos;
    const auto text = [&](std::optional<std::uint64_t> value) {
      if (!value) return std::string("too few samples");
      return nanos ? std::to_string(static_cast<double>(*value) / 1e3) : std::to_string(*value);
    };
    runtime::log_info("performance of the last minute", {{"stage", name_of(stage)},
                                                         {"unit", nanos ? "us" : "count"},
                                                         {"count", summary.count},
                                                         {"samples", summary.samples},
                                                         {"mean", summary.mean / (nanos ? 1e3 : 1)},
                                                         {"p50", text(summary.quantiles[0])},
                                                         {"p95", text(summary.quantiles[1])},
                                                         {"p99", text(summary.quantiles[2])},
                                                         {"p99.9", text(summary.quantiles[3])},
                                                         {"max", text(summary.max)}});
  }
}

void Telemetry::keep_history(Nanos wall) {
  if (options_.history.empty()) return;
  const Status written = history_.write(aggregator_, wall);
  if (written.ok()) return;
  if (history_failures_.fetch_add(1, std::memory_order_relaxed) == 0)
    runtime::log_warn("no history of performance", {{"why", written.error().message}});
}

}  // namespace sluice::telemetry
