#include "tests/property/log_checker.h"

#include <gtest/gtest.h>

namespace sluice::property {

namespace {
bool has_limit(const OrderEvent& accepted) {
  return accepted.type == OrderType::kLimit || accepted.type == OrderType::kStopLimit;
}
}  // namespace

void LogChecker::read(const Answer& answer) {
  if (answer.kind == AnswerKind::kAnswer) {
    EXPECT_EQ(answer.cmd_sequence.value(), sequence_.value() + 1) << "no gap, no repeat";
    sequence_ = answer.cmd_sequence;
  } else {
    EXPECT_EQ(answer.cmd_sequence, sequence_);
  }
  for_each_event(
      answer, [this](const ControlEvent& event) { on(event); }, [this](const OrderEvent& event) { on(event); });
  EXPECT_EQ(cancels_owed_, 0u) << "a kill announced more cancels than it made";
  for (const auto& [id, order] : orders_) {
    if (!order.live) continue;
    if (!order.waiting) {
      EXPECT_TRUE(has_limit(order.accepted)) << "a market order is never live after its command";
      EXPECT_EQ(order.accepted.tif, TimeInForce::kGtc) << "nor is an IOC or FOK order";
    }
    EXPECT_GT(order.total - order.filled, 0);
  }
  std::erase_if(orders_, [](const auto& entry) { return !entry.second.live; });
  std::map<InstrumentId, std::int64_t> sums;
  for (const auto& [key, net] : positions_) sums[key.first] += net;
  for (const auto& [instrument, sum] : sums) EXPECT_EQ(sum, 0) << "positions of a symbol add to zero";
}

void LogChecker::on(const ControlEvent& event) {
  EXPECT_EQ(cancels_owed_, 0u);
  if (const auto* registered = std::get_if<AccountRegistered>(&event.body))
    accounts_[registered->id.value()] = registered->name;
  if (const auto* registered = std::get_if<StrategyRegistered>(&event.body))
    strategies_[registered->id.value()] = registered->name;
  if (const auto* defined = std::get_if<InstrumentDefined>(&event.body))
    symbols_[defined->id.value()] = defined->definition.symbol;
  if (const auto* engaged = std::get_if<KillSwitchEngaged>(&event.body)) {
    engaged_.insert({engaged->kill.scope, engaged->kill.key});
    cancels_owed_ = engaged->orders_cancelled;
    ++kills_;
    if (cancels_owed_ == 0) check_nothing_live_is_killed();
  }
  if (const auto* released = std::get_if<KillSwitchReleased>(&event.body))
    engaged_.erase({released->scope, released->key});
}

bool LogChecker::in_engaged_scope(const OrderEvent& accepted) const {
  const auto engaged = [&](KillScope scope, const std::map<std::uint32_t, Name>& names, std::uint32_t id) {
    return id != 0 && engaged_.contains({scope, names.at(id)});
  };
  return engaged_.contains({KillScope::kGlobal, Name{}}) ||
         engaged(KillScope::kAccount, accounts_, accepted.account.value()) ||
         engaged(KillScope::kSymbol, symbols_, accepted.instrument.value()) ||
         engaged(KillScope::kStrategy, strategies_, accepted.strategy.value());
}

void LogChecker::check_nothing_live_is_killed() const {
  for (const auto& [id, order] : orders_)
    EXPECT_FALSE(order.live && in_engaged_scope(order.accepted)) << "live in an engaged scope";
}

void LogChecker::on(const OrderEvent& event) {
  if (cancels_owed_ > 0) {
    EXPECT_EQ(event.kind, OrderEventKind::kCancelled);
    EXPECT_EQ(event.reason, CancelReason::kKill);
  }
  if (event.kind == OrderEventKind::kAccepted) {
    EXPECT_EQ(event.order_id, make_order_id(ShardId{0}, ++accepted_));
    EXPECT_FALSE(in_engaged_scope(event)) << "accepted in an engaged scope";
    const bool waits = event.type == OrderType::kStop || event.type == OrderType::kStopLimit;
    orders_[event.order_id] = {.accepted = event, .total = event.quantity.value(), .waiting = waits};
    return;
  }
  if (event.kind == OrderEventKind::kTraded) return on_trade(event);
  Seen& order = orders_.at(event.order_id);
  EXPECT_TRUE(order.live);
  EXPECT_EQ(event.account, order.accepted.account) << "the account of an event is the owner";
  if (event.kind == OrderEventKind::kReplaced) {
    EXPECT_FALSE(in_engaged_scope(order.accepted)) << "replaced in an engaged scope";
    order.total = event.quantity.value();
    order.accepted.price = event.price;
    EXPECT_EQ(event.remaining.value(), order.total - order.filled);
  } else if (event.kind == OrderEventKind::kTriggered) {
    EXPECT_FALSE(in_engaged_scope(order.accepted)) << "triggered in an engaged scope";
    EXPECT_TRUE(order.waiting) << "triggered twice, or no stop";
    order.waiting = false;
  } else if (event.kind == OrderEventKind::kDecremented) {
    order.total -= event.quantity.value();
    EXPECT_EQ(event.remaining.value(), order.total - order.filled);
    EXPECT_GT(order.total - order.filled, 0) << "who lost everything is cancelled, not decremented";
  } else if (event.kind == OrderEventKind::kCancelled) {
    EXPECT_EQ(event.quantity.value(), order.total - order.filled) << "quantity = filled + cancelled";
    order.live = false;
    if (cancels_owed_ > 0 && --cancels_owed_ == 0) check_nothing_live_is_killed();
  }
}

void LogChecker::fill(OrderId id, std::int64_t quantity, std::int64_t left) {
  Seen& order = orders_.at(id);
  EXPECT_TRUE(order.live);
  EXPECT_FALSE(order.waiting) << "a waiting stop traded";
  EXPECT_FALSE(in_engaged_scope(order.accepted)) << "traded in an engaged scope";
  order.filled += quantity;
  EXPECT_EQ(order.total - order.filled, left);
  EXPECT_GE(left, 0);
  order.live = left > 0;
}

void LogChecker::on_trade(const OrderEvent& event) {
  EXPECT_EQ(event.trade_id, make_trade_id(ShardId{0}, ++trades_));
  const OrderEvent taker = orders_.at(event.order_id).accepted;
  const OrderEvent maker = orders_.at(event.other_order_id).accepted;
  EXPECT_EQ(event.price, maker.price);
  EXPECT_NE(taker.side, maker.side);
  EXPECT_TRUE(taker.stp == SelfTradePrevention::kNone || taker.account != maker.account)
      << "a self-trade that was to be prevented";
  if (has_limit(taker)) {
    EXPECT_TRUE(taker.side == Side::kBuy ? event.price <= taker.price : event.price >= taker.price)
        << "outside the taker's limit";
  }
  EXPECT_EQ(taker.flags & kFlagPostOnly, 0) << "a post-only order took";
  fill(event.order_id, event.quantity.value(), event.remaining.value());
  fill(event.other_order_id, event.quantity.value(), event.other_remaining.value());
  const std::int64_t bought = taker.side == Side::kBuy ? event.quantity.value() : -event.quantity.value();
  positions_[{taker.instrument, taker.account}] += bought;
  positions_[{taker.instrument, maker.account}] -= bought;
}

}  // namespace sluice::property
