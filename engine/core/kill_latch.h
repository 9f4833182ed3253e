// KillLatch: the direct path of a kill. The kill listener stores a kill, the executing thread polls before each
// command. Threads: store() one thread at a time (the listener serialises its callers); pending() and take() the
// executing thread only. No lock, no allocation. Full (kCapacity kills not yet taken) is reported to the caller, who
// still has the log path.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/invariant.h"
#include "domain/commands.h"

namespace sluice::core {

struct LatchedKill {
  EngageKillSwitch kill;
  Principal by;
};

/// A latched kill that took effect inside a frame, as the log recorded it: before command `command_index`.
struct RecordedKill {
  std::uint32_t command_index = 0;
  LatchedKill kill;
};

class KillLatch {
 public:
  static constexpr std::uint64_t kCapacity = 64;

  /// False if full. The kill is visible to the executing thread when this returns.
  bool store(const LatchedKill& kill) {
    const std::uint64_t stored = stored_.load(std::memory_order_relaxed);
    if (stored - taken_.load(std::memory_order_acquire) == kCapacity) return false;
    slots_[stored % kCapacity] = kill;
    stored_.store(stored + 1, std::memory_order_release);
    return true;
  }
  /// One load: cheap enough to ask before every command.
  bool pending() const { return stored_.load(std::memory_order_acquire) != taken_.load(std::memory_order_relaxed); }
  LatchedKill take() {
    INVARIANT(pending());
    const std::uint64_t taken = taken_.load(std::memory_order_relaxed);
    const LatchedKill kill = slots_[taken % kCapacity];
    taken_.store(taken + 1, std::memory_order_release);
    return kill;
  }
  /// Count of kills ever stored / taken, for replies that wait until theirs took effect.
  std::uint64_t stored() const { return stored_.load(std::memory_order_acquire); }
  std::uint64_t taken() const { return taken_.load(std::memory_order_acquire); }

 private:
  alignas(64) std::atomic<std::uint64_t> stored_{0};
  alignas(64) std::atomic<std::uint64_t> taken_{0};
  std::array<LatchedKill, kCapacity> slots_{};
};

}  // namespace sluice::core
