// OrderPool: fixed storage of the part of an order that a book touches, named by 32-bit indices and shared by all books
// of a shard, with the pool of their levels. Memory is taken and touched at construction; acquire and release never
// allocate. One thread. An index is a place in memory, nothing more: it differs between a live and a replayed engine
// and must never reach an event.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/huge_pages.h"
#include "base/invariant.h"
#include "base/prefetch.h"
#include "base/slot_index.h"
#include "domain/commands.h"
#include "engine/core/level_pool.h"

namespace sluice::core {

/// What matching reads: half a cache line an order. `next` links the queue of a level, or the free list.
struct BookNode {
  std::uint64_t id = 0;  // the owner's name of the order; no book reads it
  Quantity remaining;    // what the order shows; an iceberg hides more (LiveOrder)
  OrderIndex previous = kNoSlot;
  OrderIndex next = kNoSlot;
  LevelSlot level = kNoSlot;  // while it rests
  std::uint16_t book = 0;     // the owner's name of its book; no book reads it
  Side side = Side::kNone;
  bool resting : 1 = false;  // in a level of a book
  bool in_use : 1 = false;
};
static_assert(sizeof(BookNode) == 32);

class OrderPool {
 public:
  explicit OrderPool(std::uint32_t capacity) : nodes_(capacity), levels_(capacity) {
    INVARIANT(capacity < kNoSlot);
    // In ascending order, so that orders that arrive together lie together.
    for (std::uint32_t i = 0; i + 1 < capacity; ++i) nodes_[i].next = i + 1;
    free_ = capacity == 0 ? kNoSlot : 0;
  }

  bool full() const { return free_ == kNoSlot; }
  std::uint32_t capacity() const { return static_cast<std::uint32_t>(nodes_.size()); }
  std::uint32_t used() const { return used_; }
  PoolUsage usage() const { return {used_, most_, capacity(), capacity()}; }

  /// A blank node. The caller has looked at full().
  OrderIndex acquire() {
    INVARIANT(!full());
    const OrderIndex index = free_;
    INVARIANT(!nodes_[index].in_use);
    free_ = nodes_[index].next;
    nodes_[index] = BookNode{};
    nodes_[index].in_use = true;
    most_ = std::max(most_, ++used_);
    return index;
  }
  /// `index` must be in use and in no book.
  void release(OrderIndex index) {
    INVARIANT(nodes_[index].in_use);
    INVARIANT(!nodes_[index].resting);
    nodes_[index].in_use = false;
    nodes_[index].next = free_;
    free_ = index;
    --used_;
  }

  /// Begins to load an order; kNoSlot, or one that is out of date, does no harm.
  void prefetch(OrderIndex index) const {
    if (!nodes_.empty()) prefetch_line(&nodes_[bounded(index)]);
  }
  /// The same, somewhat later: its neighbours in the queue, and its level.
  void prefetch_around(OrderIndex index) const {
    if (nodes_.empty()) return;
    const BookNode& node = nodes_[bounded(index)];
    prefetch(node.previous);
    prefetch(node.next);
    levels_.prefetch_level(node.level);
  }
  BookNode& operator[](OrderIndex index) { return nodes_[index]; }
  const BookNode& operator[](OrderIndex index) const { return nodes_[index]; }
  LevelPool& levels() { return levels_; }
  const LevelPool& levels() const { return levels_; }

 private:
  std::size_t bounded(OrderIndex index) const { return std::min<std::size_t>(index, nodes_.size() - 1); }

  std::vector<BookNode, HugePageAllocator<BookNode>> nodes_;
  LevelPool levels_;
  OrderIndex free_ = kNoSlot;
  std::uint32_t used_ = 0;
  std::uint32_t most_ = 0;  // that were ever in use at once
};

}  // namespace sluice::core
