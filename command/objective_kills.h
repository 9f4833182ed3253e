// Kills that a violated objective asks for: to every shard by both paths, as any kill. Thread: the one of telemetry.
#pragma once

#include "command/kill_fanout.h"
#include "telemetry/objectives.h"

namespace sluice::command {

/// For Objectives::add_hook(). Does not block. `fanout` outlives it; `wait`: how long (a span) a kill is followed.
telemetry::Objectives::Hook killing_by(KillFanout& fanout, Nanos wait);

}  // namespace sluice::command
