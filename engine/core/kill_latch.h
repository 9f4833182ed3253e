// KillLatch: the direct path of a kill. The kill listener stores a kill, the executing thread polls before each
// command. Threads: store() one thread at a time (the listener serialises its callers); pending() and take() the
// executing thread only. No lock, no allocation. Full (kCapacity kills not yet taken) is reported to the caller, who
// still has the log path.
#pragma once

#include <array>
#include <atomic>
#include <concepts>
#include <cstdint>

#include "base/invariant.h"
#include "domain/commands.h"

namespace sluice::core {

struct LatchedKill {
  EngageKillSwitch kill;
  Principal by;
  bool drill = false;  // takes the whole path, and has no effect
};

/// A latched kill that took effect inside a frame, as the log recorded it: before command `command_index`.
struct RecordedKill {
  std::uint32_t command_index = 0;
  LatchedKill kill;
};

class KillLatch {
 public:
  static constexpr std::uint64_t kCapacity = 64;
  /// Hears of each kill on the executing thread at the moment from which no command is executed before the kill is in
  /// effect. For those who measure it: the core has no clock.
  class Observer {
   public:
    virtual void taken(const LatchedKill& kill, Nanos stored_at) = 0;

   protected:
    ~Observer() = default;
  };

  /// At most one, which outlives the latch; before other threads use it.
  void set_observer(Observer* observer) { observer_ = observer; }

  /// False if full. The kill is visible to the executing thread when this returns. `stored_at` is for the observer
  /// alone.
  bool store(const LatchedKill& kill, Nanos stored_at = Nanos{}) {
    return store(kill, [stored_at] { return stored_at; });
  }
  /// As above; `stamp` is asked when nothing is left to do but to let the kill be seen.
  template <std::invocable Stamp>
  bool store(const LatchedKill& kill, Stamp&& stamp) {
    const std::uint64_t stored = stored_.load(std::memory_order_relaxed);
    if (stored - taken_.load(std::memory_order_acquire) == kCapacity) return false;
    Slot& slot = slots_[stored % kCapacity];
    slot.kill = kill;
    slot.stored_at = stamp();
    stored_.store(stored + 1, std::memory_order_release);
    return true;
  }
  /// One load: cheap enough to ask before every command.
  bool pending() const { return stored_.load(std::memory_order_acquire) != taken_.load(std::memory_order_relaxed); }
  LatchedKill take() {
    INVARIANT(pending());
    const std::uint64_t taken = taken_.load(std::memory_order_relaxed);
    const Slot slot = slots_[taken % kCapacity];
    if (observer_ != nullptr) observer_->taken(slot.kill, slot.stored_at);
    taken_.store(taken + 1, std::memory_order_release);
    return slot.kill;
  }
  /// Count of kills ever stored / taken, for replies that wait until theirs took effect.
  std::uint64_t stored() const { return stored_.load(std::memory_order_acquire); }
  std::uint64_t taken() const { return taken_.load(std::memory_order_acquire); }

 private:
  struct Slot {
    LatchedKill kill;
    Nanos stored_at;
  };
  alignas(64) std::atomic<std::uint64_t> stored_{0};
  alignas(64) std::atomic<std::uint64_t> taken_{0};
  std::array<Slot, kCapacity> slots_{};
  Observer* observer_ = nullptr;
};

}  // namespace sluice::core
