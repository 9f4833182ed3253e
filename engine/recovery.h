// Recovery: newest snapshot whose checkpoint is in EVT → EVT to its end → kills of the unread CMD (docs/records.md §6).
// Used by an engine that starts, by one that was deposed, and by `sluice replay`. One caller.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/core/engine.h"
#include "engine/emergency_file.h"
#include "engine/snapshot_store.h"
#include "eventlog/event_fold.h"
#include "eventlog/event_log.h"

namespace sluice::engine {

/// An engine's state and its place in the log.
struct Replica {
  std::unique_ptr<core::Engine> engine;
  std::unique_ptr<eventlog::EventFold> fold;
  std::unique_ptr<eventlog::Reader> events;  // positioned behind the newest message folded
};

/// A replica at the newest snapshot that fits, or at genesis. `snapshots` may be null. Errors: kNotFound (no genesis),
/// kUnavailable, kHalted, kCorrupt.
Result<Replica> start_replica(eventlog::EventLog& log, ShardId shard, const SnapshotStore* snapshots,
                              core::Capacity capacity, const std::string& reader_name);

/// Takes the next EVT message into the replica. kTimeout if there is none within `timeout`; kHalted for a misfit.
Result<eventlog::EventFold::Step> follow(Replica& replica, Nanos timeout);

/// Follows to the end of EVT as it is now. `on_message` is called after each answer, and once a second when none comes,
/// with the sequence reached and the last one; returning false cancels. Reads and verifies ahead on a second thread, so
/// that after an error the replica's fold may be ahead of its engine: it must be discarded.
Status catch_up(eventlog::EventLog& log, Replica& replica,
                const std::function<bool(std::uint64_t, std::uint64_t)>& on_message);

/// The CMD message of the replica's newest answer must still be the one that was answered: a log that lost its tail and
/// was refilled looks long enough. Errors: kHalted ("refilled"), kUnavailable.
Status check_cmd_tail(eventlog::EventLog& log, const Replica& replica);

/// Kills in CMD messages behind `after`: an engine latches them before it executes anything, so that no order that
/// stands before a kill in the unread log is executed after it was engaged.
Result<std::vector<core::LatchedKill>> unread_kills(eventlog::EventLog& log, const Genesis& genesis, CmdSequence after);

/// What a new owner engages before it executes anything, oldest first: the kills of the emergency file that EVT does
/// not record, then those of the unread CMD. Ask after the engine's role says owner: a kill that comes in between is in
/// the latch.
Result<std::vector<core::LatchedKill>> opening_kills(eventlog::EventLog& log, const Genesis& genesis,
                                                     const core::Engine& engine, EmergencyFile& emergency);
/// Takes the kills out of the emergency file that EVT records.
void take_out_recorded(EmergencyFile& emergency, const core::Engine& engine);

}  // namespace sluice::engine
