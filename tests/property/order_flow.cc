#include "tests/property/order_flow.h"

namespace sluice::property {

namespace {
bool has_limit_price(OrderType type) { return type == OrderType::kLimit || type == OrderType::kStopLimit; }
}  // namespace

FlowStep OrderFlow::next() {
  // An engaged scope is released soon: a stopped market tests little.
  if (!open_kills_.empty() && percent(25)) return kill_or_release();
  const std::int64_t dice = pick(1, 100);
  if (dice <= mix_.kills_percent) return kill_or_release();
  if (dice <= mix_.kills_percent + mix_.limits_percent) return limit();
  if (dice <= 55 || recent_.empty()) return new_order();
  if (dice <= 75) return change(OrderCommandKind::kCancel);
  if (dice <= 98) return change(OrderCommandKind::kReplace);
  return change(OrderCommandKind::kCancelAll);
}

OrderCommand OrderFlow::new_order() {
  OrderCommand order;
  order.kind = OrderCommandKind::kSubmit;
  order.account = AccountId{static_cast<std::uint32_t>(pick(1, kAccounts))};
  order.strategy = StrategyId{static_cast<std::uint32_t>(pick(0, kStrategies))};
  order.instrument = InstrumentId{static_cast<std::uint32_t>(pick(1, kInstruments))};
  order.side = percent(50) ? Side::kBuy : Side::kSell;
  order.quantity = Quantity{percent(2) ? pick(-1, 0) : pick(1, 50)};
  order.type = percent(8) ? OrderType::kMarket : OrderType::kLimit;
  order.tif = percent(15) ? TimeInForce::kIoc : TimeInForce::kGtc;
  if (order.type == OrderType::kLimit) order.price = Price{percent(1) ? 0 : pick(kLowestPrice, kHighestPrice)};
  if (mix_.matching_extras) {
    if (percent(6)) order.tif = TimeInForce::kFok;
    if (percent(6)) order.flags = kFlagPostOnly;
    if (percent(30)) order.stp = static_cast<SelfTradePrevention>(pick(1, 4));
    if (percent(12)) {
      order.type = order.type == OrderType::kMarket ? OrderType::kStop : OrderType::kStopLimit;
      order.stop_price = Price{pick(kLowestPrice, kHighestPrice)};
      order.flags = 0;
    }
    if (percent(15) && order.quantity > Quantity{0} && has_limit_price(order.type))
      order.display = Quantity{pick(1, order.quantity.value())};
  }
  const bool reuse_id = percent(3) && !recent_.empty();
  if (reuse_id) {
    const OrderCommand& other =
        recent_[static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(recent_.size()) - 1))];
    order.client_order_id = other.client_order_id;
    order.account = other.account;
    order.instrument = other.instrument;
  } else {
    order.client_order_id = *ClientOrderId::from("o" + std::to_string(++named_));
  }
  if (recent_.size() >= 60) recent_.erase(recent_.begin());
  recent_.push_back(order);
  return order;
}

OrderCommand OrderFlow::change(OrderCommandKind kind) {
  const OrderCommand& target =
      recent_[static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(recent_.size()) - 1))];
  OrderCommand command;
  command.kind = kind;
  command.account = target.account;
  command.instrument = target.instrument;
  if (kind == OrderCommandKind::kCancelAll) {
    if (percent(50)) command.instrument = {};
    command.side = static_cast<Side>(pick(0, 2));
    return command;
  }
  command.client_order_id = target.client_order_id;
  if (percent(2)) command.account = AccountId{command.account.value() % kAccounts + 1};  // someone else's, mostly
  if (kind == OrderCommandKind::kCancel) return command;
  command.fields = static_cast<std::uint8_t>(pick(0, 3));
  if ((command.fields & kFieldQuantity) != 0) command.quantity = Quantity{percent(2) ? 0 : pick(1, 60)};
  if ((command.fields & kFieldPrice) != 0) command.price = Price{pick(kLowestPrice, kHighestPrice)};
  if (percent(target.stop_price != Price{0} ? 30 : 2)) {
    command.fields |= kFieldStopPrice;
    command.stop_price = Price{pick(kLowestPrice, kHighestPrice)};
  }
  return command;
}

KillStep OrderFlow::kill_or_release() {
  if (!open_kills_.empty() && percent(70)) {
    KillStep step = open_kills_.back();
    open_kills_.pop_back();
    step.release = true;
    step.by_latch = false;
    return step;
  }
  KillStep step;
  step.by_latch = percent(40);
  switch (pick(1, 4)) {
    case 1: break;
    case 2:
      step.scope = KillScope::kAccount;
      step.id = static_cast<std::uint32_t>(pick(1, kAccounts));
      break;
    case 3:
      step.scope = KillScope::kSymbol;
      step.id = static_cast<std::uint32_t>(pick(1, kInstruments));
      break;
    default: step.scope = KillScope::kStrategy; step.id = static_cast<std::uint32_t>(pick(1, kStrategies));
  }
  open_kills_.push_back(step);
  return step;
}

LimitStep OrderFlow::limit() {
  LimitStep step;
  step.account = static_cast<std::uint32_t>(pick(1, kAccounts));
  const bool lift = percent(60);
  switch (pick(1, 6)) {
    case 1:
      step.kind = LimitKind::kMaxOrderQuantity;
      step.value = pick(20, 50);
      break;
    case 2:
      step.kind = LimitKind::kMaxOrderNotional;
      step.value = pick(2'000, 5'000);
      break;
    case 3:
      step.kind = LimitKind::kMaxOpenOrders;
      step.value = pick(2, 10);
      break;
    case 4:
      step.kind = LimitKind::kPriceBandBps;
      step.value = pick(0, 500);
      break;
    case 5:
      step.kind = LimitKind::kMaxOpenNotional;
      step.value = pick(2'000, 20'000);
      break;
    default: step.kind = LimitKind::kMaxPosition; step.value = pick(50, 300);
  }
  if (lift) step.value.reset();
  return step;
}

}  // namespace sluice::property
