#include "support/random_flow.h"

#include <string>

namespace sluice::test {

RandomFlow::RandomFlow(ShardRig& rig, std::uint64_t seed) : rig_(rig), engine_(seed) {
  for (const char* name : {"alice", "bob", "carol", "dave"}) accounts_.push_back(rig_.account(name));
  for (const char* name : {"momentum", "maker"}) strategies_.push_back(rig_.strategy(name));
  for (const char* symbol : {"BTC-USD", "ETH-USD"}) instruments_.push_back(rig_.instrument(symbol));
}

OrderCommand RandomFlow::random_order() {
  const AccountId account = accounts_[below(accounts_.size())];
  const InstrumentId instrument = instruments_[below(instruments_.size())];
  const Side side = below(2) == 0 ? Side::kBuy : Side::kSell;
  const auto price = static_cast<std::int64_t>(95 + below(11));
  const auto quantity = static_cast<std::int64_t>(1 + below(20));
  const std::uint64_t dice = below(100);
  if (dice < 55 || submitted_ == 0) {
    // Names come again after a while, as a client's do.
    OrderCommand order =
        ShardRig::limit(account, instrument, side, price, quantity, "o" + std::to_string(++submitted_ % 200));
    if (below(4) == 0) order.tif = TimeInForce::kIoc;
    if (below(3) == 0) order.strategy = strategies_[below(strategies_.size())];
    return order;
  }
  if (dice < 60) return ShardRig::market(account, instrument, side, quantity, "m" + std::to_string(++submitted_));
  const std::uint64_t orders = rig_.engine().image().counters.orders;
  const OrderId target = make_order_id(ShardId{0}, 1 + below(orders + 1));
  if (dice < 80) return ShardRig::cancel(account, target);
  if (dice < 98) return ShardRig::replace(account, target, quantity, price);
  OrderCommand all = ShardRig::cancel(account, OrderId{});
  all.kind = OrderCommandKind::kCancelAll;
  return all;
}

void RandomFlow::random_orders() {
  std::vector<OrderCommand> commands;
  for (std::uint64_t count = 1 + below(8); count > 0; --count) commands.push_back(random_order());
  rig_.orders(std::move(commands));
}

void RandomFlow::kill_and_release() {
  EngageKillSwitch kill;
  kill.kill_id = {rig_.last_sequence(), 1};
  kill.scope = KillScope::kAccount;
  kill.key = *Name::from(below(2) == 0 ? "alice" : "bob");
  rig_.control(FrameClass::kControl, kill);
  random_orders();
  RequestRelease request;
  request.release_id = {rig_.last_sequence(), 2};
  request.scope = kill.scope;
  request.key = kill.key;
  request.kill_id = kill.kill_id;
  rig_.control(FrameClass::kControl, request, "first person");
  if (below(3) == 0) return;  // left open; the next kill of the scope makes it superseded
  rig_.control(FrameClass::kControl, ApproveRelease{.release_id = request.release_id, .reason = {}}, "second person");
}

void RandomFlow::step() {
  const std::uint64_t dice = below(100);
  if (dice < 92) return random_orders();
  if (dice < 95) return kill_and_release();
  if (dice < 96) return rig_.take_over();
  if (dice < 97) return rig_.write_void();
  if (dice < 98) return rig_.latch(KillScope::kStrategy, "momentum");
  SetLimits limits;
  limits.account = *Name::from("carol");
  limits.changes[static_cast<std::size_t>(LimitKind::kMaxOpenOrders)] = {LimitAction::kSet,
                                                                         static_cast<std::int64_t>(5 + below(50))};
  rig_.control(FrameClass::kReference, limits);
}

}  // namespace sluice::test
