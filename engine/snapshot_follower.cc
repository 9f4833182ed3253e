#include "engine/snapshot_follower.h"

#include "runtime/clock.h"
#include "runtime/logging.h"
#include "runtime/this_thread.h"

namespace sluice::engine {

namespace {
constexpr Nanos kWait{100 * kNanosPerMilli};
constexpr Nanos kLookEvery{500 * kNanosPerMilli};
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
  runtime::step_behind_order_path(10);
  Replica replica;
  while (!stop_.load(std::memory_order_acquire)) {
    const std::uint32_t seen = bell_.value();
    if (replica.engine == nullptr) {
      auto started = start_replica(log_, shard_, &store_, capacity_, reader_name());
      if (started.ok()) {
        replica = std::move(started).value();
        saved_sequence_ = replica.fold->last_sequence();
      } else {
        runtime::log_warn("no snapshots: cannot follow EVT",
                          {{"shard", shard_.value()}, {"why", started.error().message}});
      }
    }
    if (replica.engine != nullptr && !advance(replica)) return;
    bell_.wait(seen, kLookEvery);
  }
}

/// Takes in what the engine has had acknowledged since the last look. The reader goes afterwards: while there is one,
/// the broker hands it every message as it comes, and each is a wake-up beside the order path. False if EVT halts it.
bool SnapshotFollower::advance(Replica& replica) {
  const std::uint64_t target = status_.evt_acknowledged.load(std::memory_order_acquire);
  while (replica.fold->last_sequence() < target && !stop_.load(std::memory_order_acquire)) {
    if (replica.events == nullptr) {
      replica.events =
          log_.open_reader(reader_name(), {eventlog::StreamKind::kEvent, shard_}, replica.fold->last_sequence() + 1);
    }
    const auto step = follow(replica, kWait);
    if (!step.ok() && step.error().code == ErrorCode::kHalted) {
      runtime::log_error("snapshots halted", {{"shard", shard_.value()}, {"why", step.error().message}});
      return false;
    }
    if (due(replica)) save(replica);
  }
  replica.events.reset();
  if (due(replica)) save(replica);
  return true;
}

std::string SnapshotFollower::reader_name() const { return "engine-snapshots-" + std::to_string(shard_.value()); }

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
