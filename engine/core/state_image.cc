// State: export to and restore from plain values. An image comes from a file, so what contradicts itself is an error,
// not an invariant.
#include <algorithm>
#include <string>

#include "domain/settlement_day.h"
#include "engine/core/state.h"

namespace sluice::core {

namespace {

bool any_set(const Limits& limits) {
  return std::any_of(limits.begin(), limits.end(), [](const auto& limit) { return limit.has_value(); });
}

Error corrupt(std::string what) { return {ErrorCode::kCorrupt, "state image: " + std::move(what)}; }

}  // namespace

// Every list in canonical order, so that equal states give equal images whatever happened in memory before.
StateImage State::image() const {
  StateImage image;
  image.genesis = genesis_;
  image.log_time = log_time_;
  image.cmd_sequence = cmd_sequence_;
  image.counters = counters_;
  for (const Account& account : accounts_) {
    image.accounts.push_back(account.registered);
    if (any_set(account.limits)) image.limits.push_back({account.registered.id, account.limits});
    if (account.rate == nullptr) continue;
    account.rate->for_each([&](const RateWindow::Entry& entry) {
      image.rates.push_back({account.registered.id, entry.at, entry.count});
    });
  }
  for (const Strategy& strategy : strategies_) image.strategies.push_back(strategy.registered);
  if (any_set(limits_)) image.default_limits.push_back({InstrumentId{}, limits_});
  for (const Instrument& instrument : instruments_) {
    image.instruments.push_back({instrument.defined, instrument.last_price, instrument.state});
    if (any_set(instrument.limits)) image.default_limits.push_back({instrument.defined.id, instrument.limits});
  }
  image.calendar = calendar_;
  image.day = day_;
  for (const Position& position : positions_.all()) {
    if (!position.traded) continue;
    image.positions.push_back(
        {position.account, position.instrument, position.holding, position.day_profit, position.day_trades});
  }
  std::sort(image.positions.begin(), image.positions.end(), [](const PositionImage& a, const PositionImage& b) {
    return std::pair(a.account, a.instrument) < std::pair(b.account, b.instrument);
  });
  for (OrderIndex i = all_orders_.head; i != kNoSlot; i = orders_.next(ListKind::kAll, i)) {
    const LiveOrder& order = orders_[i];
    image.orders.push_back(
        {order.accepted, order.filled, orders_.remaining(i), order.priority, order.waiting, order.hidden});
  }
  image.kills = kills_.scopes();
  image.kill_ids = kills_.kill_ids();
  image.releases = kills_.requests();
  keys_.for_each([&](const KeyTable::Entry& entry) { image.keys.push_back({entry.outcome, entry.at}); });
  return image;
}

// Nothing of a refused image survives: it was loaded into a State that nobody else has seen.
Result<std::unique_ptr<State>> State::restore(const StateImage& image, Capacity capacity) {
  if (image.genesis.key_window > kKeyWindowMax || image.genesis.key_window < Nanos{0}) return corrupt("key window");
  if (image.genesis.shard.value() >= image.genesis.shard_count) return corrupt("shard outside the deployment");
  if (image.orders.size() > capacity.orders)
    return Error{ErrorCode::kTooLarge, "state image: more live orders than capacity"};
  auto state = std::make_unique<State>(image.genesis, capacity);
  const Status loaded = state->load(image);
  if (!loaded.ok()) return loaded.error();
  return state;
}

Status State::load(const StateImage& image) {
  if (image.cmd_sequence < CmdSequence{1}) return corrupt("no CMD sequence");
  log_time_ = image.log_time;
  // Kills first: what is registered after them takes its blocked flag from them, as in a replay.
  for (const auto part : {&State::load_kills_and_keys, &State::load_reference, &State::load_limits, &State::load_days,
                          &State::load_trading}) {
    const Status loaded = (this->*part)(image);
    if (!loaded.ok()) return loaded;
  }
  cmd_sequence_ = image.cmd_sequence;
  counters_ = image.counters;
  return ok_status();
}

// Keys must be in the order in which they were stored, or they would be forgotten in another order than in a replay.
Status State::load_kills_and_keys(const StateImage& image) {
  if (!kills_.restore(image)) return corrupt("kills, kill ids or releases");
  for (const KillImage& kill : kills_.scopes()) trading_sum_ += hash_of(kill);
  for (const KillId& id : kills_.kill_ids()) trading_sum_ += hash_of(id);
  for (const ReleaseImage& release : kills_.requests()) trading_sum_ += hash_of(release);
  blocked_globally_ = kills_.blocked(KillScope::kGlobal, Name{});
  Nanos newest = image.keys.empty() ? Nanos{} : image.keys.front().at;
  for (const KeyImage& key : image.keys) {
    if (key.at < newest || key.at > log_time_) return corrupt("order of the keys");
    if (!is_remembered(key.outcome)) return corrupt("an outcome that is never a key");
    newest = key.at;
    if (!keys_.store(key.outcome, key.at)) return corrupt("a key twice");
    keys_sum_ += hash_of_key(key.outcome, key.at);
  }
  return ok_status();
}

// Registered by the same apply_body() as live; only the counters of events are set from the image afterwards.
Status State::load_reference(const StateImage& image) {
  for (const AccountRegistered& account : image.accounts) {
    if (account.id != next_account_id() || account_named(account.name) != AccountId{}) return corrupt("accounts");
    apply_body(account);
  }
  for (const StrategyRegistered& strategy : image.strategies) {
    if (strategy.id != next_strategy_id() || strategy_named(strategy.name) != StrategyId{})
      return corrupt("strategies");
    apply_body(strategy);
  }
  for (const auto& [defined, last_price, state] : image.instruments) {
    const DefineInstrument& definition = defined.definition;
    if (defined.id != next_instrument_id() || instrument_named(definition.symbol) != InstrumentId{})
      return corrupt("instruments");
    if (definition.tick <= Price{0} || definition.lot <= Quantity{0}) return corrupt("an instrument's tick or lot");
    apply_body(defined);
    instruments_.back().last_price = last_price;
    trading_sum_ += hash_of_last_price(defined.id, last_price);
    apply_body(InstrumentStateChanged{defined.id, state});
  }
  return ok_status();
}

Status State::load_limits(const StateImage& image) {
  AccountId previous;
  for (const LimitsImage& limits : image.limits) {
    if (limits.account <= previous || account(limits.account) == nullptr) return corrupt("limits");
    previous = limits.account;
    account_at(limits.account).limits = limits.values;
    trading_sum_ += hash_of(limits.account, limits.values);
  }
  std::optional<InstrumentId> of;
  for (const DefaultLimitsImage& limits : image.default_limits) {
    const bool of_all = limits.instrument == InstrumentId{};
    if ((of && limits.instrument <= *of) || (!of_all && instrument(limits.instrument) == nullptr))
      return corrupt("default limits");
    of = limits.instrument;
    (of_all ? limits_ : instrument_at(limits.instrument).limits) = limits.values;
    trading_sum_ += hash_of(limits.instrument, limits.values);
  }
  for (Account& account : accounts_) set_rate_window(account);
  find_watched();
  RateImage before;
  for (const RateImage& rate : image.rates) {
    const bool ascends = rate.account > before.account || (rate.account == before.account && rate.at > before.at);
    const bool limited = account(rate.account) != nullptr && account(rate.account)->rate != nullptr;
    if (!ascends || !limited || rate.count == 0 || rate.at > log_time_) return corrupt("rates");
    before = rate;
    add_to_rate(account_at(rate.account), rate.at, rate.count);
  }
  return ok_status();
}

// Before the orders, whose day timers stand at the end of the day, and before the positions, whose hash depends on it.
Status State::load_days(const StateImage& image) {
  if (!is_valid_calendar(image.calendar, Nanos{})) return corrupt("the calendar");
  calendar_ = image.calendar;
  day_ = image.day;
  trading_sum_ += hash_of(calendar_);
  trading_sum_ += hash_of(day_);
  return ok_status();
}

Status State::load_trading(const StateImage& image) {
  for (const PositionImage& from : image.positions) {
    if (account(from.account) == nullptr || instrument(from.instrument) == nullptr)
      return corrupt("a position of nobody");
    const std::int64_t net = from.holding.net.value();
    if (net > kPositionMax || net < -kPositionMax) return corrupt("a position out of range");
    Position& position = positions_[position_slot(from.account, from.instrument)];
    if (position.traded) return corrupt("a position twice");
    position.holding = from.holding;
    position.day_profit = from.day_profit;
    position.day_trades = from.day_trades;
    position.traded = true;
    account_at(from.account).day_trades += from.day_trades;
    trading_sum_ += hash_of(position, has_day());
  }
  for (const OrderImage& order : image.orders) {
    const Status loaded = load_order(order);
    if (!loaded.ok()) return loaded;
  }
  // Only now into the books, oldest place first: the queue of a level is in order of priority, not of order id.
  std::vector<OrderIndex> by_priority;
  for (OrderIndex i = all_orders_.head; i != kNoSlot; i = orders_.next(ListKind::kAll, i)) by_priority.push_back(i);
  std::sort(by_priority.begin(), by_priority.end(),
            [this](OrderIndex a, OrderIndex b) { return orders_[a].priority < orders_[b].priority; });
  std::uint64_t previous = 0;
  for (const OrderIndex i : by_priority) {
    const LiveOrder& order = orders_[i];
    if (order.priority <= previous || order.priority > image.counters.priorities) return corrupt("a priority");
    previous = order.priority;
    const OrderEvent& accepted = order.accepted;
    Instrument& instrument = instrument_at(accepted.instrument);
    const Quantity shown = orders_.node(i).remaining;
    if (order.waiting) instrument.stops.add(i, opposite(accepted.side), accepted.stop_price, shown);
    else instrument.book.add(i, accepted.side, accepted.price, shown);
  }
  // Two orders that could trade with each other would have traded: such an image is not one of ours.
  const bool crossed =
      std::any_of(instruments_.begin(), instruments_.end(), [](const Instrument& i) { return i.book.crossed(); });
  return crossed ? Status(corrupt("a crossed book")) : ok_status();
}

// The order joins indices, lists and sums here, and its level later. Each check names what would break which invariant.
Status State::load_order(const OrderImage& image) {
  const OrderEvent& accepted = image.accepted;
  const bool in_order = all_orders_.tail == kNoSlot || orders_[all_orders_.tail].accepted.order_id < accepted.order_id;
  if (!in_order || shard_of(accepted.order_id) != genesis_.shard) return corrupt("order ids");
  if (account(accepted.account) == nullptr || instrument(accepted.instrument) == nullptr)
    return corrupt("an order of nobody");
  if (accepted.strategy != StrategyId{} && strategy(accepted.strategy) == nullptr)
    return corrupt("an order of no strategy");
  if (orders_.find(accepted.account, accepted.instrument, accepted.client_order_id) != kNoSlot)
    return corrupt("a client order id twice");
  if (!(image.waiting_stop ? is_stop(accepted.type) : rests(accepted))) return corrupt("an order that cannot rest");
  if (accepted.side != Side::kBuy && accepted.side != Side::kSell) return corrupt("an order's side");
  const auto is_price = [](Price price) { return price > Price{0} && price <= kPriceMax; };
  if (has_limit_price(accepted.type) ? !is_price(accepted.price) : accepted.price != Price{0})
    return corrupt("an order's price");
  if (image.waiting_stop && !is_price(accepted.stop_price)) return corrupt("a stop's price");
  if (accepted.tif == TimeInForce::kDay && !has_day()) return corrupt("a day order without a day");
  if (image.remaining <= Quantity{0} || image.remaining > accepted.quantity || accepted.quantity > kQuantityMax ||
      image.filled != accepted.quantity - image.remaining) {
    return corrupt("an order's quantities");
  }
  const Quantity shown = image.remaining - image.hidden;
  if (image.hidden < Quantity{0} || shown <= Quantity{0} ||
      (image.hidden > Quantity{0} && (image.waiting_stop || shown > accepted.display))) {
    return corrupt("an iceberg's tranche");
  }
  const OrderIndex index = orders_.add(accepted);
  LiveOrder& order = orders_[index];
  order.filled = image.filled;
  order.priority = image.priority;
  order.position = position_slot(accepted.account, accepted.instrument);
  order.waiting = image.waiting_stop;
  order.hidden = image.hidden;
  orders_.node(index).remaining = shown;
  add_live(order, image.remaining);
  link(index);
  set_timer(index);
  add_hash(order);
  trading_sum_ += hash_of_progress(order, image.remaining);
  return ok_status();
}

}  // namespace sluice::core
