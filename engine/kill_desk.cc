#include "engine/kill_desk.h"

#include <algorithm>
#include <vector>

#include "runtime/failpoint.h"

namespace sluice::engine {

Result<KillDesk::Latched> KillDesk::store(const core::LatchedKill& kill, Nanos received_at) {
  if (status_.role.load() != Role::kOwner) return Latched{};
  const std::lock_guard lock(mutex_);
  if (!latch_.store(kill, received_at))
    return Error{ErrorCode::kTooLarge, "64 kills are latched and not yet taken; the log path still works"};
  const Latched latched{true, latch_.stored()};
  executor_bell_.ring();
  return latched;
}

Status KillDesk::keep(std::span<Stored> kills) {
  runtime::failpoint("engine_latched");
  std::vector<eventlog::EmergencyKill> kept;
  for (const Stored& stored : kills)
    if (!stored.kill.drill) kept.push_back({stored.kill.kill, stored.kill.by});
  // A drill goes to the disk, too.
  const Status synced = kept.empty() ? emergency_.rewrite() : emergency_.add(kept);
  if (!synced.ok()) return synced;
  // Became owner meanwhile: it may have read the emergency file before these kills were in it.
  for (Stored& stored : kills) {
    if (stored.latched.owner) continue;
    const auto latched = store(stored.kill, stored.received_at);
    if (!latched.ok()) return latched.error();
    stored.latched = latched.value();
  }
  return ok_status();
}

Result<KillDesk::Latched> KillDesk::latch(const core::LatchedKill& kill, Nanos received_at) {
  const auto latched = store(kill, received_at);
  if (!latched.ok()) return latched;
  Stored stored{kill, received_at, latched.value()};
  if (const Status kept = keep({&stored, 1}); !kept.ok()) return kept.error();
  return stored.latched;
}

}  // namespace sluice::engine
