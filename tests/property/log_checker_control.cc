// LogChecker: reference data, limits, kills, and what must hold between two commands.
#include <algorithm>

#include "tests/property/log_checker.h"

namespace sluice::property {

void LogChecker::on_control(const ControlEvent& event) {
  need_.require(13, cancels_owed_ == 0, "a control event between a kill and its cancels");
  if (const auto* registered = std::get_if<AccountRegistered>(&event.body))
    accounts_[registered->id.value()] = registered->name;
  if (const auto* registered = std::get_if<StrategyRegistered>(&event.body))
    strategies_[registered->id.value()] = registered->name;
  if (const auto* defined = std::get_if<InstrumentDefined>(&event.body))
    symbols_[defined->id.value()] = defined->definition.symbol;
  if (const auto* set = std::get_if<LimitsSet>(&event.body)) on_limits(*set);
  if (const auto* engaged = std::get_if<KillSwitchEngaged>(&event.body)) {
    const std::pair scope{engaged->kill.scope, engaged->kill.key};
    engaged_.insert(scope);
    const KillMode mode = engaged->kill.mode;
    if (mode == KillMode::kBlockAndCancel || mode == KillMode::kFlatten) cancelled_.insert(scope);
    if (mode == KillMode::kBlockOnly) blocked_.insert(scope);
    cancels_owed_ = engaged->orders_cancelled;
    ++totals_.kills;
    totals_.automatic_kills += engaged->source == KillSource::kAutomatic ? 1 : 0;
    if (cancels_owed_ == 0) check_nothing_live_is_killed();
  }
  if (const auto* released = std::get_if<KillSwitchReleased>(&event.body)) {
    ++totals_.releases;
    need_.require(13, released->requested_by != released->approved_by, "a release by one person");
    const std::pair scope{released->scope, released->key};
    need_.require(13, engaged_.erase(scope) == 1, "a scope was released that was not engaged");
    cancelled_.erase(scope);
    blocked_.erase(scope);
  }
}

void LogChecker::on_limits(const LimitsSet& set) {
  if (set.account == AccountId{}) return;  // defaults bind whoever has no limit of their own
  for (std::size_t i = 0; i < kLimitKinds; ++i) {
    const std::pair key{set.account, static_cast<LimitKind>(i)};
    const auto known = limits_.find(key);
    if (set.changes[i].action == LimitAction::kLift) limits_.erase(key);
    if (set.changes[i].action != LimitAction::kSet) continue;
    // Raised later it still binds; lowered later it does not bind what is there already.
    const bool from_the_start = known == limits_.end()
                                    ? !active_.contains(set.account)
                                    : known->second.from_the_start && set.changes[i].value >= known->second.value;
    limits_[key] = {set.changes[i].value, from_the_start};
  }
}

/// An order of the engine's own, which serves a kill, is in no scope.
bool LogChecker::covered_by(const OrderEvent& accepted, const Scopes& scopes) const {
  if (scopes.empty() || (accepted.flags & kFlagFlatten) != 0) return false;
  const auto engaged = [&](KillScope scope, const std::map<std::uint32_t, Name>& names, std::uint32_t id) {
    return id != 0 && scopes.contains({scope, names.at(id)});
  };
  return scopes.contains({KillScope::kGlobal, Name{}}) ||
         engaged(KillScope::kAccount, accounts_, accepted.account.value()) ||
         engaged(KillScope::kSymbol, symbols_, accepted.instrument.value()) ||
         engaged(KillScope::kStrategy, strategies_, accepted.strategy.value());
}

void LogChecker::check_nothing_live_is_killed() const {
  for (const auto& [id, order] : orders_)
    need_.require(13, !order.live || !in_engaged_scope(order.accepted), "live in an engaged scope");
}

/// Between two commands nothing is halfway.
void LogChecker::after_command() {
  std::erase_if(orders_, [](const auto& entry) { return !entry.second.live; });
  triggered_in_command_ = 0;
  std::map<InstrumentId, std::pair<std::int64_t, std::int64_t>> best;  // bid, ask; 0 = none
  for (const auto& [id, order] : orders_) {
    need_.require(1, order.left() > 0, "live with nothing left");
    if (order.waiting) {
      need_.require(11, !order.reached, "a waiting stop has been reached by a trade");
      continue;
    }
    need_.require(6, rests(order), "an order that may not rest outlived its command");
    const std::int64_t display = order.accepted.display.value(), price = order.accepted.price.value();
    need_.require(10, order.shown > 0 && order.shown <= order.left() && (display == 0 || order.shown <= display),
                  "an iceberg does not show what it should");
    auto& [bid, ask] = best[order.accepted.instrument];
    if (order.accepted.side == Side::kBuy) bid = std::max(bid, price);
    else ask = ask == 0 ? price : std::min(ask, price);
  }
  for (const auto& [instrument, prices] : best)
    need_.require(3, prices.first == 0 || prices.second == 0 || prices.first < prices.second,
                  "crossed or locked at rest");
}

/// 2: what one bought another sold. 15: limits that stood from the start hold at every k.
void LogChecker::check_positions() const {
  std::map<InstrumentId, std::int64_t> sums;
  for (const auto& [key, net] : positions_) sums[key.first] += net;
  for (const auto& [instrument, sum] : sums) need_.require(2, sum == 0, "positions of a symbol do not add to zero");
  for (const auto& [instrument, accounts] : cash_) {
    Int128 sum = 0;
    for (const auto& [account, cash] : accounts) sum += cash;
    need_.require(2, sum == 0, "cash of a symbol does not add to zero");
  }
  for (const auto& [key, limit] : limits_) {
    const auto& [account, kind] = key;
    if (!limit.from_the_start || (kind != LimitKind::kMaxPosition && kind != LimitKind::kMaxOpenOrders)) continue;
    std::int64_t open = 0;
    std::map<std::pair<InstrumentId, Side>, Int128> live;
    for (const auto& [id, order] : orders_) {
      if (order.accepted.account != account) continue;
      ++open;
      live[{order.accepted.instrument, order.accepted.side}] += order.left();
    }
    if (kind == LimitKind::kMaxOpenOrders) need_.require(15, open <= limit.value, "more open orders than the limit");
    if (kind != LimitKind::kMaxPosition) continue;
    for (const auto& [instrument, symbol] : symbols_) {
      const auto position = positions_.find({InstrumentId{instrument}, account});
      const Int128 net = position == positions_.end() ? 0 : position->second;
      const bool holds = net + live[{InstrumentId{instrument}, Side::kBuy}] <= limit.value &&
                         -net + live[{InstrumentId{instrument}, Side::kSell}] <= limit.value;
      need_.require(15, holds, "position and live quantity beyond the limit");
    }
  }
}

}  // namespace sluice::property
