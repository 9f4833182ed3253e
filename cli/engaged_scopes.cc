#include "cli/engaged_scopes.h"

#include <variant>

namespace sluice::cli {

namespace {

template <typename Id>
bool engaged_by_name(const std::set<std::pair<KillScope, Name>>& engaged, KillScope scope,
                     const std::map<Id, Name>& names, Id id) {
  const auto found = names.find(id);
  return found != names.end() && engaged.contains({scope, found->second});
}

}  // namespace

void EngagedScopes::take(const ControlEvent& event) {
  if (const auto* kill = std::get_if<KillSwitchEngaged>(&event.body)) {
    const KillMode mode = kill->kill.mode;
    if (mode == KillMode::kBlockAndCancel || mode == KillMode::kFlatten)
      engaged_.insert({kill->kill.scope, kill->kill.key});
  } else if (const auto* released = std::get_if<KillSwitchReleased>(&event.body)) {
    engaged_.erase({released->scope, released->key});
  } else if (const auto* account = std::get_if<AccountRegistered>(&event.body)) {
    accounts_[account->id] = account->name;
  } else if (const auto* strategy = std::get_if<StrategyRegistered>(&event.body)) {
    strategies_[strategy->id] = strategy->name;
  } else if (const auto* instrument = std::get_if<InstrumentDefined>(&event.body)) {
    symbols_[instrument->id] = instrument->definition.symbol;
  }
}

bool EngagedScopes::leaks(const OrderEvent& event) const {
  const bool takes_off = event.kind == OrderEventKind::kCancelled || event.kind == OrderEventKind::kDecremented;
  if (takes_off || engaged_.empty()) return false;
  // An order of the engine's own serves the kill; whom it trades with must not be in scope all the same.
  const bool flattens = (event.flags & kFlagFlatten) != 0;
  return (!flattens && covers(event.account, event.strategy, event.instrument)) ||
         (event.kind == OrderEventKind::kTraded && covers(event.other_account, StrategyId{}, event.instrument));
}

bool EngagedScopes::covers(AccountId account, StrategyId strategy, InstrumentId instrument) const {
  return engaged_.contains({KillScope::kGlobal, Name{}}) ||
         engaged_by_name(engaged_, KillScope::kAccount, accounts_, account) ||
         engaged_by_name(engaged_, KillScope::kStrategy, strategies_, strategy) ||
         engaged_by_name(engaged_, KillScope::kSymbol, symbols_, instrument);
}

}  // namespace sluice::cli
