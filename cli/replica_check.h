// replay_and_compare: the state that EVT alone gives, beside the one a live engine says it has. Used by `sluice replay`
// and the demo. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "domain/ids.h"
#include "engine/core/capacity.h"
#include "eventlog/event_log.h"

namespace sluice::cli {

/// What a live engine says of itself.
struct LiveState {
  std::string hash;
  std::uint64_t command_sequence = 0;
  std::uint64_t event_sequence = 0;
};

struct ReplayReport {
  std::uint64_t messages = 0, void_messages = 0;
  std::uint64_t command_sequence = 0;
  std::uint64_t events = 0;
  double seconds = 0;
  std::string hash;
  std::optional<LiveState> live;  // nullopt if the engine cannot be asked
  /// False if there is no live state at the same place: the log grew meanwhile.
  bool comparable() const {
    return live && live->command_sequence == command_sequence && live->event_sequence == messages;
  }
  bool equal() const { return comparable() && live->hash == hash; }
};

/// The engine's control port at `address`; nullopt if it does not answer within `patience` (a span).
std::optional<LiveState> live_state(const std::string& address, Nanos patience);

/// Folds the whole EVT of `shard`, then asks `live`, and follows to where the live engine stood. `progress(at, last)`
/// counts messages. Errors: as engine::start_replica and engine::catch_up.
Result<ReplayReport> replay_and_compare(eventlog::EventLog& log, ShardId shard, core::Capacity capacity,
                                        const std::function<std::optional<LiveState>()>& live,
                                        const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace sluice::cli
