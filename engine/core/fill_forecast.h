// FillForecast: whether an incoming order would be filled at once, trade by trade as matching would do it, where a
// trade can use up a daily limit and so take an account's orders out of the book in mid-sweep (R-FOK). Changes nothing.
//
// For fill-or-kill orders while a daily limit is in force; without one a sum over the levels says the same. Allocates.
#pragma once

#include <vector>

#include "engine/core/state.h"

namespace sluice::core {

class FillForecast {
 public:
  /// `taker` is a live order that has not traded yet in its command. Both outlive this.
  FillForecast(const State& state, OrderIndex taker);

  /// True if all that is left of the order would trade.
  bool fills();

 private:
  /// What an account would have after the trades so far.
  struct Party {
    AccountId account;
    std::uint32_t slot = kNoSlot;  // its position in the instrument
    Holding holding;
    std::uint64_t day_trades = 0;
    Int128 other_profit = 0;  // of the day, in all other instruments
    bool stopped = false;     // a limit would have stopped it
  };
  struct Maker {
    OrderIndex index = kNoSlot;
    Quantity shown;
    Quantity left;
  };
  enum class Next { kGoOn, kFilled, kStopped };

  Party& party(AccountId account);
  bool is_broken(const Party& party) const;
  Next sweep(const Level& level);
  Next trade(Maker& maker, Price price);
  void stop_makers();

  const State& state_;
  const OrderEvent& order_;
  const Instrument& instrument_;
  Quantity left_;
  Price last_;
  std::vector<Party> parties_;  // of everybody who holds the instrument, by account
};

}  // namespace sluice::core
