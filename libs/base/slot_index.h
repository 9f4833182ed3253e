// SlotIndex: finds a 32-bit slot by the hash of a key that is stored elsewhere.
//
// Open addressing with linear probing; deletion shifts back instead of leaving tombstones, so that lookups never slow
// down with age. Nothing iterates over it, so its layout cannot influence a result. One thread.
//
// Invariants: (1) at most half full  (2) from a cell's home to the cell there is no empty cell.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/huge_pages.h"
#include "base/invariant.h"
#include "base/prefetch.h"

namespace sluice {

/// "No slot": no order, no entry.
inline constexpr std::uint32_t kNoSlot = 0xffffffff;

/// Mixes key words into the hash a SlotIndex wants. Not the state hash: it may change without a trace.
template <typename... Words>
constexpr std::uint64_t mix_words(Words... words) {
  std::uint64_t mixed = 0x9E3779B97F4A7C15u;
  ((mixed = detail::fold_multiply(mixed ^ static_cast<std::uint64_t>(words), 0xA0761D6478BD642Fu)), ...);
  return mixed;
}

class SlotIndex {
 public:
  /// Room for `entries` without allocating later; it grows beyond that by doubling.
  explicit SlotIndex(std::uint32_t entries) : cells_(cells_for(entries)) {}

  /// The slot whose key `equal(slot)` confirms, or kNoSlot.
  template <typename Equal>
  std::uint32_t find(std::uint64_t hash, Equal&& equal) const {
    const std::uint32_t tag = tag_of(hash);
    for (std::uint32_t at = tag & mask(); cells_[at].slot != kNoSlot; at = (at + 1) & mask()) {
      if (cells_[at].tag == tag && equal(cells_[at].slot)) return cells_[at].slot;
    }
    return kNoSlot;
  }

  /// Begins to load what a find() or insert() under `hash` will look at first; a table that is read at random and does
  /// not fit into the cache costs more than all the rest of a command. Changes nothing.
  void prefetch(std::uint64_t hash) const { prefetch_line(&cells_[tag_of(hash) & mask()]); }

  /// The slot that stands where `hash` is at home, or kNoSlot: mostly what find() would say, without a branch. For
  /// prefetching only.
  std::uint32_t at_home(std::uint64_t hash) const { return cells_[tag_of(hash) & mask()].slot; }

  /// What find() will say, from the tags alone: the keys themselves are not loaded. For prefetching only.
  std::uint32_t likely(std::uint64_t hash) const {
    return find(hash, [](std::uint32_t) { return true; });
  }

  /// The key of `slot` must not be present.
  void insert(std::uint64_t hash, std::uint32_t slot) {
    INVARIANT(slot != kNoSlot);
    if ((std::uint64_t{size_} + 1) * 2 > cells_.size()) grow();
    place({tag_of(hash), slot});
    ++size_;
  }

  /// The slot whose key `equal(slot)` confirms, or, if there is none, kNoSlot: then `slot` has been inserted. One walk.
  template <typename Equal>
  std::uint32_t find_or_insert(std::uint64_t hash, std::uint32_t slot, Equal&& equal) {
    INVARIANT(slot != kNoSlot);
    if ((std::uint64_t{size_} + 1) * 2 > cells_.size()) grow();
    const std::uint32_t tag = tag_of(hash);
    std::uint32_t at = tag & mask();
    for (; cells_[at].slot != kNoSlot; at = (at + 1) & mask()) {
      if (cells_[at].tag == tag && equal(cells_[at].slot)) return cells_[at].slot;
    }
    cells_[at] = {tag, slot};
    ++size_;
    return kNoSlot;
  }

  /// `slot` must be present under `hash`.
  void erase(std::uint64_t hash, std::uint32_t slot) {
    std::uint32_t hole = tag_of(hash) & mask();
    while (cells_[hole].slot != slot) {
      INVARIANT(cells_[hole].slot != kNoSlot);
      hole = (hole + 1) & mask();
    }
    // A later cell of the same run may move into the hole only if its home is not between the hole and the cell.
    for (std::uint32_t at = (hole + 1) & mask(); cells_[at].slot != kNoSlot; at = (at + 1) & mask()) {
      const std::uint32_t from_home = (at - cells_[at].tag) & mask();
      const std::uint32_t from_hole = (at - hole) & mask();
      if (from_home < from_hole) continue;
      cells_[hole] = cells_[at];
      hole = at;
    }
    cells_[hole] = Cell{};
    INVARIANT(size_ > 0);
    --size_;
  }

  std::uint32_t size() const { return size_; }

 private:
  struct Cell {
    std::uint32_t tag = 0;
    std::uint32_t slot = kNoSlot;
  };

  using Cells = std::vector<Cell, HugePageAllocator<Cell>>;

  static std::size_t cells_for(std::uint32_t entries) { return std::bit_ceil(std::size_t{entries} * 2 + 2); }
  /// 32 bits of the hash: the home of a cell, and enough to skip nearly every comparison of keys.
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }
  std::uint32_t mask() const { return static_cast<std::uint32_t>(cells_.size() - 1); }

  void place(Cell cell) {
    std::uint32_t at = cell.tag & mask();
    while (cells_[at].slot != kNoSlot) at = (at + 1) & mask();
    cells_[at] = cell;
  }
  /// Every cell finds its place anew from its tag; the keys themselves are not needed.
  void grow() {
    const Cells old = std::exchange(cells_, Cells(cells_.size() * 2));
    INVARIANT(cells_.size() <= (std::size_t{1} << 32));
    for (const Cell& cell : old) {
      if (cell.slot != kNoSlot) place(cell);
    }
  }

  Cells cells_;
  std::uint32_t size_ = 0;
};

}  // namespace sluice
