// AuditRing: hands audit records from one thread to the sink. Wait-free for the writer: a few stores, no system call,
// no lock, no clock; never overwritten: full is told to the writer. The last kReserved slots are only for records of
// Priority::kReserved, so that kills, releases and administration have room when orders have filled the rest.
//
// Threads: write(), has_room() one writer; front(), pop() one reader; used(), pressure() any.
// Layout: slots stand in one array, position modulo its size; head and tail in cache lines of their own, each side with
// its own copy of the other's, so that it reads that line only when its copy says full or empty.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "audit/audit_record.h"
#include "base/huge_pages.h"
#include "base/invariant.h"

namespace sluice::audit {

/// How full the part for orders is.
enum class Pressure : std::uint8_t {
  kNone,  // below a half
  kHalf,  // 50 %: a warning
  kHigh,  // 80 %: orders are slowed
  kFull,  // 95 %: the engine holds; the log keeps the commands
};

class AuditRing {
 public:
  static constexpr std::uint32_t kOrders = 131'072;
  static constexpr std::uint32_t kReserved = 16'384;

  /// Takes its memory, and touches it, now.
  explicit AuditRing(std::uint32_t orders = kOrders, std::uint32_t reserved = kReserved)
      : orders_(orders), slots_(std::size_t{orders} + reserved) {
    INVARIANT(orders > 0);
  }

  /// Writes all of `records` or, if there is no room for them, none. Writer.
  bool write(std::span<const AuditRecord> records, Priority priority) {
    if (!has_room(records.size(), priority)) return false;
    for (const AuditRecord& record : records) {
      slots_[at_] = record;
      if (++at_ == slots_.size()) at_ = 0;
    }
    head_.store(written_ += records.size(), std::memory_order_release);
    return true;
  }
  bool write(const AuditRecord& record, Priority priority) { return write(std::span(&record, 1), priority); }

  /// True if that many more records of this priority fit. Writer.
  bool has_room(std::size_t count, Priority priority) {
    const std::uint64_t limit = priority == Priority::kOrders ? orders_ : slots_.size();
    if (written_ + count - seen_tail_ <= limit) return true;
    seen_tail_ = tail_.load(std::memory_order_acquire);
    return written_ + count - seen_tail_ <= limit;
  }

  /// The oldest records that stand next to each other; empty if there are none. Reader.
  std::span<const AuditRecord> front() {
    const std::uint64_t full = head_.load(std::memory_order_acquire) - read_;
    return std::span(slots_).subspan(from_,
                                     static_cast<std::size_t>(std::min<std::uint64_t>(full, slots_.size() - from_)));
  }
  /// Gives the oldest `count` back: at most what front() showed. Reader.
  void pop(std::size_t count) {
    INVARIANT(read_ + count <= head_.load(std::memory_order_relaxed));
    from_ = (from_ + count) % slots_.size();
    tail_.store(read_ += count, std::memory_order_release);
  }

  /// Records written and not yet taken.
  std::uint64_t used() const {
    const std::uint64_t tail = tail_.load(std::memory_order_acquire);
    const std::uint64_t head = head_.load(std::memory_order_acquire);
    return head > tail ? head - tail : 0;
  }
  std::uint64_t written() const { return head_.load(std::memory_order_acquire); }
  std::uint32_t orders() const { return orders_; }
  std::uint32_t capacity() const { return static_cast<std::uint32_t>(slots_.size()); }
  Pressure pressure() const {
    const std::uint64_t hundredfold = used() * 100;
    if (hundredfold >= std::uint64_t{95} * orders_) return Pressure::kFull;
    if (hundredfold >= std::uint64_t{80} * orders_) return Pressure::kHigh;
    return hundredfold >= std::uint64_t{50} * orders_ ? Pressure::kHalf : Pressure::kNone;
  }

 private:
  const std::uint32_t orders_;  // slots that orders may use
  std::vector<AuditRecord, HugePageAllocator<AuditRecord>> slots_;
  alignas(64) std::atomic<std::uint64_t> head_{0};  // records ever written
  alignas(64) std::atomic<std::uint64_t> tail_{0};  // records ever taken
  // Writer's.
  alignas(64) std::uint64_t written_ = 0;
  std::uint64_t seen_tail_ = 0;
  std::size_t at_ = 0;
  // Reader's.
  alignas(64) std::uint64_t read_ = 0;
  std::size_t from_ = 0;
};

}  // namespace sluice::audit
