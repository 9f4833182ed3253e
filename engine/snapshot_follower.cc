#include "engine/snapshot_follower.h"

#include <sys/resource.h>
#include <unistd.h>

#include "runtime/clock.h"
#include "runtime/logging.h"

namespace sluice::engine {

namespace {
constexpr Nanos kWait{100 * kNanosPerMilli};
constexpr int kLowPriority = 10;
}  // namespace

SnapshotFollower::SnapshotFollower(eventlog::EventLog& log, ShardId shard, SnapshotStore& store,
                                   core::Capacity capacity, SnapshotPolicy policy, EngineStatus& status)
    : log_(log),
      shard_(shard),
      store_(store),
      capacity_(capacity),
      policy_(policy),
      status_(status),
      saved_at_(runtime::steady_now()) {}

void SnapshotFollower::run() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kLowPriority);
  while (!stop_.load(std::memory_order_acquire)) {
    auto replica =
        start_replica(log_, shard_, &store_, capacity_, "engine-snapshots-" + std::to_string(shard_.value()));
    if (!replica.ok()) {
      runtime::log_warn("no snapshots: cannot follow EVT",
                        {{"shard", shard_.value()}, {"why", replica.error().message}});
      bell_.wait(bell_.value(), Nanos{kNanosPerSecond});
      continue;
    }
    saved_sequence_ = replica.value().fold->last_sequence();
    while (!stop_.load(std::memory_order_acquire)) {
      const auto step = follow(replica.value(), kWait);
      if (!step.ok() && step.error().code == ErrorCode::kHalted) {
        runtime::log_error("snapshots halted", {{"shard", shard_.value()}, {"why", step.error().message}});
        return;
      }
      if (due(replica.value())) save(replica.value());
    }
  }
}

void SnapshotFollower::stop() {
  stop_.store(true, std::memory_order_release);
  bell_.ring();
}

bool SnapshotFollower::due(const Replica& replica) const {
  // Only after a complete answer: the fold and the state stand at its checkpoint.
  const std::uint64_t at = replica.fold->checkpoint().evt_sequence.value();
  if (at != replica.fold->last_sequence() || at <= saved_sequence_) return false;
  return at - saved_sequence_ >= policy_.every_messages || runtime::steady_now() - saved_at_ > policy_.every;
}

void SnapshotFollower::save(const Replica& replica) {
  const eventlog::Snapshot snapshot{replica.fold->checkpoint(), replica.engine->state_hash(), kLogicVersion,
                                    replica.engine->image()};
  saved_at_ = runtime::steady_now();
  saved_sequence_ = snapshot.checkpoint.evt_sequence.value();
  if (const Status saved = store_.save(snapshot); !saved.ok()) {
    runtime::log_warn("snapshot not saved", {{"shard", shard_.value()}, {"why", saved.error().message}});
    return;
  }
  status_.snapshots.fetch_add(1, std::memory_order_relaxed);
  runtime::log_info("snapshot saved",
                    {{"shard", shard_.value()}, {"cmd_sequence", snapshot.checkpoint.cmd_sequence.value()}});
}

}  // namespace sluice::engine
