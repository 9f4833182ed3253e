// KillSwitch: sorted vectors, searched by halves. Decisions have checked everything; here it is asserted.
#include "engine/core/kill_switch.h"

#include <algorithm>
#include <tuple>

#include "base/invariant.h"
#include "domain/kill_modes.h"

namespace sluice::core {

namespace {

// What each list is sorted by and searched with.
using ScopeKey = std::tuple<KillScope, Name>;

ScopeKey key_of(const KillImage& kill) { return {kill.scope, kill.key}; }
const Uuid& key_of(const ReleaseImage& release) { return release.requested.request.release_id; }
const KillId& key_of(const KillId& id) { return id; }

/// The place of `key` in a sorted vector: of the entry that has it, or where it belongs.
template <typename Entries, typename Key>
auto place_of(Entries& entries, const Key& key) {
  return std::lower_bound(entries.begin(), entries.end(), key,
                          [](const auto& entry, const Key& wanted) { return key_of(entry) < wanted; });
}

template <typename Entry, typename Key>
const Entry* find_in(const std::vector<Entry>& entries, const Key& key) {
  const auto place = place_of(entries, key);
  return place != entries.end() && key_of(*place) == key ? &*place : nullptr;
}

template <typename Entry>
bool sorted_unique(const std::vector<Entry>& entries) {
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (!(key_of(entries[i - 1]) < key_of(entries[i]))) return false;
  }
  return true;
}

}  // namespace

Blocked blocked_by(KillMode mode) { return mode == KillMode::kReduceOnly ? Blocked::kIncreases : Blocked::kAll; }

bool cancels_all(KillMode mode) { return mode == KillMode::kBlockAndCancel || mode == KillMode::kFlatten; }

// A key for the global scope is refused, not ignored: whoever sent it meant something smaller.
bool is_valid_scope(KillScope scope, const Name& key) {
  switch (scope) {
    case KillScope::kGlobal: return key.empty();
    case KillScope::kAccount:
    case KillScope::kSymbol:
    case KillScope::kStrategy: return is_valid_name(key.view());
  }
  return false;
}

const KillImage* KillSwitch::find(KillScope scope, const Name& key) const {
  return find_in(scopes_, ScopeKey{scope, key});
}

bool KillSwitch::engaged(KillScope scope, const Name& key) const {
  const KillImage* kill = find(scope, key);
  return kill != nullptr && kill->engaged;
}

Blocked KillSwitch::blocked(KillScope scope, const Name& key) const {
  const KillImage* kill = find(scope, key);
  return kill == nullptr || !kill->engaged ? Blocked::kNothing : blocked_by(kill->mode);
}

bool KillSwitch::knows(const KillId& id) const { return find_in(kill_ids_, id) != nullptr; }

const ReleaseImage* KillSwitch::request(const Uuid& release_id) const { return find_in(requests_, release_id); }

// A second kill of an engaged scope replaces the newest: a release asked for before it must not lift it.
void KillSwitch::engage(const KillSwitchEngaged& engaged, Nanos at) {
  const EngageKillSwitch& kill = engaged.kill;
  INVARIANT(is_valid_scope(kill.scope, kill.key));
  INVARIANT(!knows(kill.kill_id));
  kill_ids_.insert(place_of(kill_ids_, kill.kill_id), kill.kill_id);
  auto place = place_of(scopes_, ScopeKey{kill.scope, kill.key});
  if (place == scopes_.end() || key_of(*place) != ScopeKey{kill.scope, kill.key})
    place = scopes_.insert(place, KillImage{});
  const KillMode mode = place->engaged ? stricter(place->mode, kill.mode) : kill.mode;
  *place = {.scope = kill.scope, .key = kill.key, .engaged = true, .newest = engaged, .since = at, .mode = mode};
  INVARIANT(this->engaged(kill.scope, kill.key));
}

void KillSwitch::add_request(const ReleaseRequested& requested, Nanos at) {
  const Uuid& id = requested.request.release_id;
  INVARIANT(request(id) == nullptr);
  requests_.insert(place_of(requests_, id), {requested, at});
}

void KillSwitch::release(const KillSwitchReleased& released) {
  const auto scope = place_of(scopes_, ScopeKey{released.scope, released.key});
  INVARIANT(scope != scopes_.end() && key_of(*scope) == ScopeKey(released.scope, released.key));
  INVARIANT(scope->engaged);
  INVARIANT(scope->newest.kill.kill_id == released.kill_id);
  scope->engaged = false;
  const auto request = place_of(requests_, released.release_id);
  INVARIANT(request != requests_.end() && key_of(*request) == released.release_id);
  requests_.erase(request);
}

// An image comes from a file: what is asserted elsewhere is checked here.
bool KillSwitch::restore(const StateImage& image) {
  if (!sorted_unique(image.kills) || !sorted_unique(image.kill_ids) || !sorted_unique(image.releases)) return false;
  scopes_ = image.kills;
  kill_ids_ = image.kill_ids;
  requests_ = image.releases;
  return std::all_of(scopes_.begin(), scopes_.end(), [this](const KillImage& kill) {
    return is_valid_scope(kill.scope, kill.key) && kill.newest.kill.scope == kill.scope &&
           kill.newest.kill.key == kill.key && knows(kill.newest.kill.kill_id);
  });
}

}  // namespace sluice::core
