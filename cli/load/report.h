// What a load says of itself: first how late its sender was, then the system's figures. Pure functions; any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/load/load_run.h"

namespace sluice::load {

struct Percentile {
  const char* name;
  double quantile;
};
inline constexpr Percentile kPercentiles[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}};

/// One line that tells what was asked for.
std::string describe(const LoadOptions& options, std::size_t connections);
/// What makes the figures doubtful, a sentence each; the sender's own lateness first. Empty: nothing.
std::vector<std::string> warnings(const LoadResult& result);
/// `12.3 us`, with three digits that mean something.
std::string format_nanos(std::uint64_t nanos);

std::string report_text(const LoadOptions& options, std::size_t connections, const LoadResult& result);
/// Percentiles in nanoseconds; null where fewer than ten samples lie beyond one.
nlohmann::ordered_json report_json(const LoadOptions& options, std::size_t connections, const LoadResult& result);
/// Header `series,value_ns,quantile,count`: every bucket in use of latency, response and lateness; count is cumulative.
std::string distribution_csv(const LoadResult& result);
/// Header `second,sent,answered,killed,lateness_max_ns,latency_p50_ns,latency_p99_ns,latency_max_ns`; a second is the
/// one in which the commands were meant to be sent.
std::string seconds_csv(const LoadResult& result);
/// One page without anything from elsewhere: figures, latency by percentile, over time, and by stage.
std::string report_html(const LoadOptions& options, std::size_t connections, const LoadResult& result);

}  // namespace sluice::load
