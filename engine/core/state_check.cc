// State: the slow walk that says whether what apply maintains is what is there.
#include "base/invariant.h"
#include "engine/core/state.h"

namespace sluice::core {

// The same hashes as apply adds and subtracts, summed over what is there: a forgotten or doubled entity shows as a
// difference.
Hash128 State::walk_trading() const {
  Hash128 sum;
  for (const Account& account : accounts_) {
    sum += hash_of(account.registered);
    sum += hash_of(account.registered.id, account.limits);
    if (account.rate != nullptr)
      account.rate->for_each([&](const RateWindow::Entry& entry) { sum += hash_of(account.registered.id, entry); });
  }
  for (const Strategy& strategy : strategies_) sum += hash_of(strategy.registered);
  for (const Instrument& instrument : instruments_) {
    sum += hash_of(instrument.defined);
    sum += hash_of_last_price(instrument.defined.id, instrument.last_price);
    sum += hash_of(instrument.defined.id, instrument.state);
    sum += hash_of(instrument.defined.id, instrument.limits);
  }
  sum += hash_of(InstrumentId{}, limits_);
  sum += hash_of(calendar_);
  sum += hash_of(day_);
  for (const Position& position : positions_.all()) sum += hash_of(position, has_day());
  for (OrderIndex i = all_orders_.head; i != kNoSlot; i = orders_.next(ListKind::kAll, i)) {
    sum += hash_of_order(orders_[i].accepted);
    sum += hash_of_progress(orders_[i], orders_.remaining(i));
  }
  for (const KillImage& kill : kills_.scopes()) sum += hash_of(kill);
  for (const KillId& id : kills_.kill_ids()) sum += hash_of(id);
  for (const ReleaseImage& release : kills_.requests()) sum += hash_of(release);
  return sum;
}

Hash128 State::walk_keys() const {
  Hash128 sum;
  keys_.for_each([&](const KeyTable::Entry& entry) { sum += hash_of_key(entry.outcome, entry.at); });
  return sum;
}

// Paired with the assertions in apply: those look at one change, this at the whole (STYLE.md §6).
void State::check() const {
  INVARIANT(walk_trading() == trading_sum_);
  INVARIANT(walk_keys() == keys_sum_);
  INVARIANT(all_orders_.count == orders_.size());
  check_scopes();
  std::size_t of_accounts = 0;
  std::size_t of_instruments = 0;
  for (const Account& account : accounts_) {
    INVARIANT((account.rate != nullptr) == limit(account, LimitKind::kMaxOrdersPerSecond).has_value());
    std::uint64_t trades = 0;
    for (const std::uint32_t slot : account.positions) trades += positions_.all()[slot].day_trades;
    INVARIANT(trades == account.day_trades);
    of_accounts += account.orders.count;
  }
  for (const Instrument& instrument : instruments_) {
    INVARIANT(!instrument.book.crossed());
    instrument.book.check();
    instrument.stops.check();
    of_instruments += instrument.orders.count;
  }
  INVARIANT(of_accounts == orders_.size());
  INVARIANT(of_instruments == orders_.size());
  timers_.check(orders_);
  check_orders();
}

// What orders look at is what KillSwitch says, and a scope that cancels has nothing live in it.
void State::check_scopes() const {
  INVARIANT(blocked_globally_ == kills_.blocked(KillScope::kGlobal, Name{}));
  for (const Account& account : accounts_)
    INVARIANT(account.blocked == kills_.blocked(KillScope::kAccount, account.registered.name));
  for (const Strategy& strategy : strategies_)
    INVARIANT(strategy.blocked == kills_.blocked(KillScope::kStrategy, strategy.registered.name));
  for (const Instrument& instrument : instruments_)
    INVARIANT(instrument.blocked == kills_.blocked(KillScope::kSymbol, instrument.defined.definition.symbol));
  for (const KillImage& kill : kills_.scopes())
    INVARIANT(!kill.engaged || !cancels_all(kill.mode) || orders_in(kill.scope, kill.key).count == 0);
}

// Takes every live order off the sums that apply keeps; exactly nothing may be left of them.
void State::check_orders() const {
  std::vector<Position> live = positions_.all();
  std::vector<Int128> notionals(accounts_.size());
  OrderId previous;
  for (OrderIndex i = all_orders_.head; i != kNoSlot; i = orders_.next(ListKind::kAll, i)) {
    const LiveOrder& order = orders_[i];
    const OrderEvent& accepted = order.accepted;
    INVARIANT(accepted.order_id > previous);
    INVARIANT(orders_.find(accepted.order_id) == i);
    INVARIANT(orders_.find(accepted.account, accepted.instrument, accepted.client_order_id) == i);
    INVARIANT(order.filled + orders_.remaining(i) == accepted.quantity);
    INVARIANT(orders_.node(i).resting);
    INVARIANT((order.timer != kNoSlot) == (accepted.tif == TimeInForce::kGtd || accepted.tif == TimeInForce::kDay));
    // What could increase a position does not live where that is forbidden.
    const Position& of_pair = positions_.all()[order.position];
    INVARIANT(blocked(accepted.account, accepted.strategy, accepted.instrument) != Blocked::kIncreases ||
              of_pair.live(accepted.side) <= of_pair.closable(accepted.side));
    INVARIANT(!order.waiting || is_stop(accepted.type));
    INVARIANT(order.hidden >= Quantity{0});
    INVARIANT(order.hidden == Quantity{0} || orders_.node(i).remaining <= accepted.display);
    Quantity& of_side = live[order.position].live(accepted.side);
    of_side = of_side - orders_.remaining(i);
    notionals[accepted.account.value() - 1] += notional(accepted.price, orders_.remaining(i));
    previous = accepted.order_id;
  }
  for (std::size_t i = 0; i < accounts_.size(); ++i) INVARIANT(accounts_[i].open_notional == notionals[i]);
  for (const Position& position : live) {
    INVARIANT(position.live_buy == Quantity{0});
    INVARIANT(position.live_sell == Quantity{0});
  }
}

}  // namespace sluice::core
