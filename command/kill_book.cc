#include "command/kill_book.h"

#include <algorithm>
#include <chrono>

#include "domain/kill_modes.h"
#include "eventlog/codec.h"
#include "runtime/clock.h"

namespace sluice::command {

void KillBook::fold(ShardId shard, const Answer& answer, EvtSequence sequence, const Sha256& chain) {
  if (answer.control_events.empty()) return;
  const std::lock_guard lock(mutex_);
  Shard& s = shards_[shard.value()];
  for (const ControlEvent& event : answer.control_events) {
    if (const auto* kill = std::get_if<KillSwitchEngaged>(&event.body)) {
      s.records.try_emplace(kill->kill.kill_id, KillRecord{sequence, eventlog::to_hex(chain), kill->orders_cancelled});
      KillState& state = s.states[{kill->kill.scope, kill->kill.key}];
      state.mode = state.engaged ? stricter(state.mode, kill->kill.mode) : kill->kill.mode;
      state.newest = *kill;
      state.engaged = true;
      state.released_by = {};
      state.open_releases.clear();  // a newer kill makes them superseded
      state.since = answer.log_time;
      state.sequence = sequence;
    } else if (const auto* requested = std::get_if<ReleaseRequested>(&event.body)) {
      s.states[{requested->request.scope, requested->request.key}].open_releases.push_back(*requested);
    } else if (const auto* released = std::get_if<KillSwitchReleased>(&event.body)) {
      KillState& state = s.states[{released->scope, released->key}];
      state.engaged = false;
      state.open_releases.clear();  // those of others ask for a kill that is lifted
      state.released_by = released->release_id;
    }
  }
  changed_.notify_all();
}

std::optional<KillRecord> KillBook::record(ShardId shard, const KillId& kill) const {
  const std::lock_guard lock(mutex_);
  const auto& records = shards_[shard.value()].records;
  const auto found = records.find(kill);
  return found == records.end() ? std::nullopt : std::optional(found->second);
}

void KillBook::set_shards(std::uint16_t shards) {
  const std::lock_guard lock(mutex_);
  INVARIANT(shards_.empty());
  shards_.resize(shards);
}

bool KillBook::recorded(const KillId& kill) const {
  const std::lock_guard lock(mutex_);
  return recorded_locked(kill);
}

bool KillBook::recorded_locked(const KillId& kill) const {
  return !shards_.empty() &&
         std::all_of(shards_.begin(), shards_.end(), [&](const Shard& s) { return s.records.contains(kill); });
}

bool KillBook::wait_recorded(const KillId& kill, Nanos deadline) const {
  std::unique_lock lock(mutex_);
  while (!recorded_locked(kill)) {
    const Nanos left = deadline - runtime::steady_now();
    if (left <= Nanos{0}) return false;
    changed_.wait_for(lock, std::chrono::nanoseconds(left.value()));
  }
  return true;
}

std::vector<KillState> KillBook::states(ShardId shard) const {
  const std::lock_guard lock(mutex_);
  std::vector<KillState> states;
  for (const auto& [key, state] : shards_[shard.value()].states) states.push_back(state);
  return states;
}

std::uint64_t KillBook::engaged(ShardId shard, KillScope scope) const {
  const std::lock_guard lock(mutex_);
  const auto& states = shards_[shard.value()].states;
  return static_cast<std::uint64_t>(std::count_if(states.begin(), states.end(), [scope](const auto& entry) {
    return entry.first.first == scope && entry.second.engaged;
  }));
}

bool KillBook::released(ShardId shard, const Uuid& release) const {
  const std::lock_guard lock(mutex_);
  const auto& states = shards_[shard.value()].states;
  return std::any_of(states.begin(), states.end(),
                     [&](const auto& entry) { return !release.is_nil() && entry.second.released_by == release; });
}

std::optional<KillState> KillBook::state(ShardId shard, KillScope scope, const Name& key) const {
  const std::lock_guard lock(mutex_);
  const auto& states = shards_[shard.value()].states;
  const auto found = states.find({scope, key});
  return found == states.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace sluice::command
