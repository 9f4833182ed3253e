// EngagedScopes: which kill scopes are engaged in one shard by its event log alone, and whether an event breaks P1:
// after a kill that blocks and cancels (or flattens, but for the engine's own marked orders) no order of its scope is
// accepted, replaced, triggered or traded until its release. The other modes let something through.
// One thread.
#pragma once

#include <map>
#include <set>
#include <utility>

#include "domain/events.h"

namespace sluice::cli {

class EngagedScopes {
 public:
  /// Every control event of the shard, in order: names come from registrations.
  void take(const ControlEvent& event);
  /// True if the event lies in an engaged scope and must not be there.
  bool leaks(const OrderEvent& event) const;

 private:
  bool covers(AccountId account, StrategyId strategy, InstrumentId instrument) const;

  std::set<std::pair<KillScope, Name>> engaged_;
  std::map<AccountId, Name> accounts_;
  std::map<StrategyId, Name> strategies_;
  std::map<InstrumentId, Name> symbols_;
};

}  // namespace sluice::cli
