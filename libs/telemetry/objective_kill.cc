#include "telemetry/objective_kill.h"

#include "runtime/ids.h"

namespace sluice::telemetry {

ObjectiveKill kill_of(const ObjectiveState& state) {
  INVARIANT(state.objective.kill.has_value());
  const KillTrigger& trigger = *state.objective.kill;
  ObjectiveKill asked;
  asked.kill.kill_id = runtime::new_uuid();
  asked.kill.scope = trigger.scope;
  asked.kill.mode = trigger.mode;
  asked.kill.key = *Name::from(trigger.key);
  asked.kill.reason = *Note::from("objective " + state.objective.name + " is violated");
  asked.by = *Principal::from("objective:" + state.objective.name);
  return asked;
}

}  // namespace sluice::telemetry
