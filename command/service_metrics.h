// Metrics of the command service. Used by main.
#pragma once

#include "audit/service_audit.h"
#include "command/command_service.h"
#include "command/kill_fanout.h"
#include "telemetry/metrics.h"
#include "telemetry/stages.h"

namespace sluice::command {

/// What a command service measures.
std::vector<telemetry::Stage> measured_stages();
/// Registers metrics that read `service` and `fanout`, which must outlive the registry.
void register_metrics(telemetry::Registry& registry, const CommandService& service, const KillFanout& fanout);
/// Those of one shard, likewise.
void register_metrics(telemetry::Registry& registry, ShardLink& link, const KillBook& kills);

/// Those of the audit, likewise.
void register_metrics(telemetry::Registry& registry, const audit::ServiceAudit& audit);

}  // namespace sluice::command
