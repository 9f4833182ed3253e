// ProgressBoard: how far each shard's projection is, and who waits for it to come further. The other half of a token: a
// query that carries one is answered when every shard it names is there. Threads: any.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "domain/ids.h"
#include "domain/money.h"
#include "telemetry/stage_log.h"

namespace sluice::projections {

enum class ProjectionState : std::uint8_t {
  kStarting,    // comparing its checkpoint with the log
  kCatchingUp,  // behind the end of the log as it was at start
  kLive,
  kHalted,  // a rule of the log, or the database, is broken: see `halted`
};

struct ShardProgress {
  ProjectionState state = ProjectionState::kStarting;
  CmdSequence cmd_sequence;    // newest command message whose answer is in the views
  EvtSequence evt_sequence;    // newest event message in the views
  std::uint64_t log_last = 0;  // last event message known to be in the log
  std::uint64_t void_messages = 0;
  std::string halted;  // the named reason; empty while it runs
};

/// What a reader wants to have been seen: a command sequence a shard, by shard number.
using SeenToken = std::map<ShardId, CmdSequence>;

class ProgressBoard {
 public:
  explicit ProgressBoard(std::uint16_t shards) : shards_(shards), waiting_(shards) {
    for (std::uint16_t i = 0; i < shards; ++i) projected_.push_back(std::make_unique<telemetry::StageLog>(1));
  }

  std::uint16_t shards() const { return static_cast<std::uint16_t>(shards_.size()); }
  ShardProgress of(ShardId shard) const;
  /// True if every shard is live: what the health service says.
  bool all_live() const;

  /// `observer` is called after each announcement that changes a shard's state, on its projector's thread. Set before
  /// projectors start.
  void observe_states(std::function<void()> observer) { observer_ = std::move(observer); }

  /// Called by the shard's projector after each batch. Runs the callbacks of waiters who are now served.
  void announce(ShardId shard, const ShardProgress& progress);

  /// The answers of command messages `first`..`last` are in the views since `at` (Unix time). By the shard's projector.
  void mark_projected(ShardId shard, CmdSequence first, CmdSequence last, Nanos at);
  /// When the answer of a command message came into the views; 0 if it has not, or is forgotten.
  Nanos projected(ShardId shard, CmdSequence sequence) const;

  /// All shards in the token must exist.
  bool reached(const SeenToken& token) const;
  /// Blocks until the token is reached (true), or `timeout` (a span) has passed.
  bool wait(const SeenToken& token, Nanos timeout) const;

  /// Calls `callback` once when the token is reached: at once, if it is (then 0 is returned), else on a projector's
  /// thread, which it must not hold up. The number is for forget().
  std::uint64_t when_reached(SeenToken token, std::function<void()> callback);
  /// The callback will not start any more after this, unless it has started already. Unknown numbers are ignored.
  void forget(std::uint64_t waiter);

 private:
  struct Waiter {
    std::uint64_t id = 0;
    SeenToken token;
    std::function<void()> callback;
  };
  const std::pair<const ShardId, CmdSequence>* first_missing(const SeenToken& token) const;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<ShardProgress> shards_;
  std::vector<std::unique_ptr<telemetry::StageLog>> projected_;  // by shard; takes no lock
  // Each waiter stands in the queue of the first shard that keeps it waiting, in order of what it waits for.
  std::vector<std::multimap<CmdSequence, Waiter>> waiting_;
  std::uint64_t next_id_ = 1;
  std::function<void()> observer_;
};

}  // namespace sluice::projections
