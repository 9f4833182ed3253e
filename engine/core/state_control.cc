// State: what reference data, limits and kills change.
#include <variant>

#include "base/invariant.h"
#include "engine/core/state.h"

namespace sluice::core {

void State::apply(const ControlEvent& event) {
  // An owner does not execute the start of its own epoch, so it must not show in anybody's state.
  if (std::holds_alternative<EpochStarted>(event.body)) return;
  ++counters_.events;
  std::visit([this](const auto& body) { apply_body(body); }, event.body);
}

// An instrument of another shard is known here by name, for kills and refusals, but its book stays empty.
void State::apply_body(const InstrumentDefined& defined) {
  INVARIANT(defined.id == next_instrument_id());
  const Name& symbol = defined.definition.symbol;
  const bool is_new = instrument_ids_.emplace(symbol, defined.id.value()).second;
  INVARIANT(is_new);
  instruments_.push_back({.defined = defined,
                          .last_price = {},
                          .book = OrderBook(orders_.pool()),
                          .stops = OrderBook(orders_.pool()),
                          .orders = {},
                          .killed = kills_.engaged(KillScope::kSymbol, symbol)});
  trading_sum_ += hash_of(defined);
}

// `killed` is a copy of what KillSwitch says about the name, taken now and kept by set_killed().
void State::apply_body(const AccountRegistered& registered) {
  INVARIANT(registered.id == next_account_id());
  const bool is_new = account_ids_.emplace(registered.name, registered.id.value()).second;
  INVARIANT(is_new);
  accounts_.push_back({.registered = registered,
                       .limits = {},
                       .orders = {},
                       .open_notional = 0,
                       .killed = kills_.engaged(KillScope::kAccount, registered.name)});
  trading_sum_ += hash_of(registered);
}

void State::apply_body(const StrategyRegistered& registered) {
  INVARIANT(registered.id == next_strategy_id());
  const bool is_new = strategy_ids_.emplace(registered.name, registered.id.value()).second;
  INVARIANT(is_new);
  strategies_.push_back(
      {.registered = registered, .orders = {}, .killed = kills_.engaged(KillScope::kStrategy, registered.name)});
  trading_sum_ += hash_of(registered);
}

void State::apply_body(const LimitsSet& set) {
  Account& account = account_at(set.account);
  Limits& limits = account.limits;
  trading_sum_ -= hash_of(set.account, limits);
  for (std::size_t i = 0; i < kLimitKinds; ++i) {
    const LimitChange& change = set.changes[i];
    if (change.action == LimitAction::kSet) limits[i] = change.value;
    if (change.action == LimitAction::kLift) limits[i].reset();
  }
  trading_sum_ += hash_of(set.account, limits);
  set_rate_window(account);
}

/// There while the limit is; what was accepted before it was set does not count.
void State::set_rate_window(Account& account) {
  const bool limited = account.limits[static_cast<std::size_t>(LimitKind::kMaxOrdersPerSecond)].has_value();
  if (limited == (account.rate != nullptr)) return;
  if (limited) {
    account.rate = std::make_unique<RateWindow>();
    return;
  }
  account.rate->for_each(
      [&](const RateWindow::Entry& entry) { trading_sum_ -= hash_of(account.registered.id, entry); });
  account.rate.reset();
}

// The scope blocks from here on; the cancels of what is live in it follow as events of their own.
void State::apply_body(const KillSwitchEngaged& engaged) {
  const EngageKillSwitch& kill = engaged.kill;
  if (const KillImage* before = kills_.find(kill.scope, kill.key)) trading_sum_ -= hash_of(*before);
  kills_.engage(engaged, log_time_);
  trading_sum_ += hash_of(*kills_.find(kill.scope, kill.key));
  trading_sum_ += hash_of(kill.kill_id);
  set_killed(kill.scope, kill.key, true);
}

void State::apply_body(const ReleaseRequested& requested) {
  kills_.add_request(requested, log_time_);
  trading_sum_ += hash_of(*kills_.request(requested.request.release_id));
}

// Only this scope is lifted; what another scope still covers stays blocked (R-REL).
void State::apply_body(const KillSwitchReleased& released) {
  const KillImage* scope = kills_.find(released.scope, released.key);
  const ReleaseImage* request = kills_.request(released.release_id);
  INVARIANT(scope != nullptr);
  INVARIANT(request != nullptr);
  trading_sum_ -= hash_of(*scope);
  trading_sum_ -= hash_of(*request);
  kills_.release(released);
  trading_sum_ += hash_of(*kills_.find(released.scope, released.key));
  set_killed(released.scope, released.key, false);
}

// Counted as an event; the state hash therefore knows that it happened.
void State::apply_body(const FrameRejected&) {}

void State::apply_body(const EpochStarted&) {}

void State::set_killed(KillScope scope, const Name& key, bool killed) {
  switch (scope) {
    case KillScope::kGlobal: killed_globally_ = killed; return;
    case KillScope::kAccount:
      if (const AccountId id = account_named(key); id != AccountId{}) accounts_[id.value() - 1].killed = killed;
      return;
    case KillScope::kSymbol:
      if (const InstrumentId id = instrument_named(key); id != InstrumentId{})
        instruments_[id.value() - 1].killed = killed;
      return;
    case KillScope::kStrategy:
      if (const StrategyId id = strategy_named(key); id != StrategyId{}) strategies_[id.value() - 1].killed = killed;
      return;
  }
  constexpr bool kScopeIsChecked = false;  // decisions let no other value through
  INVARIANT(kScopeIsChecked);
}

}  // namespace sluice::core
