// KeyTable: what became of each command, by (owner, command id), for the window of log time in which it may come again.
//
// A queue, oldest first, with an index over it. Capacity is what it begins with: log time moves only with frames, so
// that waiting could not make room (docs/adr/0003); it grows by a chunk when it must. One thread. A key must outlive
// every resend that would still pass the time-stamp check. That check allows a time stamp up to one window ahead of log
// time, so such a key stays until one window after its stamp, at most two windows.
//
// Keys grow old by the hundred thousand when log time has stood still and moves on; erasing them all at once would keep
// the executing thread from commands and kills for tens of milliseconds. So a key that is too old is unknown from that
// moment on, and is erased some time later.
//
// Invariants: (1) entries are in the order in which they were stored, `at` and `kept_until` never fall
//             (2) a key is in the queue exactly once, and the index finds exactly the keys of the queue.
#pragma once

#include <cstdint>

#include "base/slot_index.h"
#include "domain/events.h"
#include "engine/core/level_pool.h"
#include "engine/core/slot_queue.h"

namespace sluice::core {

/// Owner of the keys of a control command. Account ids own those of order commands; the top bit keeps the two apart.
std::uint64_t key_owner_of(const Principal& principal);
constexpr std::uint64_t key_owner_of(AccountId account) { return account.value(); }

/// True if the time stamp of `id` is within `window` of `log_time`, on either side, and the id is a version 7 UUID.
bool is_fresh(const CommandId& id, Nanos log_time, Nanos window);

/// True for outcomes that the table remembers. A refusal for the key itself is not one: it would take the place of the
/// first outcome.
constexpr bool is_remembered(const Outcome& outcome) {
  return (outcome.flags & kFlagRepeat) == 0 && outcome.reason != RejectReason::kExpired &&
         outcome.reason != RejectReason::kIdempotencyConflict;
}

class KeyTable {
 public:
  struct Entry {
    Outcome outcome;
    Nanos at;          // log time at which it was stored
    Nanos kept_until;  // the newest log time at which it is known
  };

  /// Room for `capacity` keys. `window` is that of genesis.
  KeyTable(std::uint32_t capacity, Nanos window);

  /// nullptr if unknown at `log_time`. Valid until the next change.
  const Entry* find(std::uint64_t owner, const CommandId& id, Nanos log_time) const;
  /// Begins to load what find() and store() of this key will look at. Changes nothing.
  void prefetch(std::uint64_t owner, const CommandId& id) const;
  /// Stores a new key; false if it is there, then nothing happens. `at` is not before that of the newest.
  bool store(const Outcome& outcome, Nanos at);
  /// The oldest entry if it is no longer known at `log_time`, else nullptr.
  const Entry* evictable(Nanos log_time) const;
  void evict_oldest();

  std::uint32_t size() const { return entries_.size(); }
  /// Its capacity is that of now: it grows.
  PoolUsage usage() const { return {size(), entries_.capacity(), entries_.capacity(), entries_.capacity()}; }
  /// Oldest first.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    entries_.for_each(visit);
  }

 private:
  bool has_key(std::uint32_t slot, std::uint64_t owner, const CommandId& id) const {
    const Outcome& outcome = entries_[slot].outcome;
    return outcome.key_owner == owner && outcome.command_id == id;
  }
  Nanos kept_until(const Outcome& outcome, Nanos at) const;

  SlotQueue<Entry> entries_;
  SlotIndex index_;
  Nanos window_;
};

}  // namespace sluice::core
