// ShardEngine: the life of one shard's engine process: recover, take the shard, execute, and when another takes it
// over, begin again as standby. Owns the threads. Used by main on one thread.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "engine/core/engine.h"
#include "engine/emergency_file.h"
#include "engine/engine_status.h"
#include "engine/snapshot_follower.h"
#include "eventlog/event_log.h"
#include "eventlog/event_writer.h"
#include "runtime/doorbell.h"

namespace sluice::engine {

struct ShardEngineOptions {
  ShardId shard;
  std::filesystem::path data_dir;  // snapshots and the emergency file
  core::Capacity capacity;
  std::size_t frame_slots = 64;   // frames read ahead
  std::size_t answer_slots = 64;  // answers not yet taken by the publisher
  runtime::WaitStrategy wait = runtime::WaitStrategy::kBlock;
  SnapshotPolicy snapshots;
  Nanos hold_after{500 * kNanosPerMilli};
  Nanos clock_step_max{2 * kNanosPerSecond};
  Nanos drain{2 * kNanosPerSecond};
  std::string standby_of;  // control address of the engine to stand by for; empty: take the shard at once
  Nanos takeover_after{kNanosPerSecond};  // how long that engine must be unreachable
};

class ShardEngine {
 public:
  ShardEngine(eventlog::EventLog& log, ShardEngineOptions options);
  ~ShardEngine();

  /// Runs until stop(). Returns ok after a clean stop; kHalted or kCorrupt with the named reason if the log cannot be
  /// trusted.
  Status run();
  void stop();

  core::KillLatch& latch() { return latch_; }
  runtime::Doorbell& executor_bell() { return executor_bell_; }
  EmergencyFile& emergency() { return emergency_; }
  EngineStatus& status() { return status_; }

 private:
  Status recover(Replica& replica, SnapshotStore& store);
  Status stand_by(Replica& replica);
  /// Takes the kills out of the emergency file that EVT records.
  void take_out_recorded(const core::Engine& engine);
  /// Appends EpochStarted; while another owner writes, reads on and tries again.
  Status take_shard(eventlog::EventWriter& writer, Replica& replica);
  Status own(Replica& replica, SnapshotStore& store);

  eventlog::EventLog& log_;
  const ShardEngineOptions options_;
  core::KillLatch latch_;
  runtime::Doorbell executor_bell_;
  runtime::Doorbell stop_bell_;
  EmergencyFile emergency_;
  EngineStatus status_;
  bool standby_ = false;
  std::atomic<bool> stop_{false};
};

}  // namespace sluice::engine
