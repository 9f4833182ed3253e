#include "engine/engaged_kills.h"

#include <algorithm>

#include "base/invariant.h"

namespace sluice::engine {

namespace {
constexpr std::size_t kFoldedByWriter = 4;
}  // namespace

void EngagedKills::begin(const core::KillSwitch& kills) {
  const std::lock_guard lock(mutex_);
  fold_locked();  // what it had is over
  engaged_.clear();
  for (const KillImage& scope : kills.scopes())
    if (scope.engaged) engaged_[{scope.scope, scope.key}] = {scope, 0};
}

void EngagedKills::publish(const core::KillSwitch& kills, const Answer& answer, std::uint64_t number) {
  for (const ControlEvent& event : answer.control_events) {
    const KillImage* changed = nullptr;
    if (const auto* engaged = std::get_if<KillSwitchEngaged>(&event.body))
      changed = kills.find(engaged->kill.scope, engaged->kill.key);
    else if (const auto* released = std::get_if<KillSwitchReleased>(&event.body))
      changed = kills.find(released->scope, released->key);
    else continue;
    INVARIANT(changed != nullptr);
    hand_over(*changed, number);
  }
}

void EngagedKills::hand_over(const KillImage& kill, std::uint64_t number) {
  Scope* change = changes_.claim();
  if (change == nullptr) {
    const std::lock_guard lock(mutex_);
    fold_locked(kFoldedByWriter);
    change = changes_.claim();
  }
  *change = {kill, number};
  changes_.publish();
}

std::vector<EngagedKills::Scope> EngagedKills::load() const {
  const std::lock_guard lock(mutex_);
  fold_locked();
  std::vector<Scope> list;
  list.reserve(engaged_.size());
  for (const auto& [key, scope] : engaged_) list.push_back(scope);
  return list;
}

std::uint64_t EngagedKills::count(KillScope scope) const {
  const std::lock_guard lock(mutex_);
  fold_locked();
  return static_cast<std::uint64_t>(std::count_if(
      engaged_.begin(), engaged_.end(), [scope](const auto& entry) { return std::get<0>(entry.first) == scope; }));
}

void EngagedKills::fold() const {
  const std::lock_guard lock(mutex_);
  fold_locked();
}

void EngagedKills::fold_locked(std::size_t count) const {
  for (const Scope* change = nullptr; count > 0 && (change = changes_.front()) != nullptr; --count) {
    const Key key{change->kill.scope, change->kill.key};
    if (change->kill.engaged) engaged_[key] = *change;
    else engaged_.erase(key);
    changes_.pop();
  }
}

}  // namespace sluice::engine
