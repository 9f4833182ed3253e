// watch_for_record: finds a kill's record in the event log of every shard, with all checks of EventFold, and follows
// the log until it is there. One thread.
#pragma once

#include <atomic>

#include "cli/kill/progress.h"
#include "domain/uuid.h"
#include "eventlog/event_log.h"

namespace sluice::cli {

/// Tells `progress` of each shard that records `kill`. True when all do, false when `stop` was set. Errors: kHalted (a
/// shard's log breaks a rule), kUnavailable, kNotFound.
Result<bool> watch_for_record(eventlog::EventLog& log, const KillId& kill, EngageProgress& progress,
                              const std::atomic<bool>& stop);

}  // namespace sluice::cli
