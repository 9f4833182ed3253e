// Metrics of the command service. Used by main.
#pragma once

#include "command/command_service.h"
#include "telemetry/metrics.h"

namespace sluice::command {

/// Registers metrics that read `service` and `shards`, which must outlive the registry.
void register_metrics(telemetry::Registry& registry, const CommandService& service,
                      const std::vector<std::unique_ptr<ShardLink>>& shards);

}  // namespace sluice::command
