// Metrics of the command service. Used by main.
#pragma once

#include "command/command_service.h"
#include "command/kill_fanout.h"
#include "telemetry/metrics.h"

namespace sluice::command {

/// Registers metrics that read `service` and `fanout`, which must outlive the registry.
void register_metrics(telemetry::Registry& registry, const CommandService& service, const KillFanout& fanout);
/// Those of one shard, likewise.
void register_metrics(telemetry::Registry& registry, ShardLink& link, const KillBook& kills);

}  // namespace sluice::command
