// SlotQueue: a first-in first-out queue whose elements never move: each keeps its 32-bit slot from push to pop, so that
// a SlotIndex over them survives growth. Chunks form a circle; an emptied chunk is filled again, and the circle gets
// another one only when the writer is about to enter the chunk that the reader is in. One thread.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "base/huge_pages.h"
#include "base/invariant.h"
#include "base/slot_index.h"

namespace sluice::core {

template <typename T>
class SlotQueue {
 public:
  /// Elements that one growth adds at most: a few megabytes, touched in about a millisecond.
  static constexpr std::uint32_t kChunkMax = 1u << 16;

  /// Room for at least `capacity` elements is taken, and touched, now.
  explicit SlotQueue(std::uint32_t capacity)
      : shift_(static_cast<std::uint32_t>(std::bit_width(std::clamp(capacity, 2u, kChunkMax) - 1))) {
    add_chunk_after(0);
    while (this->capacity() < capacity) add_chunk_after(0);
  }

  std::uint32_t size() const { return size_; }
  std::uint64_t capacity() const { return std::uint64_t{chunks_.size()} << shift_; }
  const T& operator[](std::uint32_t slot) const { return chunks_[slot >> shift_][slot & mask()]; }
  T& operator[](std::uint32_t slot) { return chunks_[slot >> shift_][slot & mask()]; }

  /// Slot of the oldest and of the newest element. There must be one.
  std::uint32_t front() const {
    INVARIANT(size_ > 0);
    return front_;
  }
  std::uint32_t back() const {
    INVARIANT(size_ > 0);
    return back_;
  }
  /// The slot after this one, along the circle. Behind the newest element it is one that means nothing, but may be
  /// read.
  std::uint32_t next(std::uint32_t slot) const {
    return (slot & mask()) == mask() ? next_chunk_[slot >> shift_] << shift_ : slot + 1;
  }

  bool same_chunk(std::uint32_t a, std::uint32_t b) const { return a >> shift_ == b >> shift_; }

  /// The slot that the next push() fills; there is room for it from now on.
  std::uint32_t upcoming() {
    if (size_ == 0) return 0;
    const std::uint32_t chunk = back_ >> shift_;
    if ((back_ & mask()) == mask() && next_chunk_[chunk] == front_ >> shift_) add_chunk_after(chunk);
    return next(back_);
  }
  std::uint32_t push(const T& element) {
    back_ = upcoming();
    if (size_ == 0) front_ = back_;
    chunks_[back_ >> shift_][back_ & mask()] = element;
    ++size_;
    return back_;
  }
  void pop_front() {
    INVARIANT(size_ > 0);
    front_ = next(front_);
    --size_;
  }
  /// Oldest first.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    std::uint32_t slot = front_;
    for (std::uint32_t i = 0; i < size_; ++i, slot = next(slot)) visit((*this)[slot]);
  }

 private:
  using Chunk = std::vector<T, HugePageAllocator<T>>;

  std::uint32_t mask() const { return (1u << shift_) - 1; }

  /// Behind `chunk` in the circle; the first one is behind itself.
  void add_chunk_after(std::uint32_t chunk) {
    const auto added = static_cast<std::uint32_t>(chunks_.size());
    INVARIANT(added < kNoSlot >> shift_);
    chunks_.emplace_back(std::size_t{1} << shift_);
    next_chunk_.push_back(added == 0 ? 0 : next_chunk_[chunk]);
    next_chunk_[chunk] = added;
  }

  std::uint32_t shift_;  // a chunk has 2^shift_ elements
  std::vector<Chunk> chunks_;
  std::vector<std::uint32_t> next_chunk_;
  std::uint32_t front_ = 0;
  std::uint32_t back_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace sluice::core
