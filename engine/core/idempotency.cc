// KeyTable: ring positions are the slots of the index, so that evicting the oldest needs no search.
#include "engine/core/idempotency.h"

#include <algorithm>

#include "base/invariant.h"
#include "engine/core/state_hash.h"

namespace sluice::core {

namespace {

std::uint64_t hash_of(std::uint64_t owner, const CommandId& id) { return mix_words(owner, id.hi, id.lo); }

}  // namespace

std::uint64_t key_owner_of(const Principal& principal) {
  return hash_value(principal, hash_domain::kPrincipal).lo | (std::uint64_t{1} << 63);
}

// Any other version has no time stamp to judge, so a resend could not be told from a new command.
bool is_fresh(const CommandId& id, Nanos log_time, Nanos window) {
  if (!is_version7(id)) return false;
  // 128 bits: the time stamp is the client's, and 48 bits of milliseconds do not fit into 63 bits of nanoseconds.
  const Int128 stamp = static_cast<Int128>(id.hi >> 16) * kNanosPerMilli;
  const Int128 age = static_cast<Int128>(log_time.value()) - stamp;
  return age <= window.value() && -age <= window.value();
}

KeyTable::KeyTable(std::uint32_t capacity, Nanos window)
    : ring_(std::size_t{capacity} + kControlKeysReserved), index_(capacity + kControlKeysReserved), window_(window) {
  INVARIANT(ring_.size() < kNoSlot);
  INVARIANT(window >= Nanos{0});
}

const KeyTable::Entry* KeyTable::find(std::uint64_t owner, const CommandId& id) const {
#ifdef SLUICE_MUTANT_no_duplicate_check
  return nullptr;
#endif
  const std::uint32_t slot = index_.find(hash_of(owner, id), [&](std::uint32_t candidate) {
    const Outcome& outcome = ring_[candidate].outcome;
    return outcome.key_owner == owner && outcome.command_id == id;
  });
  return slot == kNoSlot ? nullptr : &ring_[slot];
}

void KeyTable::store(const Outcome& outcome, Nanos at) {
  INVARIANT(is_remembered(outcome));
  if (size_ == ring_.size()) grow();
  INVARIANT(size_ == 0 || entry(size_ - 1).at <= at);
  const std::uint32_t slot = slot_of(size_);
  ring_[slot] = {outcome, at};
  index_.insert(hash_of(outcome.key_owner, outcome.command_id), slot);
  ++size_;
}

// Copies oldest first into the front of the new ring: slots change, what is found and forgotten does not.
void KeyTable::grow() {
  std::vector<Entry> larger(ring_.size() * 2);
  INVARIANT(larger.size() < kNoSlot);
  SlotIndex index(static_cast<std::uint32_t>(larger.size()));
  for (std::uint32_t i = 0; i < size_; ++i) {
    larger[i] = entry(i);
    index.insert(hash_of(larger[i].outcome.key_owner, larger[i].outcome.command_id), i);
  }
  ring_ = std::move(larger);
  index_ = std::move(index);
  oldest_ = 0;
}

bool KeyTable::may_forget(const Entry& entry, Nanos log_time) const {
  const Int128 at = entry.at.value();
  const Int128 stamp = static_cast<Int128>(entry.outcome.command_id.hi >> 16) * kNanosPerMilli;
  // Cancels and kills are taken with any time stamp; theirs must not hold up the ring.
  const Int128 newest_use = std::clamp(stamp, at, at + window_.value());
  return newest_use + window_.value() < log_time.value();
}

const KeyTable::Entry* KeyTable::evictable(Nanos log_time) const {
  if (size_ == 0) return nullptr;
  const Entry& oldest = ring_[oldest_];
  return may_forget(oldest, log_time) ? &oldest : nullptr;
}

void KeyTable::evict_oldest() {
  INVARIANT(size_ > 0);
  const Outcome& outcome = ring_[oldest_].outcome;
  index_.erase(hash_of(outcome.key_owner, outcome.command_id), oldest_);
  oldest_ = slot_of(1);
  --size_;
  INVARIANT(index_.size() == size_);
}

// Counts only as far as it must: with room to spare, which is the usual case, it looks at no entry.
bool KeyTable::has_room(std::uint64_t commands, bool control, Nanos log_time) const {
  const std::uint64_t limit = ring_.size() - (control ? 0 : kControlKeysReserved);
  std::uint64_t needed = size_ + commands;
  for (std::uint32_t i = 0; needed > limit && i < size_ && may_forget(entry(i), log_time); ++i) --needed;
  return needed <= limit;
}

}  // namespace sluice::core
