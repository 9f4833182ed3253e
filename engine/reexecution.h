// Re-execution: the log's commands through the decision logic again, with latched kills as EVT places them, and every
// body compared with the one in EVT. What `sluice verify` does. One thread.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "engine/core/capacity.h"
#include "eventlog/event_log.h"

namespace sluice::engine {

struct ReexecutionReport {
  std::uint64_t answers = 0;      // of CMD messages and idle kills
  std::uint64_t equal = 0;        // same bytes
  std::uint64_t other_logic = 0;  // decided by another version of the logic: applied, not compared
  std::string first_difference;   // empty: none
};

/// Reads both streams from the beginning to their present end. `progress(at, last)` counts EVT messages. Errors: as of
/// EventFold and Reader; the first body that differs ends the check and stands in the report.
Result<ReexecutionReport> verify_by_reexecution(eventlog::EventLog& log, ShardId shard, core::Capacity capacity,
                                                const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace sluice::engine
