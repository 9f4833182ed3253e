// The kill that a violated objective asks for. Threads: any.
#pragma once

#include "domain/commands.h"
#include "telemetry/objectives.h"

namespace sluice::telemetry {

struct ObjectiveKill {
  EngageKillSwitch kill;  // with a new id
  Principal by;           // objective:NAME
};
/// `state` has a trigger.
ObjectiveKill kill_of(const ObjectiveState& state);

}  // namespace sluice::telemetry
