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
  }
  for (const Position& position : positions_.all()) sum += hash_of(position);
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
  INVARIANT(killed_globally_ == kills_.engaged(KillScope::kGlobal, Name{}));
  std::size_t of_accounts = 0;
  std::size_t of_instruments = 0;
  for (const Account& account : accounts_) {
    INVARIANT(account.killed == kills_.engaged(KillScope::kAccount, account.registered.name));
    INVARIANT(!account.killed || account.orders.count == 0);
    INVARIANT((account.rate != nullptr) ==
              account.limits[static_cast<std::size_t>(LimitKind::kMaxOrdersPerSecond)].has_value());
    of_accounts += account.orders.count;
  }
  for (const Strategy& strategy : strategies_) {
    INVARIANT(strategy.killed == kills_.engaged(KillScope::kStrategy, strategy.registered.name));
    INVARIANT(!strategy.killed || strategy.orders.count == 0);
  }
  for (const Instrument& instrument : instruments_) {
    INVARIANT(instrument.killed == kills_.engaged(KillScope::kSymbol, instrument.defined.definition.symbol));
    INVARIANT(!instrument.killed || instrument.orders.count == 0);
    INVARIANT(!instrument.book.crossed());
    instrument.book.check();
    instrument.stops.check();
    of_instruments += instrument.orders.count;
  }
  INVARIANT(of_accounts == orders_.size());
  INVARIANT(of_instruments == orders_.size());
  INVARIANT(!killed_globally_ || orders_.size() == 0);
  check_orders();
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
