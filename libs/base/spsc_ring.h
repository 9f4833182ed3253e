// SpscRing: hands slots from one thread to another without copying them. The sequence that says whether a slot is full
// stands in the slot's own cache line, so that a hand-over moves one line and neither side reads the other's index.
// Threads: claim/publish by one producer, front/pop by one consumer. No lock; allocation at construction only.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>

#include "base/invariant.h"

namespace sluice {

template <typename T>
class SpscRing {
 public:
  /// `capacity` is a power of two.
  explicit SpscRing(std::size_t capacity) : slots_(std::make_unique<Slot[]>(capacity)), mask_(capacity - 1) {
    INVARIANT(std::has_single_bit(capacity));
    for (std::size_t i = 0; i < capacity; ++i) slots_[i].sequence.store(i, std::memory_order_relaxed);
  }

  /// The slot to fill next, with the content of its last use; nullptr while the ring is full. Producer.
  T* claim() {
    Slot& slot = slots_[tail_ & mask_];
    return slot.sequence.load(std::memory_order_acquire) == tail_ ? &slot.value : nullptr;
  }
  /// Hands the claimed slot over. Producer.
  void publish() {
    Slot& slot = slots_[tail_ & mask_];
    INVARIANT(slot.sequence.load(std::memory_order_relaxed) == tail_);
    slot.sequence.store(tail_ + 1, std::memory_order_release);
    ++tail_;
  }
  /// True if at least `count` more slots can be claimed. Producer.
  bool has_room(std::size_t count) const {
    INVARIANT(count >= 1 && count <= mask_ + 1);
    const std::uint64_t last = tail_ + count - 1;
    return slots_[last & mask_].sequence.load(std::memory_order_acquire) == last;
  }

  /// The oldest full slot; nullptr while the ring is empty. Consumer.
  T* front() {
    Slot& slot = slots_[head_ & mask_];
    return slot.sequence.load(std::memory_order_acquire) == head_ + 1 ? &slot.value : nullptr;
  }
  /// Gives the oldest slot back. Consumer.
  void pop() {
    Slot& slot = slots_[head_ & mask_];
    INVARIANT(slot.sequence.load(std::memory_order_relaxed) == head_ + 1);
    slot.sequence.store(head_ + mask_ + 1, std::memory_order_release);
    ++head_;
  }

 private:
  struct alignas(64) Slot {
    std::atomic<std::uint64_t> sequence{0};
    T value{};
  };
  std::unique_ptr<Slot[]> slots_;
  const std::uint64_t mask_;
  alignas(64) std::uint64_t tail_ = 0;  // producer's
  alignas(64) std::uint64_t head_ = 0;  // consumer's
};

}  // namespace sluice
