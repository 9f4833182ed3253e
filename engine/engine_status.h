// What the threads of an engine tell each other and the outside: plain atomics, and one small snapshot of the executed
// position.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/hash.h"
#include "domain/ids.h"
#include "engine/core/kill_latch.h"
#include "engine/core/kill_switch.h"
#include "engine/core/state.h"
#include "engine/engaged_kills.h"
#include "engine/holds.h"
#include "telemetry/spans.h"
#include "telemetry/stage_log.h"

namespace sluice::engine {

/// Position and hash after a frame; written by the executing thread, read by any, never torn (a sequence lock).
class ExecutedPosition {
 public:
  struct Value {
    std::uint64_t cmd_sequence = 0;
    Hash128 state_hash;
  };
  void store(std::uint64_t cmd_sequence, const Hash128& hash) {
    version_.fetch_add(1, std::memory_order_acq_rel);
    cmd_sequence_.store(cmd_sequence, std::memory_order_release);
    hi_.store(hash.hi, std::memory_order_release);
    lo_.store(hash.lo, std::memory_order_release);
    version_.fetch_add(1, std::memory_order_acq_rel);
  }
  Value load() const {
    while (true) {
      const std::uint64_t before = version_.load(std::memory_order_acquire);
      const Value value{cmd_sequence_.load(std::memory_order_acquire),
                        {hi_.load(std::memory_order_acquire), lo_.load(std::memory_order_acquire)}};
      if ((before & 1) == 0 && version_.load(std::memory_order_acquire) == before) return value;
    }
  }

 private:
  std::atomic<std::uint64_t> version_{0};
  std::atomic<std::uint64_t> cmd_sequence_{0};
  std::atomic<std::uint64_t> hi_{0};
  std::atomic<std::uint64_t> lo_{0};
};

/// How long each of the newest kills waited in the latch until the executing thread took it. Written by that thread,
/// read by any.
class StopTimes {
 public:
  void record(Nanos waited) {
    nanos_[++taken_ % core::KillLatch::kCapacity].store(waited.value(), std::memory_order_release);
  }
  /// Of the `ordinal`-th kill (from 1), if it has been taken and is one of the newest KillLatch::kCapacity.
  Nanos of(std::uint64_t ordinal) const {
    return Nanos{nanos_[ordinal % core::KillLatch::kCapacity].load(std::memory_order_acquire)};
  }

 private:
  std::uint64_t taken_ = 0;
  std::array<std::atomic<std::int64_t>, core::KillLatch::kCapacity> nanos_{};
};

/// Stages of a frame that the engine remembers.
enum EngineStage : std::size_t { kStageIn, kStageDecided, kStageEventAcknowledged, kEngineStages };

struct EngineStatus {
  /// `measured`: where its threads measure; outlives it.
  explicit EngineStatus(telemetry::Spans& measured) : spans(measured) {}

  telemetry::Spans& spans;
  std::atomic<Role> role{Role::kRecovering};
  std::atomic<std::uint64_t> epoch{0};
  std::atomic<std::uint64_t> evt_acknowledged{0};
  std::atomic<std::uint64_t> answers_in_flight{0};     // decided and not acknowledged
  std::atomic<std::uint64_t> answers_acknowledged{0};  // since the ownership began
  std::atomic<std::uint64_t> cmd_last{0};              // newest CMD message of the log, as the watchdog saw it
  std::atomic<std::uint64_t> cmd_read{0};              // newest CMD message taken from the log
  std::atomic<std::int64_t> next_timer{0};             // log time at which an order ends by itself; 0: none does
  std::atomic<std::int64_t> heartbeat{0};              // steady time of the operators' newest; 0: none yet
  std::atomic<std::int64_t> heartbeat_hold_after{0};   // without one for this span the engine holds; 0: it wants none
  std::atomic<std::uint64_t> ticks{0};                 // appended because a timer was due and the log was idle
  std::atomic<std::uint64_t> took_effect{0};           // commands
  std::atomic<std::uint64_t> rejected{0};
  std::atomic<std::uint64_t> repeated{0};
  std::array<std::atomic<std::uint64_t>, 64> rejected_by_reason{};  // index: RejectReason
  std::atomic<std::uint64_t> frames_rejected{0};
  std::atomic<std::uint64_t> void_messages{0};
  std::atomic<std::uint64_t> kills{0};  // taken by the latch
  std::atomic<std::uint64_t> snapshots{0};
  std::atomic<double> cmd_fill{0};
  std::atomic<double> evt_fill{0};
  EngagedKills engaged_kills;
  ExecutedPosition executed;
  StopTimes stops;
  telemetry::StageLog stages{kEngineStages};
  Holds holds;

  /// Of the audit; renewed every 100 ms.
  struct Audit {
    std::atomic<std::uint64_t> used{0}, capacity{0}, written{0}, anchored{0}, errors{0}, in_black_box{0}, lost{0};
    std::atomic<bool> ok{true};
  };
  Audit audit;

  struct Pool {
    std::atomic<std::uint64_t> used{0}, touched{0}, ready{0}, capacity{0};
  };
  std::array<Pool, core::kPoolNames.size()> pools;  // of core::State
  /// For the thread that changes the state.
  void store_pools(const core::PoolUsages& usages) {
    for (std::size_t i = 0; i < pools.size(); ++i) {
      pools[i].used.store(usages[i].used, std::memory_order_relaxed);
      pools[i].touched.store(usages[i].touched, std::memory_order_relaxed);
      pools[i].ready.store(usages[i].ready, std::memory_order_relaxed);
      pools[i].capacity.store(usages[i].capacity, std::memory_order_relaxed);
    }
  }
};

}  // namespace sluice::engine
