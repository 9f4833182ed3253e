// LevelPool: fixed places of price levels, and of the branches of the trees that find them by price (PriceLadder).
// Shared by all books of a shard. One thread, but grow_ahead() and usage() are for any one other.
//
// A branch is 64 places at one digit of a price: a word that says which are taken, and what stands there: branches of
// the next digit, or levels at the last. The words lie together, apart from the places: a search for the next price
// reads them alone. Memory comes in chunks, ahead of use; there is address space for every order at a price of its own,
// however far apart, so that nothing but the number of orders can run out.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

#include "base/invariant.h"
#include "base/prefetch.h"
#include "base/reserved_array.h"
#include "base/slot_index.h"
#include "domain/commands.h"

namespace sluice::core {

using OrderIndex = std::uint32_t;
using LevelSlot = std::uint32_t;
using BranchSlot = std::uint32_t;

/// All orders at one price of a side, oldest at `head`.
struct Level {
  Price price;
  Quantity total;
  OrderIndex head = kNoSlot;
  OrderIndex tail = kNoSlot;
  std::uint32_t orders = 0;
  BranchSlot branch = kNoSlot;  // the last branch on the way to it
};
static_assert(sizeof(Level) == 32);

/// How full a pool is, in elements: in use; ever used; with memory behind them; the most there can be.
struct PoolUsage {
  std::uint64_t used = 0;
  std::uint64_t touched = 0;
  std::uint64_t ready = 0;
  std::uint64_t capacity = 0;
};

/// Slots of one kind: freed ones first, the newest first, then fresh ones in ascending order. `Slot` is where a free
/// one keeps the next.
class SlotSupply {
 public:
  SlotSupply(std::uint64_t capacity, std::uint64_t ready) : capacity_(capacity), ready_(ready) {}

  /// `next(slot)`: what release() was told of a free slot.
  template <typename Next>
  std::uint32_t acquire(Next&& next) {
    used_.store(used_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (free_ != kNoSlot) return std::exchange(free_, next(free_));
    const std::uint32_t fresh = touched_.load(std::memory_order_relaxed);
    INVARIANT(fresh < capacity_);
    touched_.store(fresh + 1, std::memory_order_relaxed);
    return fresh;
  }
  /// Returns what the slot must keep until it is acquired again.
  std::uint32_t release(std::uint32_t slot) {
    used_.store(used_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
    return std::exchange(free_, slot);
  }
  /// Elements [first, second) that need memory so that `margin` are ready beyond those ever used; counts them as ready.
  std::pair<std::uint64_t, std::uint64_t> due(std::uint64_t margin) {
    const std::uint64_t wanted = std::min(touched_.load(std::memory_order_relaxed) + margin, capacity_);
    const std::uint64_t from = ready_.load(std::memory_order_relaxed);
    if (from >= wanted) return {from, from};
    const std::uint64_t to = std::min(wanted + margin, capacity_);
    ready_.store(to, std::memory_order_relaxed);
    return {from, to};
  }
  PoolUsage usage() const {
    return {used_.load(std::memory_order_relaxed), touched_.load(std::memory_order_relaxed),
            ready_.load(std::memory_order_relaxed), capacity_};
  }

 private:
  const std::uint64_t capacity_;
  std::atomic<std::uint64_t> ready_;
  std::atomic<std::uint32_t> used_{0};
  std::atomic<std::uint32_t> touched_{0};
  std::uint32_t free_ = kNoSlot;
};

class LevelPool {
 public:
  /// Places of a branch, and how many bits of a price choose among them.
  static constexpr unsigned kDigitBits = 6;
  /// Branches on the way to a level: 64 bits of price, 6 a branch.
  static constexpr unsigned kHeightMax = 11;

  /// For `orders` resting orders.
  explicit LevelPool(std::uint32_t orders)
      : levels_(std::size_t{orders} + 1, first_chunk(orders)),
        taken_((std::size_t{orders} + 1) * kHeightMax, first_chunk(orders)),
        places_((std::size_t{orders} + 1) * kHeightMax, first_chunk(orders)),
        level_slots_(levels_.capacity(), first_chunk(orders)),
        branch_slots_(places_.capacity(), first_chunk(orders)) {}

  LevelSlot acquire_level(Price price, BranchSlot branch) {
    const LevelSlot slot = level_slots_.acquire([this](LevelSlot free) { return levels_[free].head; });
    levels_[slot] = {price, Quantity{}, kNoSlot, kNoSlot, 0, branch};
    return slot;
  }
  void release_level(LevelSlot slot) { levels_[slot].head = level_slots_.release(slot); }

  /// With no place taken.
  BranchSlot acquire_branch() {
    const BranchSlot slot = branch_slots_.acquire([this](BranchSlot free) { return places_[free][0]; });
    taken_[slot] = 0;
    return slot;
  }
  void release_branch(BranchSlot slot) { places_[slot][0] = branch_slots_.release(slot); }

  Level& level(LevelSlot slot) { return levels_[slot]; }
  const Level& level(LevelSlot slot) const { return levels_[slot]; }
  LevelSlot slot_of(const Level& level) const { return static_cast<LevelSlot>(&level - &levels_[0]); }

  std::uint64_t taken(BranchSlot branch) const { return taken_[branch]; }
  bool has(BranchSlot branch, unsigned digit) const { return (taken_[branch] >> digit & 1) != 0; }
  std::uint32_t at(BranchSlot branch, unsigned digit) const { return places_[branch][digit]; }
  void put(BranchSlot branch, unsigned digit, std::uint32_t what) {
    taken_[branch] |= std::uint64_t{1} << digit;
    places_[branch][digit] = what;
  }
  void clear(BranchSlot branch, unsigned digit) { taken_[branch] &= ~(std::uint64_t{1} << digit); }

  /// Begins to load a level; kNoSlot does no harm.
  void prefetch_level(LevelSlot slot) const {
    prefetch_line(&levels_[std::min<std::size_t>(slot, levels_.capacity() - 1)]);
  }

  /// Puts memory behind the next chunk if the fresh part of it runs low.
  void grow_ahead() {
    const auto [level_from, level_to] = level_slots_.due(kChunk);
    levels_.prefault(level_from, level_to);
    const auto [branch_from, branch_to] = branch_slots_.due(kChunk);
    taken_.prefault(branch_from, branch_to);
    places_.prefault(branch_from, branch_to);
  }
  PoolUsage level_usage() const { return level_slots_.usage(); }
  PoolUsage branch_usage() const { return branch_slots_.usage(); }

 private:
  static constexpr std::size_t kChunk = 1u << 14;
  static std::size_t first_chunk(std::uint32_t orders) { return std::min<std::size_t>(orders, 2 * kChunk); }

  ReservedArray<Level> levels_;
  ReservedArray<std::uint64_t> taken_;
  ReservedArray<std::array<std::uint32_t, 1u << kDigitBits>> places_;
  SlotSupply level_slots_;
  SlotSupply branch_slots_;
};

}  // namespace sluice::core
