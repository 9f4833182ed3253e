#include "engine/kill_desk.h"

#include "runtime/failpoint.h"

namespace sluice::engine {

bool KillDesk::store(const core::LatchedKill& kill, Nanos received_at, Latched& latched) {
  if (!latch_.store(kill, received_at)) return false;
  latched = {true, latch_.stored()};
  executor_bell_.ring();
  return true;
}

Result<KillDesk::Latched> KillDesk::latch(const core::LatchedKill& kill, Nanos received_at) {
  const Error full{ErrorCode::kTooLarge, "64 kills are latched and not yet taken; the log path still works"};
  const std::lock_guard lock(mutex_);
  Latched latched;
  if (status_.role.load() == Role::kOwner && !store(kill, received_at, latched)) return full;
  runtime::failpoint("engine_latched");
  const Status synced = kill.drill ? emergency_.rewrite() : emergency_.add({kill.kill, kill.by});
  if (!synced.ok()) return synced.error();
  // Became owner meanwhile: it may have read the emergency file before this kill was in it.
  if (!latched.owner && status_.role.load() == Role::kOwner && !store(kill, received_at, latched)) return full;
  return latched;
}

}  // namespace sluice::engine
