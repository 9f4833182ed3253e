// PositionTable: net position and live quantity of each (account, instrument) pair that ever had an order. One thread.
// A pair is added with its first order (that may allocate) and never removed. Slots are in order of first use, which a
// replay repeats but a restore does not: never let a slot reach an event or a hash.
//
// Invariants: live quantities >= 0; |net| + live quantity of a side <= kPositionMax, which the risk check keeps.
#pragma once

#include <cstdint>
#include <vector>

#include "base/slot_index.h"
#include "domain/events.h"

namespace sluice::core {

/// No position may be able to exceed this, with or without a limit: sums stay far from overflow.
inline constexpr std::int64_t kPositionMax = std::int64_t{1} << 62;

struct Position {
  AccountId account;
  InstrumentId instrument;
  Quantity net;       // bought - sold
  Quantity live_buy;  // left of all live orders of that side
  Quantity live_sell;
  bool traded = false;

  Quantity& live(Side side) { return side == Side::kBuy ? live_buy : live_sell; }
  Quantity live(Side side) const { return side == Side::kBuy ? live_buy : live_sell; }
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
  /// The slot of a pair, added if new.
  std::uint32_t find_or_add(AccountId account, InstrumentId instrument);

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
