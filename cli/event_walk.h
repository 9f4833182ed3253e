// walk_events: a whole EVT stream as it is now, every message checked as every reader checks it. One thread.
#pragma once

#include <functional>

#include "base/result.h"
#include "eventlog/event_fold.h"
#include "eventlog/event_log.h"

namespace sluice::cli {

struct WalkedEvents {
  std::uint64_t messages = 0;  // void ones included
  std::uint64_t void_messages = 0;
};
struct WalkOptions {
  std::uint64_t until = 0;  // sequence of the last message to read; 0: where the stream ends now
  /// Asked after each visit; true ends the walk.
  std::function<bool()> done{};
  /// Told after each message, with `until`.
  std::function<void(std::uint64_t at, std::uint64_t until)> progress{};
};
/// Calls `visit` after each complete answer, control message or genesis of the shard, with the fold that holds it; its
/// last_sequence() is the message's. Errors: kHalted (the log breaks a rule), kUnavailable.
Result<WalkedEvents> walk_events(eventlog::EventLog& log, ShardId shard,
                                 const std::function<void(const eventlog::EventFold&)>& visit,
                                 const WalkOptions& options = {});

}  // namespace sluice::cli
