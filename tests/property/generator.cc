#include "tests/property/generator.h"

#include <array>
#include <limits>
#include <string>

namespace sluice::property {

namespace {

constexpr std::size_t kRecent = 40;
constexpr std::int64_t kLargest = std::int64_t{1} << 40;  // price and quantity that the engine accepts
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

bool has_limit(OrderType type) { return type == OrderType::kLimit || type == OrderType::kStopLimit; }
bool is_stop(OrderType type) { return type == OrderType::kStop || type == OrderType::kStopLimit; }

}  // namespace

std::uint64_t SeededChance::below(std::uint64_t bound) {
  state_ += 0x9E3779B97F4A7C15u;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return static_cast<std::uint64_t>((static_cast<Uint128>(z ^ (z >> 31)) * bound) >> 64);
}

Generator::Generator(Chance& chance, const Mix& mix) : chance_(chance), mix_(mix) {
  world_.accounts = static_cast<std::uint32_t>(pick(3, 5));
  world_.instruments = id_up_to(mix.instruments_max);
  levels_ = pick(7, 13);
  if (mix.plain_units) return;
  if (percent(20)) world_.tick = 5;
  if (percent(20)) world_.lot = 10;
  if (percent(25)) world_.stop_in_market = StopInMarket::kReject;
  if (percent(10)) world_.orders_max = 6;
  if (percent(30)) world_.key_window_millis = pick(1, 3) * 1000;
}

ClientOrderId Generator::fresh_name() { return *ClientOrderId::from("o" + std::to_string(++named_)); }

Step Generator::order_step(const OrderCommand& command) {
  Step step;
  step.order = command;
  step.joins = percent(mix_.joins);
  if (percent(mix_.wrong)) {
    step.stamp = pick(-2, 2) * world_.key_window_millis / 2;
    step.stamp += pick(-1, 1);
  }
  if (percent(mix_.wrong)) step.valid = pick(-5, 5);
  if (command.kind == OrderCommandKind::kSubmit && command.tif == TimeInForce::kGtd)
    step.ends = percent(mix_.wrong) ? pick(-1, 0) : pick(1, 3) * pick(1, 1000);
  if (percent(mix_.wrong / 2)) step.ends = pick(-1, 1);
  return step;
}

std::vector<Step> Generator::opening() {
  std::vector<Step> steps;
  if (mix_.limits_from_the_start) {
    for (std::uint32_t account = 1; account <= world_.accounts; ++account) {
      steps.push_back(limit(LimitKind::kMaxPosition, account, 0));
      steps.push_back(limit(LimitKind::kMaxOpenOrders, account, 0));
      if (percent(50)) steps.push_back(limit(limit_kind(), account, 0));
    }
  }
  if (!mix_.settled) return steps;
  for (std::uint32_t instrument = 1; instrument <= world_.instruments; ++instrument) {
    Step step;
    step.order.type = OrderType::kLimit;
    step.order.tif = TimeInForce::kGtc;
    step.order.instrument = InstrumentId{instrument};
    step.order.price = Price{price()};
    step.order.quantity = Quantity{world_.lot};
    for (const Side side : {Side::kSell, Side::kBuy}) {
      step.order.account = AccountId{side == Side::kSell ? 1u : 2u};
      step.order.side = side;
      step.order.client_order_id = fresh_name();
      steps.push_back(step);
    }
  }
  return steps;
}

Step Generator::next() {
  // An engaged scope is released soon: a stopped market tests little.
  if (!open_kills_.empty() && percent(20)) return kill_or_release(true);
  // A daily limit stops accounts without being asked.
  if (mix_.daily_limits > 0 && mix_.limits > 0 && percent(3)) {
    Step step;
    step.kind = StepKind::kRelease;
    step.scope = KillScope::kAccount;
    step.key = id_up_to(world_.accounts);
    return step;
  }
  std::int64_t dice = pick(1, 100);
  const auto falls = [&dice](int share) { return (dice -= share) <= 0; };
  Step step;
  if (falls(mix_.kills)) return kill_or_release(false);
  if (falls(mix_.limits)) {
    const LimitKind kind = limit_kind();  // first: the order of choices must not be a compiler's
    return limit(kind, id_up_to(world_.accounts), 60);
  }
  if (falls(mix_.waits)) {
    step.kind = StepKind::kWait;
    constexpr std::array<std::int64_t, 6> kWaits{1, 100, 500, 999, 1000, 4000};
    step.value = kWaits[chance_.below(kWaits.size())];
    return step;
  }
  if (falls(mix_.states)) return state_or_calendar();
  if (falls(mix_.resends)) {
    step.kind = StepKind::kResend;
    step.back = static_cast<std::uint32_t>(pick(0, 20));
    step.altered = percent(25);
    step.joins = percent(mix_.joins);
    return step;
  }
  if (falls(mix_.restores)) {
    step.kind = StepKind::kRestore;
    return step;
  }
  if (falls(mix_.news) || recent_.empty()) return order_step(new_order());
  if (falls(mix_.cancels)) return order_step(change(OrderCommandKind::kCancel));
  return order_step(change(percent(4) ? OrderCommandKind::kCancelAll : OrderCommandKind::kReplace));
}

OrderCommand Generator::new_order() {
  OrderCommand order;
  order.account = AccountId{id_up_to(world_.accounts)};
  order.strategy = StrategyId{static_cast<std::uint32_t>(pick(0, world_.strategies))};
  order.instrument = InstrumentId{id_up_to(world_.instruments)};
  order.side = percent(50) ? Side::kBuy : Side::kSell;
  order.quantity = Quantity{quantity(50)};
  choose_kind(order);
  order.client_order_id = fresh_name();
  if (percent(mix_.wrong)) spoil(order);
  if (percent(mix_.extreme)) order.quantity = Quantity{edge()};
  if (percent(mix_.extreme)) order.price = Price{edge()};
  if (percent(mix_.extreme)) order.stop_price = Price{edge()};
  if (percent(mix_.extreme)) order.display = Quantity{edge()};
  if (recent_.size() >= kRecent) recent_.erase(recent_.begin());
  recent_.push_back(order);
  return order;
}

/// Type, time in force, policy, and what goes with them.
void Generator::choose_kind(OrderCommand& order) {
  const bool market = percent(mix_.markets);
  const bool stop = percent(mix_.stops);
  if (stop) order.type = market ? OrderType::kStop : OrderType::kStopLimit;
  else order.type = market ? OrderType::kMarket : OrderType::kLimit;
  order.tif = TimeInForce::kGtc;
  if (percent(mix_.iocs)) order.tif = TimeInForce::kIoc;
  if (percent(mix_.foks)) order.tif = TimeInForce::kFok;
  if (percent(mix_.ends_by_time)) order.tif = percent(60) ? TimeInForce::kGtd : TimeInForce::kDay;
  if (has_limit(order.type)) order.price = Price{price()};
  if (stop) order.stop_price = Price{price()};
  if (!stop && percent(mix_.posts)) order.flags = kFlagPostOnly;
  if (percent(mix_.self_trade_policies)) order.stp = static_cast<SelfTradePrevention>(pick(1, 4));
  if (has_limit(order.type) && percent(mix_.icebergs))
    order.display = Quantity{world_.lot * pick(1, order.quantity.value() / world_.lot)};
}

std::int64_t Generator::edge() {
  constexpr std::array<std::int64_t, 12> kEdges{
      0, -1, 1, kMin, kMin + 1, kMax, kMax - 1, kLargest, kLargest + 1, kLargest - 1, -kLargest, std::int64_t{1} << 62};
  return kEdges[chance_.below(kEdges.size())];
}

/// One thing that some rule refuses (or nearly).
void Generator::spoil(OrderCommand& order) {
  switch (pick(1, 14)) {
    case 1: order.quantity = Quantity{pick(-1, 0)}; break;
    case 2: order.quantity = Quantity{order.quantity.value() + 1}; break;
    case 3: order.price = Price{pick(-1, 1)}; break;
    case 4: order.price = Price{order.price.value() + 1}; break;
    case 5: order.stop_price = Price{pick(0, 1)}; break;
    case 6: order.display = Quantity{order.quantity.value() + pick(-1, 1)}; break;
    case 7: order.account = AccountId{world_.accounts + 1}; break;
    case 8: order.instrument = InstrumentId{world_.instruments + 1}; break;
    case 9: order.strategy = StrategyId{world_.strategies + 1}; break;
    case 10: order.client_order_id = {}; break;
    case 11:
      if (recent_.empty()) break;
      order.client_order_id = recent_.back().client_order_id;
      order.account = recent_.back().account;
      order.instrument = recent_.back().instrument;
      break;
    case 12: order.tif = TimeInForce::kNone; break;
    case 13: order.flags = static_cast<std::uint8_t>(pick(1, 3)); break;
    default: order.side = Side::kNone;
  }
}

OrderCommand Generator::change(OrderCommandKind kind) {
  const OrderCommand& target = recent_[chance_.below(recent_.size())];
  OrderCommand command;
  command.kind = kind;
  command.account = target.account;
  command.instrument = target.instrument;
  if (kind == OrderCommandKind::kCancelAll) {
    if (percent(50)) command.instrument = {};
    command.side = static_cast<Side>(pick(0, 2));
    if (percent(30)) command.flags = kFlagDisconnect;
    return command;
  }
  command.client_order_id = target.client_order_id;
  if (percent(mix_.by_number))
    command.order_id = OrderId{static_cast<std::uint64_t>(pick(1, static_cast<std::int64_t>(named_)))};
  if (percent(mix_.wrong)) command.account = AccountId{command.account.value() % world_.accounts + 1};
  if (percent(mix_.wrong)) command.client_order_id = {};
  if (kind == OrderCommandKind::kCancel) return command;
  command.fields = static_cast<std::uint8_t>(pick(0, 3));
  if ((command.fields & kFieldQuantity) != 0) command.quantity = Quantity{percent(2) ? 0 : quantity(60)};
  if ((command.fields & kFieldPrice) != 0) command.price = Price{percent(2) ? 0 : price()};
  if (percent(is_stop(target.type) ? 30 : 2)) {
    command.fields |= kFieldStopPrice;
    command.stop_price = Price{price()};
  }
  if (percent(mix_.extreme)) command.quantity = Quantity{edge()};
  if (percent(mix_.extreme)) command.price = Price{edge()};
  return command;
}

Step Generator::kill_or_release(bool releases) {
  Step step;
  step.kind = StepKind::kKill;
  if (releases) {
    const std::size_t which = chance_.below(open_kills_.size());
    step = open_kills_[which];
    step.kind = StepKind::kRelease;
    step.path = KillPath::kLog;
    open_kills_.erase(open_kills_.begin() + static_cast<std::ptrdiff_t>(which));
    return step;
  }
  step.path = static_cast<KillPath>(pick(0, 2));
  step.scope = static_cast<KillScope>(pick(1, 4));
  if (step.scope == KillScope::kAccount) step.key = id_up_to(world_.accounts);
  if (step.scope == KillScope::kSymbol) step.key = id_up_to(world_.instruments);
  if (step.scope == KillScope::kStrategy) step.key = id_up_to(world_.strategies);
  if (percent(mix_.kill_modes)) step.mode = static_cast<KillMode>(pick(2, 4));
  open_kills_.push_back(step);
  return step;
}

Step Generator::state_or_calendar() {
  Step step;
  if (percent(30)) {
    step.kind = StepKind::kCalendar;
    step.value = percent(20) ? 0 : pick(1, 5000);
    return step;
  }
  step.kind = StepKind::kState;
  step.key = id_up_to(world_.instruments);
  // Mostly open again: a halted market tests little.
  step.state = percent(60) ? InstrumentState::kOpen : static_cast<InstrumentState>(pick(2, 3));
  return step;
}

LimitKind Generator::limit_kind() {
  if (percent(mix_.daily_limits)) return percent(50) ? LimitKind::kMaxDailyTrades : LimitKind::kMaxDailyLoss;
  return static_cast<LimitKind>(pick(0, mix_.rate_limits ? 6 : 5));
}

Step Generator::limit(LimitKind kind, std::uint32_t account, int lifts_percent) {
  Step step;
  step.kind = StepKind::kLimit;
  step.key = account;
  step.limit = kind;
  step.lifts = percent(lifts_percent);
  if (lifts_percent > 0 && percent(mix_.default_limits)) {
    step.of = percent(50) ? reference::LimitOf::kInstrument : reference::LimitOf::kAll;
    step.key = id_up_to(world_.instruments);
  }
  const std::int64_t unit = world_.lot, value = world_.lot * world_.tick;
  switch (kind) {
    case LimitKind::kMaxOrderQuantity: step.value = pick(20, 50) * unit; break;
    case LimitKind::kMaxOrderNotional: step.value = pick(2'000, 5'000) * value; break;
    case LimitKind::kMaxOpenOrders: step.value = pick(2, 10); break;
    case LimitKind::kPriceBandBps: step.value = pick(0, 500); break;
    case LimitKind::kMaxOpenNotional: step.value = pick(2'000, 20'000) * value; break;
    case LimitKind::kMaxPosition: step.value = pick(50, 300) * unit; break;
    case LimitKind::kMaxDailyTrades: step.value = pick(1, percent(50) ? 6 : 40); break;
    case LimitKind::kMaxDailyLoss: step.value = pick(0, 400) * value; break;
    default: step.value = pick(1, 8);  // orders a second
  }
  if (percent(mix_.extreme)) step.value = std::max<std::int64_t>(0, edge());
  if (step.lifts) step.value = 0;
  return step;
}

History make_history(std::uint64_t seed, const Mix& mix, std::size_t steps) {
  SeededChance chance(seed);
  Generator generator(chance, mix);
  History history{generator.world(), generator.opening()};
  history.steps.reserve(history.steps.size() + steps);
  for (std::size_t i = 0; i < steps; ++i) history.steps.push_back(generator.next());
  return history;
}

}  // namespace sluice::property
