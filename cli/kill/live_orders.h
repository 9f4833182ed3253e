// LiveOrders: who has which orders live and what positions, from the events of one shard alone: as much as a promise of
// a kill needs to be judged. It trusts nothing: an event of an unknown order changes what it can. One thread.
#pragma once

#include <map>
#include <tuple>
#include <unordered_map>

#include "domain/events.h"
#include "domain/holding.h"

namespace sluice::cli {

class LiveOrders {
 public:
  void take(const OrderEvent& event);

  /// Of a live order; 0 if it has none, or is not live.
  StrategyId strategy_of(OrderId order) const;
  Int128 left_of(OrderId order) const;
  /// What is left of all live orders of a side, waiting stops included.
  Int128 live(AccountId account, InstrumentId instrument, Side side) const;
  /// How much an order of that side can close.
  Int128 closable(AccountId account, InstrumentId instrument, Side side) const;

 private:
  struct Order {
    AccountId account;
    StrategyId strategy;
    InstrumentId instrument;
    Side side = Side::kNone;
    Int128 left = 0;
  };
  using Orders = std::unordered_map<std::uint64_t, Order>;
  void set_left(OrderId order, Int128 left);
  void move(AccountId account, InstrumentId instrument, Int128 by);

  Orders orders_;
  std::map<std::tuple<AccountId, InstrumentId, Side>, Int128> live_;
  std::map<std::tuple<AccountId, InstrumentId>, Int128> net_;
};

}  // namespace sluice::cli
