// KeyTable: the slots of the queue are those of the index, so that evicting the oldest needs no search.
#include "engine/core/idempotency.h"

#include <algorithm>
#include <limits>

#include "base/invariant.h"
#include "base/prefetch.h"
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

KeyTable::KeyTable(std::uint32_t capacity, Nanos window) : entries_(capacity), index_(capacity), window_(window) {
  INVARIANT(window >= Nanos{0});
}

void KeyTable::prefetch(std::uint64_t owner, const CommandId& id) const { index_.prefetch(hash_of(owner, id)); }

const KeyTable::Entry* KeyTable::find(std::uint64_t owner, const CommandId& id, Nanos log_time) const {
#ifdef SLUICE_MUTANT_no_duplicate_check
  return nullptr;
#endif
  const std::uint32_t slot =
      index_.find(hash_of(owner, id), [&](std::uint32_t candidate) { return has_key(candidate, owner, id); });
  return slot == kNoSlot || entries_[slot].kept_until < log_time ? nullptr : &entries_[slot];
}

bool KeyTable::store(const Outcome& outcome, Nanos at) {
  INVARIANT(is_remembered(outcome));
  INVARIANT(size() == 0 || entries_[entries_.back()].at <= at);
  const std::uint32_t known =
      index_.find_or_insert(hash_of(outcome.key_owner, outcome.command_id), entries_.upcoming(),
                            [&](std::uint32_t slot) { return has_key(slot, outcome.key_owner, outcome.command_id); });
  if (known != kNoSlot) return false;
  entries_.push({outcome, at, kept_until(outcome, at)});
  return true;
}

// Not before its elders: a queue forgets in its order.
Nanos KeyTable::kept_until(const Outcome& outcome, Nanos at) const {
  const Int128 stored = at.value();
  const Int128 stamp = static_cast<Int128>(outcome.command_id.hi >> 16) * kNanosPerMilli;
  // Cancels and kills are taken with any time stamp; theirs must not hold up the ring.
  const Int128 newest_use = std::clamp(stamp, stored, stored + window_.value());
  const Nanos own{static_cast<std::int64_t>(
      std::min<Int128>(newest_use + window_.value(), std::numeric_limits<std::int64_t>::max()))};
  return size() == 0 ? own : std::max(own, entries_[entries_.back()].kept_until);
}

const KeyTable::Entry* KeyTable::evictable(Nanos log_time) const {
  if (size() == 0) return nullptr;
  const Entry& oldest = entries_[entries_.front()];
  return oldest.kept_until < log_time ? &oldest : nullptr;
}

// Keys go one after the other: the entry of one that goes soon is on its way, and then its cell, while
// this one is erased.
void KeyTable::evict_oldest() {
  constexpr std::uint32_t kEntryAhead = 64;
  constexpr std::uint32_t kCellAhead = 24;
  const std::uint32_t oldest = entries_.front();
  const Outcome& outcome = entries_[oldest].outcome;
  if (size() > kEntryAhead && entries_.same_chunk(oldest, oldest + kEntryAhead)) {
    prefetch_line(&entries_[oldest + kEntryAhead]);
    const Outcome& soon = entries_[oldest + kCellAhead].outcome;
    prefetch(soon.key_owner, soon.command_id);
  }
  index_.erase(hash_of(outcome.key_owner, outcome.command_id), oldest);
  entries_.pop_front();
  INVARIANT(index_.size() == size());
}

}  // namespace sluice::core
