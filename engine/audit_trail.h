// AuditTrail: what the executing thread tells the audit: each command with its outcome, each kill with the time from
// latch to stop, releases, limits and definitions. A record costs a few stores; no clock is read but for a kill (a
// command has its log time). Stopping never waits for it: what finds no room, not even in the part that is kept free
// for kills, goes into the black box.
//
// Threads: the executing thread.
#pragma once

#include <span>

#include "audit/audit_entry.h"
#include "audit/audit_ring.h"
#include "audit/black_box.h"
#include "domain/events.h"
#include "engine/core/kill_latch.h"
#include "engine/engine_status.h"

namespace sluice::engine {

class AuditTrail final : public core::KillLatch::Observer {
 public:
  /// Commands a second while the ring is between 80 and 95 % full.
  static constexpr std::int64_t kSlowedPerSecond = 100'000;

  AuditTrail(ShardId shard, audit::AuditRing& ring, audit::BlackBox& black_box, EngineStatus& status);

  /// False while the engine must hold because the audit is behind: from 95 % on, or without room for that many
  /// commands, until it is below 80 % again.
  bool admits(std::size_t commands);
  /// How long to wait (a span) before the next frame, after one of so many commands.
  Nanos pause_after(std::size_t commands) const;

  /// A frame with its answer.
  void answered(const CommandFrame& frame, const Answer& answer);
  /// A kill that took effect between two frames.
  void engaged(const Answer& answer);
  /// The hold that the audit itself is the reason for begins, or ends.
  void held(bool on, Nanos now);
  /// A kill leaves the latch: from here on nothing in its scope is executed.
  void taken(const core::LatchedKill& kill, Nanos stored_at) override;

 private:
  void put(std::span<const audit::AuditRecord> records, audit::Priority priority);
  void put(const audit::AuditEntry& entry) { put(entry.records(), audit::Priority::kReserved); }
  audit::AuditRecord record_of(const Answer& answer, audit::Action action, std::uint32_t index) const;
  void orders(const CommandFrame& frame, const Answer& answer);
  void controls(const CommandFrame& frame, const Answer& answer);
  void events(const Answer& answer);
  void kill_engaged(const Answer& answer, const KillSwitchEngaged& engaged, std::uint32_t index);

  const ShardId shard_;
  audit::AuditRing& ring_;
  audit::BlackBox& black_box_;
  EngineStatus& status_;
  bool held_ = false;
};

}  // namespace sluice::engine
