// scrape: the series of a service as its /metrics shows them; for tools and tests. Blocks; any thread.
#pragma once

#include <map>
#include <string>

#include "domain/money.h"

namespace sluice::telemetry {

/// `name{label="value",…}` as it is exported → value.
using Series = std::map<std::string, double>;

/// GET /metrics from `address` (host:port of the loopback), all series but those of the exporter itself; empty if it
/// does not answer within `timeout` (a span).
Series scrape(const std::string& address, Nanos timeout = Nanos{5 * kNanosPerSecond});

}  // namespace sluice::telemetry
