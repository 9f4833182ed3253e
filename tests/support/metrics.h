// Metrics as a scraper sees them. One thread.
#pragma once

#include "telemetry/scrape.h"

namespace sluice::test {

using Metrics = telemetry::Series;
using telemetry::scrape;

}  // namespace sluice::test
