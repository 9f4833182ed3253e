// What the system says of this process and of the machine it runs on, read from /proc at each scrape.
#pragma once

#include "telemetry/metrics.h"

namespace sluice::telemetry {

/// Registers process_* (the names that monitoring expects of every process) and sluice_machine_*.
void register_process_metrics(Registry& registry);

}  // namespace sluice::telemetry
