// State: what reference data, limits and kills change.
#include <algorithm>
#include <variant>

#include "base/invariant.h"
#include "domain/settlement_day.h"
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
                          .blocked = kills_.blocked(KillScope::kSymbol, symbol)});
  trading_sum_ += hash_of(defined);
}

// `blocked` is a copy of what KillSwitch says about the name, taken now and kept by set_blocked().
void State::apply_body(const AccountRegistered& registered) {
  INVARIANT(registered.id == next_account_id());
  const bool is_new = account_ids_.emplace(registered.name, registered.id.value()).second;
  INVARIANT(is_new);
  accounts_.push_back({.registered = registered,
                       .limits = {},
                       .orders = {},
                       .open_notional = 0,
                       .blocked = kills_.blocked(KillScope::kAccount, registered.name)});
  set_rate_window(accounts_.back());
  trading_sum_ += hash_of(registered);
}

void State::apply_body(const StrategyRegistered& registered) {
  INVARIANT(registered.id == next_strategy_id());
  const bool is_new = strategy_ids_.emplace(registered.name, registered.id.value()).second;
  INVARIANT(is_new);
  strategies_.push_back(
      {.registered = registered, .orders = {}, .blocked = kills_.blocked(KillScope::kStrategy, registered.name)});
  any_strategy_reduces_ = any_strategy_reduces_ || strategies_.back().blocked == Blocked::kIncreases;
  trading_sum_ += hash_of(registered);
}

void State::apply_body(const LimitsSet& set) {
  if (set.account != AccountId{}) {
    INVARIANT(set.instrument == InstrumentId{});
    Account& account = account_at(set.account);
    trading_sum_ -= hash_of(set.account, account.limits);
    change_limits(account.limits, set.changes);
    trading_sum_ += hash_of(set.account, account.limits);
    set_rate_window(account);
  } else {
    Limits& limits = set.instrument == InstrumentId{} ? limits_ : instrument_at(set.instrument).limits;
    trading_sum_ -= hash_of(set.instrument, limits);
    change_limits(limits, set.changes);
    trading_sum_ += hash_of(set.instrument, limits);
    for (Account& account : accounts_) set_rate_window(account);
  }
  find_watched();
}

void State::change_limits(Limits& limits, const LimitChanges& changes) {
  for (std::size_t i = 0; i < kLimitKinds; ++i) {
    if (changes[i].action == LimitAction::kSet) limits[i] = changes[i].value;
    if (changes[i].action == LimitAction::kLift) limits[i].reset();
  }
}

/// Most shards have no daily limit; then no trade looks for one.
void State::find_watched() {
  const auto is_daily = [](const Limits& limits) {
    return limits[static_cast<std::size_t>(LimitKind::kMaxDailyTrades)].has_value() ||
           limits[static_cast<std::size_t>(LimitKind::kMaxDailyLoss)].has_value();
  };
  watches_days_ = is_daily(limits_) || std::any_of(accounts_.begin(), accounts_.end(),
                                                   [&](const Account& account) { return is_daily(account.limits); });
}

/// There while a limit is in force; what was accepted before it was does not count.
void State::set_rate_window(Account& account) {
  const bool limited = limit(account, LimitKind::kMaxOrdersPerSecond).has_value();
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
  set_blocked(kill.scope, kill.key);
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
  set_blocked(released.scope, released.key);
}

// Counted as an event; the state hash therefore knows that it happened.
void State::apply_body(const FrameRejected&) {}

void State::apply_body(const EpochStarted&) {}

void State::apply_body(const InstrumentStateChanged& changed) {
  Instrument& instrument = instrument_at(changed.id);
  trading_sum_ -= hash_of(changed.id, instrument.state);
  instrument.state = changed.state;
  trading_sum_ += hash_of(changed.id, instrument.state);
}

// The present day is looked up again, so that day orders end when the new calendar says; it does not begin anew.
void State::apply_body(const CalendarSet& set) {
  trading_sum_ -= hash_of(calendar_);
  trading_sum_ -= hash_of(day_);
  calendar_ = set.days;
  if (has_day()) day_ = settlement_day_of(calendar_, log_time_);
  trading_sum_ += hash_of(calendar_);
  trading_sum_ += hash_of(day_);
  for (OrderIndex i = all_orders_.head; i != kNoSlot; i = orders_.next(ListKind::kAll, i)) {
    if (orders_[i].accepted.tif != TimeInForce::kDay) continue;
    timers_.remove(orders_, i);
    set_timer(i);
  }
}

// The one walk over all positions, once a day: each begins the day with what it has made so far.
void State::apply_body(const SettlementDayStarted& started) {
  const bool had_day = has_day();
  INVARIANT(started.day.ends_at > log_time_);
  trading_sum_ -= hash_of(day_);
  day_ = started.day;
  trading_sum_ += hash_of(day_);
  for (std::uint32_t slot = 0; slot < positions_.all().size(); ++slot) {
    Position& position = positions_[slot];
    trading_sum_ -= hash_of(position, had_day);
    position.day_profit = position.holding.profit(instrument(position.instrument)->last_price);
    position.day_trades = 0;
    trading_sum_ += hash_of(position, true);
  }
  for (Account& account : accounts_) account.day_trades = 0;
}

/// Copies what KillSwitch says about a scope to where orders look.
void State::set_blocked(KillScope scope, const Name& key) {
  const Blocked blocked = kills_.blocked(scope, key);
  switch (scope) {
    case KillScope::kGlobal: blocked_globally_ = blocked; return;
    case KillScope::kAccount:
      if (const AccountId id = account_named(key); id != AccountId{}) accounts_[id.value() - 1].blocked = blocked;
      return;
    case KillScope::kSymbol:
      if (const InstrumentId id = instrument_named(key); id != InstrumentId{})
        instruments_[id.value() - 1].blocked = blocked;
      return;
    case KillScope::kStrategy:
      if (const StrategyId id = strategy_named(key); id != StrategyId{}) strategies_[id.value() - 1].blocked = blocked;
      any_strategy_reduces_ = std::any_of(strategies_.begin(), strategies_.end(),
                                          [](const Strategy& s) { return s.blocked == Blocked::kIncreases; });
      return;
  }
  constexpr bool kScopeIsChecked = false;  // decisions let no other value through
  INVARIANT(kScopeIsChecked);
}

}  // namespace sluice::core
