// Metrics as a scraper sees them. One thread.
#pragma once

#include <map>
#include <string>

namespace sluice::test {

/// `name{label="value",…}` as it is exported → value.
using Metrics = std::map<std::string, double>;

/// GET /metrics from `address` (host:port of the loopback); empty if it does not answer.
Metrics scrape(const std::string& address);

}  // namespace sluice::test
