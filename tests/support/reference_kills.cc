// ReferenceExchange: the kill switch and its modes.
#include <algorithm>

#include "tests/support/reference_exchange.h"

namespace sluice::reference {

namespace {

/// From the weakest.
int strictness(KillMode mode) {
  switch (mode) {
    case KillMode::kReduceOnly: return 1;
    case KillMode::kBlockOnly: return 2;
    case KillMode::kBlockAndCancel: return 3;
    case KillMode::kFlatten: return 4;
  }
  return 0;
}

bool covers(const Scope& scope, const OrderCommand& terms) {
  switch (scope.first) {
    case KillScope::kGlobal: return true;
    case KillScope::kAccount: return terms.account.value() == scope.second;
    case KillScope::kSymbol: return terms.instrument.value() == scope.second;
    case KillScope::kStrategy: return terms.strategy.value() == scope.second;
  }
  return false;
}

}  // namespace

std::optional<KillMode> ReferenceExchange::blocked(const OrderCommand& terms) const {
  std::optional<KillMode> strictest;
  for (const auto& [scope, mode] : killed_) {
    if (covers(scope, terms) && (!strictest || strictness(mode) > strictness(*strictest))) strictest = mode;
  }
  return strictest;
}

/// How much an order of that account, instrument and side can close.
std::int64_t ReferenceExchange::closable(const Order& order) const {
  const std::int64_t net = position(order.terms.account.value(), order.terms.instrument.value());
  return std::max<std::int64_t>(order.terms.side == Side::kBuy ? -net : net, 0);
}

/// What is left of the other live orders of the same account, instrument and side.
std::int64_t ReferenceExchange::live_beside(const Order& order) const {
  std::int64_t sum = 0;
  for (const auto& [number, other] : orders_) {
    const bool same = other.terms.account == order.terms.account && other.terms.instrument == order.terms.instrument &&
                      other.terms.side == order.terms.side;
    if (same && number != order.number) sum += other.left();
  }
  return sum;
}

std::vector<std::uint64_t> ReferenceExchange::live_in(const Scope& scope) const {
  std::vector<std::uint64_t> found;
  for (const auto& [number, order] : orders_) {
    if (covers(scope, order.terms)) found.push_back(number);
  }
  return found;
}

void ReferenceExchange::kill(const Scope& scope, KillMode mode, Events& events) {
  const auto known = killed_.find(scope);
  if (known == killed_.end() || strictness(mode) > strictness(known->second)) killed_[scope] = mode;
  if (mode == KillMode::kBlockOnly) return;
  if (mode == KillMode::kReduceOnly) return reduce(scope, 0, 0, events);
  for (const std::uint64_t number : live_in(scope)) end(number, CancelReason::kKill, events);
  if (mode == KillMode::kFlatten) flatten(scope, events);
}

/// Of the scope (and, if given, one account and instrument), newest first.
void ReferenceExchange::reduce(const Scope& scope, std::uint32_t account, std::uint32_t instrument, Events& events) {
  std::vector<std::uint64_t> numbers = live_in(scope);
  std::reverse(numbers.begin(), numbers.end());
  for (const std::uint64_t number : numbers) {
    const Order& order = orders_.at(number);
    if (account != 0 && (order.terms.account.value() != account || order.terms.instrument.value() != instrument))
      continue;
    if (could_increase(order)) end(number, CancelReason::kKill, events);
  }
}

/// After an order has come, or grown: those of strategies that only reduce make room for it.
void ReferenceExchange::reduce_strategies(const OrderCommand& terms, Events& events) {
  for (std::uint32_t strategy = 1; strategy <= world_.strategies; ++strategy) {
    const auto mode = killed_.find({KillScope::kStrategy, strategy});
    if (mode == killed_.end() || mode->second != KillMode::kReduceOnly) continue;
    reduce({KillScope::kStrategy, strategy}, terms.account.value(), terms.instrument.value(), events);
  }
}

/// One market order a position, of the largest size there is, each complete with the stops that it triggers; nobody but
/// the kill sends it, and nothing refuses it.
void ReferenceExchange::flatten(const Scope& scope, Events& events) {
  for (std::uint32_t account = 1; account <= world_.accounts; ++account) {
    for (std::uint32_t instrument = 1; instrument <= world_.instruments; ++instrument) {
      if (scope.first == KillScope::kAccount && scope.second != account) continue;
      if (scope.first == KillScope::kSymbol && scope.second != instrument) continue;
      if (books_[instrument].state != InstrumentState::kOpen) continue;
      for (bool filled = true; filled;) {
        const std::int64_t net = position(account, instrument);
        if (net == 0 || orders_.size() >= world_.orders_max) break;
        Order order;
        order.number = ++accepted_;
        order.terms.account = AccountId{account};
        order.terms.instrument = InstrumentId{instrument};
        order.terms.side = net < 0 ? Side::kBuy : Side::kSell;
        order.terms.type = OrderType::kMarket;
        order.terms.tif = TimeInForce::kIoc;
        order.terms.quantity = Quantity{std::min(net < 0 ? -net : net, std::int64_t{1} << 40)};
        Event accepted;
        accepted.order = order.number;
        accepted.quantity = accepted.left = order.left();
        events.push_back(accepted);
        orders_.emplace(order.number, order);
        match(order.number, events);
        const std::int64_t left = position(account, instrument);
        filled = (left < 0 ? -left : left) + order.left() == (net < 0 ? -net : net);
        run_stops(events);
      }
    }
  }
}

}  // namespace sluice::reference
