// KeyTable: what became of each command, by (owner, command id), for the window of log time in which it may come again.
//
// A ring, oldest first, with an index over it; allocates only at construction and in grow(). One thread.
// A key must outlive every resend that would still pass the time-stamp check. That check allows a time stamp up to one
// window ahead of log time, so such a key stays until one window after its stamp, at most two windows.
//
// Invariants: (1) entries are in the order in which they were stored, `at` never falls
//             (2) a key is in the ring exactly once, and the index finds exactly the keys of the ring.
#pragma once

#include <cstdint>
#include <vector>

#include "domain/events.h"
#include "engine/core/slot_index.h"

namespace sluice::core {

/// Keys that only control frames may take: stopping must not wait until orders' keys grow old (DESIGN §5, P5).
inline constexpr std::uint32_t kControlKeysReserved = 1024;

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
    Nanos at;  // log time at which it was stored
  };

  /// Room for `capacity` keys and the reserve. `window` is that of genesis.
  KeyTable(std::uint32_t capacity, Nanos window);

  /// nullptr if unknown. Valid until the next change.
  const Entry* find(std::uint64_t owner, const CommandId& id) const;
  /// Doubles the room. The engine's loop calls it between two frames when has_room() says no: log time moves only with
  /// frames, so that waiting could not make room (docs/adr/0003).
  void grow();
  /// Stores a new key; `at` is not before that of the newest. Grows if it must (a replay may meet more keys than this
  /// machine's configuration expects).
  void store(const Outcome& outcome, Nanos at);
  /// The oldest entry if it may be forgotten at `log_time`, else nullptr.
  const Entry* evictable(Nanos log_time) const;
  void evict_oldest();

  /// True if `commands` more keys fit once those that may be forgotten at `log_time` are gone.
  bool has_room(std::uint64_t commands, bool control, Nanos log_time) const;

  std::uint32_t size() const { return size_; }
  /// The i-th entry, oldest first.
  const Entry& entry(std::uint32_t i) const { return ring_[slot_of(i)]; }

 private:
  std::uint32_t slot_of(std::uint32_t i) const {
    return static_cast<std::uint32_t>((oldest_ + std::uint64_t{i}) % ring_.size());
  }
  bool may_forget(const Entry& entry, Nanos log_time) const;

  std::vector<Entry> ring_;
  SlotIndex index_;
  Nanos window_;
  std::uint32_t oldest_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace sluice::core
