// PositionTable: holding, live quantity and day so far of each (account, instrument) pair that ever had an order. One
// thread. A pair is added with its first order (that may allocate) and never removed. Slots are in order of first use,
// which a replay repeats but a restore does not: never let a slot reach an event or a hash.
//
// Invariants: live quantities >= 0; |net| + live quantity of a side <= kPositionMax, which the risk check keeps.
#pragma once

#include <cstdint>
#include <vector>

#include "base/slot_index.h"
#include "domain/events.h"
#include "domain/holding.h"

namespace sluice::core {

/// No position may be able to exceed this, with or without a limit: sums stay far from overflow.
inline constexpr std::int64_t kPositionMax = std::int64_t{1} << 62;

struct Position {
  AccountId account;
  InstrumentId instrument;
  Holding holding;
  Int128 day_profit = 0;         // holding.profit() at the last price when the settlement day began
  std::uint64_t day_trades = 0;  // of this settlement day
  Quantity live_buy;             // left of all live orders of that side
  Quantity live_sell;
  bool traded = false;

  Quantity& live(Side side) { return side == Side::kBuy ? live_buy : live_sell; }
  Quantity live(Side side) const { return side == Side::kBuy ? live_buy : live_sell; }
  /// How much an order of `side` can close.
  Quantity closable(Side side) const {
    const std::int64_t against = side == Side::kBuy ? -holding.net.value() : holding.net.value();
    return Quantity{against > 0 ? against : 0};
  }
};

class PositionTable {
 public:
  PositionTable() : index_(1024) {}

  /// The slot of a pair, or kNoSlot.
  std::uint32_t find(AccountId account, InstrumentId instrument) const {
    return index_.find(hash_of(account, instrument), [&](std::uint32_t slot) {
      return positions_[slot].account == account && positions_[slot].instrument == instrument;
    });
  }
  /// Adds a pair that is not there; gives its slot.
  std::uint32_t add(AccountId account, InstrumentId instrument);

  Position& operator[](std::uint32_t slot) { return positions_[slot]; }
  const std::vector<Position>& all() const { return positions_; }

 private:
  static std::uint64_t hash_of(AccountId account, InstrumentId instrument) {
    return mix_words((std::uint64_t{account.value()} << 32) | instrument.value());
  }

  std::vector<Position> positions_;
  SlotIndex index_;
};

}  // namespace sluice::core
