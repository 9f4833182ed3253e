// What the process exports besides executing: metrics and the ready file. Used by main.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/engine_status.h"
#include "telemetry/metrics.h"

namespace sluice::engine {

/// What an engine measures.
std::vector<telemetry::Stage> measured_stages();
/// Registers the metrics of one shard's engine; they read `status`, which must outlive the registry.
void register_metrics(telemetry::Registry& registry, ShardId shard, const EngineStatus& status);

}  // namespace sluice::engine
