// Decider: daily limits. The fill that uses one up stops its account in the same answer, before the next match.
#include <array>
#include <string>

#include "base/invariant.h"
#include "engine/core/decider.h"
#include "engine/core/risk.h"

namespace sluice::core {

namespace {

/// The id of a kill that nobody chose: the same wherever the log is executed. A UUID of version 8.
KillId automatic_kill_id(const State& state, AccountId account) {
  const DeploymentId& deployment = state.genesis().deployment;
  const std::array<std::uint64_t, 5> words{deployment.hi, deployment.lo, state.genesis().shard.value(),
                                           state.counters().events, account.value()};
  const Hash128 hash = hash_value(words, hash_domain::kAutomaticKill);
  return {(hash.hi & ~std::uint64_t{0xf000}) | 0x8000,
          (hash.lo & ~(std::uint64_t{3} << 62)) | (std::uint64_t{2} << 62)};
}

/// True if the account's own scope is engaged in a mode that has cancelled everything: there is nothing left to stop.
bool is_stopped(const State& state, const Account& account) {
  const KillImage* kill = state.kills().find(KillScope::kAccount, account.registered.name);
  return kill != nullptr && kill->engaged && cancels_all(kill->mode);
}

}  // namespace

// A trade counts for its two parties, and moves the last price for everybody who holds the instrument; `last_before`
// tells who has crossed the limit by this very trade. By account, so that the kills have an order.
void Decider::enforce_daily_limits(const OrderEvent& traded, Price last_before) {
  const Instrument& instrument = *state_.instrument(traded.instrument);
  for (std::size_t i = 0; i < instrument.positions.size(); ++i) {
    const Position& position = state_.positions().all()[instrument.positions[i]];
    const Account& account = *state_.account(position.account);
    const bool party = position.account == traded.account || position.account == traded.other_account;
    if (!party && (position.holding.net == Quantity{0} || !state_.limit(account, LimitKind::kMaxDailyLoss))) continue;
    const Int128 others = day_profit(state_, account, traded.instrument);
    const Int128 profit = others + day_profit(state_, position, position.holding, instrument.last_price);
    const Int128 before = others + day_profit(state_, position, position.holding, last_before);
    const RejectReason broken = broken_daily_limit(state_, account, party ? account.day_trades : 0, profit);
    const bool news =
        party || account.orders.count > 0 || broken_daily_limit(state_, account, 0, before) == RejectReason::kNone;
    if (broken != RejectReason::kNone && news && !is_stopped(state_, account)) engage_automatically(account, broken);
  }
}

/// After a daily limit was set: whoever is over it already.
void Decider::enforce_daily_limits_of_all() {
  if (!state_.watches_days()) return;
  for (const Account& account : state_.accounts()) {
    const RejectReason broken = broken_daily_limit(state_, account);
    if (broken != RejectReason::kNone && !is_stopped(state_, account)) engage_automatically(account, broken);
  }
}

void Decider::engage_automatically(const Account& account, RejectReason limit) {
  INVARIANT(limit == RejectReason::kMaxDailyTrades || limit == RejectReason::kMaxDailyLoss);
  EngageKillSwitch kill;
  kill.kill_id = automatic_kill_id(state_, account.registered.id);
  kill.scope = KillScope::kAccount;
  kill.mode = KillMode::kBlockAndCancel;
  kill.key = account.registered.name;
  kill.reason = *Note::from(name_of(limit));
  engage(kill, *Principal::from(kEngineName), KillSource::kAutomatic, cause_);
}

}  // namespace sluice::core
