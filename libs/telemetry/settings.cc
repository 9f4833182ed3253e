#include "telemetry/settings.h"

namespace sluice::telemetry {

void Settings::add_to(runtime::Config& config) {
  config.key("objectives", objectives_,
             "latency objectives besides the defaults, as 'NAME: STAGE p99 < 50ms over 5s [for 5s] [kill MODE]', or "
             "'NAME: off'; docs/telemetry.md");
  config.key("history_s", history_s_, "seconds between two lines of the history of performance; 0 keeps none");
  config.key("history_days", history_days_, "days of that history that are kept; 0 keeps all");
  config.key("report_s", report_s_, "seconds between two reports of performance in the log; 0 for none");
  config.key("measuring", enabled_, "measure; kills, audit and what a kill objective watches are measured always");
}

Result<TelemetryOptions> Settings::options(const std::string& program, std::vector<Stage> stages, Labels labels,
                                           const std::filesystem::path& folder) const {
  if (history_s_ < 0 || report_s_ < 0)
    return Error{ErrorCode::kInvalidArgument, "history_s and report_s must not be negative"};
  auto objectives = configure_objectives(objectives_, stages);
  if (!objectives.ok()) return objectives.error();
  for (const Objective& objective : objectives.value()) {
    if (objective.kill && !stops_trade_)
      return Error{ErrorCode::kInvalidArgument, "objective '" + text_of(objective) +
                                                    "': this process cannot stop trade; give it to the command service "
                                                    "or an engine"};
  }
  TelemetryOptions options;
  options.program = program;
  options.stages = std::move(stages);
  options.objectives = std::move(objectives).value();
  options.labels = std::move(labels);
  if (history_s_ > 0) options.history = folder;
  options.history_every = Nanos{history_s_ * kNanosPerSecond};
  options.history_days = history_days_;
  options.report_every = Nanos{report_s_ * kNanosPerSecond};
  options.measuring = enabled_;
  return options;
}

}  // namespace sluice::telemetry
