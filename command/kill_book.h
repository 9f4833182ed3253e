// KillBook: what EVT says of kills, shard by shard: confirmations of a fan-out, engaged scopes, open release requests.
// Threads: any; one lock.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "domain/events.h"

namespace sluice::command {

/// Where a kill is recorded in one shard.
struct KillRecord {
  EvtSequence sequence;
  std::string chain;  // of that message, in hex
  std::uint64_t orders_cancelled = 0;
};
struct KillState {
  KillSwitchEngaged newest;
  bool engaged = false;
  KillMode mode = KillMode::kBlockAndCancel;  // the strictest since the scope was open
  Nanos since;
  EvtSequence sequence;
  std::vector<ReleaseRequested> open_releases;
  Uuid released_by;  // the request by which it is released; nil while it is engaged
};

class KillBook {
 public:
  /// `shards`: 0 until the log says how many there are; no kill counts as recorded before.
  explicit KillBook(std::uint16_t shards = 0) : shards_(shards) {}
  /// Once, before the first fold().
  void set_shards(std::uint16_t shards);

  void fold(ShardId shard, const Answer& answer, EvtSequence sequence, const Sha256& chain);

  std::optional<KillRecord> record(ShardId shard, const KillId& kill) const;
  /// Waits until every shard records `kill` or steady time `deadline`; true if they all do.
  bool wait_recorded(const KillId& kill, Nanos deadline) const;
  /// True if every shard records `kill`.
  bool recorded(const KillId& kill) const;
  /// Scopes that were ever engaged, by scope and key.
  std::vector<KillState> states(ShardId shard) const;
  /// Number of names of this scope that are stopped in a shard.
  std::uint64_t engaged(ShardId shard, KillScope scope) const;
  /// True if a scope of this shard stands released by the request `release`.
  bool released(ShardId shard, const Uuid& release) const;
  /// The newest kill of a scope in a shard.
  std::optional<KillState> state(ShardId shard, KillScope scope, const Name& key) const;

 private:
  using ScopeKey = std::pair<KillScope, Name>;
  struct Shard {
    std::map<KillId, KillRecord> records;
    std::map<ScopeKey, KillState> states;
  };
  bool recorded_locked(const KillId& kill) const;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<Shard> shards_;
};

}  // namespace sluice::command
