// State: log time, what outcomes change, and what decisions and snapshots read.
#include "engine/core/state.h"

#include <algorithm>

#include "base/invariant.h"

namespace sluice::core {

namespace {
const OrderList kNoOrders{};

/// Former logics erased all old keys when log time moved; what is erased when is in the state hash.
constexpr std::uint32_t kFirstLogicThatErasesSlowly = 4;
/// More than comes, so that what waits comes to an end.
constexpr std::uint32_t kKeysErasedByOutcome = 2;
}  // namespace

State::State(const Genesis& genesis, Capacity capacity)
    : genesis_(genesis), orders_(capacity.orders), keys_(capacity.keys, genesis.key_window), timers_(capacity.orders) {
  INVARIANT(genesis.key_window <= kKeyWindowMax);
  INVARIANT(genesis.shard.value() < genesis.shard_count);
}

// A replay erases the same keys at the same places: the state hash covers what is there.
void State::advance(Nanos log_time, std::uint32_t logic) {
  INVARIANT(log_time >= log_time_);
  log_time_ = log_time;
  if (logic < kFirstLogicThatErasesSlowly) erase_old_keys(keys_.size());
}

void State::erase_old_keys(std::uint32_t count) {
  for (; count > 0; --count) {
    const KeyTable::Entry* oldest = keys_.evictable(log_time_);
    if (oldest == nullptr) return;
    keys_sum_ -= hash_of_key(oldest->outcome, oldest->at);
    keys_.evict_oldest();
  }
}

void State::answered(CmdSequence sequence) {
  INVARIANT(sequence.value() == cmd_sequence_.value() + 1);
  cmd_sequence_ = sequence;
}

void State::apply(const Outcome& outcome) {
  ++counters_.commands;
  if ((outcome.flags & kFlagRepeat) != 0) {
    ++counters_.repeated;
    return;
  }
  if (outcome.code == OutcomeCode::kRejected) ++counters_.rejected;
  // Only what may come again is worth a place; see is_remembered().
  // A kill is executed even under a key that is in use; the first outcome of that key stays the one that is repeated.
  if (!is_remembered(outcome)) return;
  erase_old_keys(kKeysErasedByOutcome);
  if (!keys_.store(outcome, log_time_)) {
    if (keys_.find(outcome.key_owner, outcome.command_id, log_time_) != nullptr) return;
    // It is there and too old to be known: its elders go, and it with them.
    erase_old_keys(keys_.size());
    INVARIANT(keys_.store(outcome, log_time_));
  }
  keys_sum_ += hash_of_key(outcome, log_time_);
}

Account& State::account_at(AccountId id) {
  INVARIANT(account(id) != nullptr);
  return accounts_[id.value() - 1];
}

Instrument& State::instrument_at(InstrumentId id) {
  INVARIANT(instrument(id) != nullptr);
  return instruments_[id.value() - 1];
}

Quantity State::position(AccountId account, InstrumentId instrument) const {
  const Position* position = find_position(account, instrument);
  return position == nullptr ? Quantity{} : position->holding.net;
}

// Its sums are kept by apply, so that a check of them costs one lookup and not a walk over the orders.
const Position* State::find_position(AccountId account, InstrumentId instrument) const {
  const std::uint32_t slot = positions_.find(account, instrument);
  return slot == kNoSlot ? nullptr : &positions_.all()[slot];
}

std::optional<std::int64_t> State::limit(const Account& account, const Instrument& instrument, LimitKind kind) const {
  const auto at = static_cast<std::size_t>(kind);
  if (account.limits[at]) return account.limits[at];
  return instrument.limits[at] ? instrument.limits[at] : limits_[at];
}

std::optional<std::int64_t> State::limit(const Account& account, LimitKind kind) const {
  const auto at = static_cast<std::size_t>(kind);
  return account.limits[at] ? account.limits[at] : limits_[at];
}

Blocked State::blocked(AccountId account, StrategyId strategy, InstrumentId instrument) const {
  Blocked strictest =
      std::max({blocked_globally_, this->account(account)->blocked, this->instrument(instrument)->blocked});
  if (const Strategy* of_strategy = this->strategy(strategy)) strictest = std::max(strictest, of_strategy->blocked);
  return strictest;
}

// A kill by name may come before the name is registered: then nothing is in scope yet.
const OrderList& State::orders_in(KillScope scope, const Name& key) const {
  switch (scope) {
    case KillScope::kGlobal: return all_orders_;
    case KillScope::kAccount: {
      const Account* found = account(account_named(key));
      return found == nullptr ? kNoOrders : found->orders;
    }
    case KillScope::kSymbol: {
      const Instrument* found = instrument(instrument_named(key));
      return found == nullptr ? kNoOrders : found->orders;
    }
    case KillScope::kStrategy: {
      const Strategy* found = strategy(strategy_named(key));
      return found == nullptr ? kNoOrders : found->orders;
    }
  }
  return kNoOrders;
}

// Counters and place change with every command, so they are hashed when asked for, not maintained.
Hash128 State::state_hash() const {
  Hash128 sum = trading_sum_;
  sum += keys_sum_;
  sum += hash_of(counters_);
  sum += hash_of_place(log_time_, cmd_sequence_);
  return sum;
}

}  // namespace sluice::core
