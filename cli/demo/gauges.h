// Gauges: how a whole system is at one moment, and how that looks. Values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/load/latency_summary.h"
#include "domain/money.h"

namespace sluice::cli {

struct EngineGauge {
  bool reached = false;
  std::string role;
  std::uint64_t epoch = 0, command_sequence = 0, event_sequence = 0;
  std::vector<std::string> holds;
};

/// A shard's projection beside its event log. `behind_since`: the span since the log was first seen to hold more than
/// the read models do now; 0 if it does not.
struct ProjectionGauge {
  std::uint64_t log_last = 0, projected = 0;
  Nanos behind_since;
  std::string halted;
  std::uint64_t behind() const { return log_last > projected ? log_last - projected : 0; }
};

struct BookGauge {
  struct Side {
    std::int64_t price = 0, quantity = 0;  // 0: nobody
  };
  std::string symbol;
  bool known = false;
  Side bid, ask;
  std::int64_t last_price = 0;
};

/// A scope that is engaged, or that somebody asked to be, over all shards.
struct KillGauge {
  std::string scope, key, by;
  std::uint32_t engaged_in = 0;  // shards whose log records it
};

/// What a load on this side of the gRPC says; no load: empty.
struct FlowGauge {
  std::string name;
  std::uint64_t sent = 0, answered = 0;
  load::LatencySummary latency;
  std::vector<load::StageSummary> stages;
};

struct Gauges {
  double seconds = 0;  // since somebody looks
  std::string title;   // what goes on
  bool query_reached = false, kills_reached = false, kills_complete = false;
  double commands_per_second = 0, events_per_second = 0;
  std::vector<EngineGauge> engines;          // by shard
  std::vector<ProjectionGauge> projections;  // by shard
  BookGauge book;
  std::vector<KillGauge> kills;
  FlowGauge flow;
};

/// The panel, `columns` wide at most: rates, engines, projection lag, top of book, kills, latencies by stage.
std::vector<std::string> panel_of(const Gauges& gauges, std::size_t columns);

}  // namespace sluice::cli
