// PositionTable: the one place where a pair is added.
#include "engine/core/positions.h"

#include "base/invariant.h"

namespace sluice::core {

std::uint32_t PositionTable::find_or_add(AccountId account, InstrumentId instrument) {
  INVARIANT(account.value() != 0);
  INVARIANT(instrument.value() != 0);
  const std::uint32_t known = find(account, instrument);
  if (known != kNoSlot) return known;
  const auto slot = static_cast<std::uint32_t>(positions_.size());
  positions_.push_back({account, instrument, Quantity{}, Quantity{}, Quantity{}, false});
  index_.insert(hash_of(account, instrument), slot);
  return slot;
}

}  // namespace sluice::core
