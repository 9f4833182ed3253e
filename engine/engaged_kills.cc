#include "engine/engaged_kills.h"

#include <algorithm>

namespace sluice::engine {

namespace {

std::size_t count_engaged(const core::KillSwitch& kills) {
  return static_cast<std::size_t>(std::count_if(kills.scopes().begin(), kills.scopes().end(),
                                                [](const KillImage& scope) { return scope.engaged; }));
}

}  // namespace

void EngagedKills::begin(const core::KillSwitch& kills) { store(kills, 0, {}); }

void EngagedKills::publish(const core::KillSwitch& kills, std::uint64_t answer) {
  if (kills.kill_ids().size() == ids_ && count_engaged(kills) == engaged_) return;
  store(kills, answer, *load());
}

void EngagedKills::store(const core::KillSwitch& kills, std::uint64_t answer, const List& before) {
  ids_ = kills.kill_ids().size();
  engaged_ = count_engaged(kills);
  auto list = std::make_shared<List>();
  list->reserve(engaged_);
  for (const KillImage& scope : kills.scopes()) {
    if (!scope.engaged) continue;
    const auto known = std::find_if(before.begin(), before.end(), [&](const Scope& other) {
      return other.kill.newest.kill.kill_id == scope.newest.kill.kill_id;
    });
    list->push_back({scope, known == before.end() ? answer : known->answer});
  }
  const std::lock_guard lock(mutex_);
  list_ = std::move(list);
}

std::shared_ptr<const EngagedKills::List> EngagedKills::load() const {
  const std::lock_guard lock(mutex_);
  return list_;
}

}  // namespace sluice::engine
