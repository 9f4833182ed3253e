// KillDesk: where a direct kill goes in: stored for the executing thread, synced to the emergency file, then answered.
// Stored first, synced second: stopping does not wait for a disk, not even for that of another kill, but the answer
// does. Threads: any; one lock, which the executing thread never takes and nobody keeps while a disk works.
#pragma once

#include <mutex>
#include <span>

#include "base/result.h"
#include "engine/core/kill_latch.h"
#include "engine/emergency_file.h"
#include "engine/engine_status.h"
#include "runtime/doorbell.h"

namespace sluice::engine {

class KillDesk {
 public:
  struct Latched {
    bool owner = false;         // false: a standby keeps it for when it takes over
    std::uint64_t ordinal = 0;  // of the kills ever stored in the latch: taken when taken() reaches it
  };

  KillDesk(core::KillLatch& latch, runtime::Doorbell& executor_bell, EmergencyFile& emergency, EngineStatus& status)
      : latch_(latch), executor_bell_(executor_bell), emergency_(emergency), status_(status) {}

  /// Stores a kill, if this engine owns its shard, and returns at once. `received_at`: steady time at which the request
  /// came in. Errors: kTooLarge (the latch is full: nothing was done, the log path still works).
  Result<Latched> store(const core::LatchedKill& kill, Nanos received_at);

  struct Stored {
    core::LatchedKill kill;
    Nanos received_at;
    Latched latched;
  };
  /// Syncs kills that store() has taken to the emergency file, all at once, and stores those that a standby could not
  /// if it is an owner now. Errors: those of EmergencyFile::add (an owner has latched the kills all the same, but a
  /// crash might clear them); kTooLarge.
  Status keep(std::span<Stored> kills);

  /// store() and keep().
  Result<Latched> latch(const core::LatchedKill& kill, Nanos received_at);

 private:
  core::KillLatch& latch_;
  runtime::Doorbell& executor_bell_;
  EmergencyFile& emergency_;
  EngineStatus& status_;
  std::mutex mutex_;  // the latch takes one storing thread
};

}  // namespace sluice::engine
