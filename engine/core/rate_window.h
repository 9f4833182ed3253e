// RateWindow: how many orders an account had accepted within the last second of log time. One entry for each log time,
// so that its size follows the number of frames, not of orders. One thread.
// Invariants: times ascend, counts > 0, and none is older than a second before the newest.
#pragma once

#include <cstdint>

#include "domain/money.h"
#include "engine/core/slot_queue.h"

namespace sluice::core {

class RateWindow {
 public:
  static constexpr Nanos kSpan{kNanosPerSecond};
  struct Entry {
    Nanos at;
    std::uint64_t count = 0;
  };

  RateWindow() : entries_(256) {}

  /// Orders accepted after `now` - 1 s.
  std::uint64_t count(Nanos now) const {
    std::uint64_t sum = total_;
    std::uint32_t left = entries_.size();
    for (std::uint32_t slot = left == 0 ? 0 : entries_.front(); left > 0 && is_old(entries_[slot], now); --left) {
      sum -= entries_[slot].count;
      slot = entries_.next(slot);
    }
    return sum;
  }
  /// Counts `orders` more at `at`, not before the newest. `on_change(before, after)` is called for each entry that goes
  /// (after.count 0), comes (before.count 0) or grows.
  template <typename OnChange>
  void add(Nanos at, std::uint64_t orders, OnChange&& on_change) {
    while (entries_.size() > 0 && is_old(entries_[entries_.front()], at)) {
      const Entry& old = entries_[entries_.front()];
      on_change(old, Entry{old.at, 0});
      total_ -= old.count;
      entries_.pop_front();
    }
    const bool grows = entries_.size() > 0 && entries_[entries_.back()].at == at;
    if (!grows) entries_.push({at, 0});
    Entry& newest = entries_[entries_.back()];
    INVARIANT(newest.at == at);
    const Entry before = newest;
    newest.count += orders;
    total_ += orders;
    on_change(before, newest);
  }
  /// Oldest first.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    entries_.for_each(visit);
  }

 private:
  static bool is_old(const Entry& entry, Nanos now) { return now.value() - entry.at.value() >= kSpan.value(); }

  SlotQueue<Entry> entries_;
  std::uint64_t total_ = 0;
};

}  // namespace sluice::core
