// ShardEngine: the life of one shard's engine process: recover, take the shard, execute, and when another takes it
// over, begin again as standby. Owns the threads. Used by main on one thread.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "audit/audit_sink.h"
#include "audit/service_audit.h"
#include "engine/audit_trail.h"
#include "engine/core/engine.h"
#include "engine/emergency_file.h"
#include "engine/engine_status.h"
#include "engine/kill_desk.h"
#include "engine/snapshot_follower.h"
#include "eventlog/event_log.h"
#include "eventlog/event_writer.h"
#include "runtime/clock.h"
#include "runtime/doorbell.h"

namespace sluice::engine {

struct ShardEngineOptions {
  ShardId shard;
  std::filesystem::path data_dir;  // snapshots, the emergency file and the audit
  core::Capacity capacity;
  std::size_t frame_slots = 64;   // frames read ahead
  std::size_t answer_slots = 64;  // answers not yet taken by the publisher
  runtime::WaitStrategy wait = runtime::WaitStrategy::kBlock;
  SnapshotPolicy snapshots;
  std::uint64_t audit_segments_kept = 0;  // 0: all
  audit::Configuration configuration{};   // for the audit
  Nanos hold_after{500 * kNanosPerMilli};
  Nanos heartbeat_hold_after{};  // of the operators; 0: none is wanted
  Nanos clock_step_max{2 * kNanosPerSecond};
  Nanos drain{2 * kNanosPerSecond};
  std::string standby_of;  // control address of the engine to stand by for; empty: take the shard at once
  Nanos takeover_after{kNanosPerSecond};  // how long that engine must be unreachable
};

class ShardEngine {
 public:
  /// `spans` outlives it.
  ShardEngine(eventlog::EventLog& log, telemetry::Spans& spans, ShardEngineOptions options);
  ~ShardEngine();

  /// Runs until stop(). Returns ok after a clean stop; kHalted or kCorrupt with the named reason if the log cannot be
  /// trusted.
  Status run();
  void stop();

  core::KillLatch& latch() { return latch_; }
  KillDesk& desk() { return desk_; }
  runtime::Doorbell& executor_bell() { return executor_bell_; }
  EmergencyFile& emergency() { return emergency_; }
  EngineStatus& status() { return status_; }
  audit::SharedAudit& shared_audit() { return shared_audit_; }

 private:
  Status start_audit();
  /// Tells the audit of a role or a hold that has changed.
  void audit_changes();
  void watch_audit();
  void watch_recovery(Role role);
  void audit(audit::Action action, audit::Kind kind, std::array<std::uint64_t, 4> data, std::string_view detail);
  Status work();
  Status recover(Replica& replica, SnapshotStore& store);
  Status stand_by(Replica& replica);
  /// Appends EpochStarted; while another owner writes, reads on and tries again.
  Status take_shard(eventlog::EventWriter& writer, Replica& replica);
  Status own(Replica& replica, SnapshotStore& store);

  eventlog::EventLog& log_;
  const ShardEngineOptions options_;
  runtime::SystemClock clock_;
  core::KillLatch latch_;
  runtime::Doorbell executor_bell_;
  runtime::Doorbell stop_bell_;
  EmergencyFile emergency_;
  EngineStatus status_;
  KillDesk desk_{latch_, executor_bell_, emergency_, status_};
  audit::AuditRing audit_ring_;
  audit::SharedAudit shared_audit_;
  std::unique_ptr<audit::BlackBox> black_box_;
  std::unique_ptr<audit::AuditSink> sink_;
  std::unique_ptr<AuditTrail> trail_;
  Role audited_role_ = Role::kRecovering;
  std::uint32_t audited_holds_ = 0;
  audit::Pressure audited_pressure_ = audit::Pressure::kNone;
  Nanos held_since_;  // steady; 0: it is not
  bool standby_ = false;
  std::atomic<bool> stop_{false};
};

}  // namespace sluice::engine
