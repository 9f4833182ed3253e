// SnapshotFollower: folds EVT with a state of its own, twice a second, and saves it from time to time, on a
// low-priority thread: the executing thread never pays for a snapshot.
#pragma once

#include <atomic>
#include <string>

#include "engine/engine_status.h"
#include "engine/recovery.h"
#include "runtime/doorbell.h"

namespace sluice::engine {

struct SnapshotPolicy {
  std::uint64_t every_messages = 100'000;  // EVT messages between two
  Nanos every{30 * kNanosPerSecond};       // or this long, if there was any
};

class SnapshotFollower {
 public:
  SnapshotFollower(eventlog::EventLog& log, ShardId shard, SnapshotStore& store, core::Capacity capacity,
                   SnapshotPolicy policy, EngineStatus& status);
  void run();
  void stop();

 private:
  bool advance(Replica& replica);
  std::string reader_name() const;
  bool due(const Replica& replica) const;
  void save(const Replica& replica);

  eventlog::EventLog& log_;
  const ShardId shard_;
  SnapshotStore& store_;
  const core::Capacity capacity_;
  const SnapshotPolicy policy_;
  EngineStatus& status_;
  std::uint64_t saved_sequence_ = 0;
  Nanos saved_at_;
  runtime::Doorbell bell_;
  std::atomic<bool> stop_{false};
};

}  // namespace sluice::engine
