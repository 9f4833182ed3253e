// PositionTable: the one place where a pair is added.
#include "engine/core/positions.h"

#include "base/invariant.h"

namespace sluice::core {

std::uint32_t PositionTable::add(AccountId account, InstrumentId instrument) {
  INVARIANT(account.value() != 0);
  INVARIANT(instrument.value() != 0);
  INVARIANT(find(account, instrument) == kNoSlot);
  const auto slot = static_cast<std::uint32_t>(positions_.size());
  Position& position = positions_.emplace_back();
  position.account = account;
  position.instrument = instrument;
  index_.insert(hash_of(account, instrument), slot);
  return slot;
}

}  // namespace sluice::core
