#include "command/objective_kills.h"

#include "runtime/logging.h"
#include "telemetry/objective_kill.h"

namespace sluice::command {

telemetry::Objectives::Hook killing_by(KillFanout& fanout, Nanos wait) {
  return [&fanout, wait](const telemetry::ObjectiveState& state) {
    if (!state.violated || !state.objective.kill) return;
    const telemetry::ObjectiveKill asked = telemetry::kill_of(state);
    fanout.start(asked.kill, asked.by, wait);
    runtime::log_error("an objective stops trade", {{"objective", telemetry::text_of(state.objective)},
                                                    {"kill_id", to_string(asked.kill.kill_id)},
                                                    {"scope", name_of(asked.kill.scope)},
                                                    {"key", asked.kill.key.str()}});
  };
}

}  // namespace sluice::command
