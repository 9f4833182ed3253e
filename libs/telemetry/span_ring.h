// SpanRing: hands what one thread measures to the aggregator. Wait-free for its writer: a few stores, no lock, no
// system call, no allocation. A full ring loses the newest record and counts it: measuring never waits. The last
// kReserved slots are only for stages that are always on.
//
// Threads: write() and admit() one writer; drain() one reader; set_control() and lost() any.
// Layout: as AuditRing; each side has its own copy of the other's index.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/huge_pages.h"
#include "base/invariant.h"
#include "telemetry/stages.h"

namespace sluice::telemetry {

struct SpanRecord {
  std::uint64_t at;           // ticks: when it began
  std::uint64_t value;        // ticks, or as `raw` says
  std::uint64_t correlation;  // the caller's; 0: none
  std::uint32_t weight;       // how many it stands for
  Stage stage;
  std::uint16_t raw;  // 1: the value is in the stage's unit, not in ticks
};
static_assert(sizeof(SpanRecord) == 32);

class SpanRing {
 public:
  static constexpr std::uint64_t kEntries = 131'072;
  static constexpr std::uint64_t kReserved = 1'024;
  static constexpr std::uint32_t kOff = 255;

  /// `entries` is a power of two and more than kReserved. The memory is taken now, and touched when it is used first.
  /// `kept`: stages that are recorded though switched off, besides those that always are.
  explicit SpanRing(std::uint64_t entries, StageSet kept = {})
      : slots_(HugePageAllocator<SpanRecord>().allocate(entries)), mask_(entries - 1), kept_(kept) {
    INVARIANT((entries & mask_) == 0 && entries > kReserved);
  }
  ~SpanRing() { HugePageAllocator<SpanRecord>().deallocate(slots_, mask_ + 1); }
  SpanRing(const SpanRing&) = delete;
  SpanRing& operator=(const SpanRing&) = delete;

  /// How many a record of this stage would stand for; 0: it is not wanted. With a sampling of 1 in 2^n each record has
  /// that chance, drawn anew, so that the sum of the weights has the true count as its mean.
  std::uint32_t admit(Stage stage) {
    const std::uint32_t control = control_.load(std::memory_order_relaxed);
    if (control == 0) [[likely]]
      return 1;
    return sample(stage, control);
  }
  void write(const SpanRecord& record) {
    if (written_ - seen_tail_ >= limit(record.stage)) [[unlikely]] {
      seen_tail_ = tail_.load(std::memory_order_acquire);
      if (written_ - seen_tail_ >= limit(record.stage)) {
        lost_.store(lost_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        return;
      }
    }
    slots_[written_ & mask_] = record;
    head_.store(++written_, std::memory_order_release);
    // The ring is larger than a core's cache: what comes next would wait for memory.
    __builtin_prefetch(&slots_[(written_ + kAhead) & mask_], 1);
  }
  /// Touches all its memory, so that no page fault is measured later. Writer.
  void prefault() {
    if (written_ != 0) return;  // another thread had it before, and what it wrote may not have been read
    std::fill_n(slots_, mask_ + 1, SpanRecord{});
  }

  /// Calls `take` with each record that is there now; returns how many. Reader.
  template <typename Take>
  std::uint64_t drain(Take&& take) {
    const std::uint64_t head = head_.load(std::memory_order_acquire);
    const std::uint64_t count = head - read_;
    for (; read_ != head; ++read_) take(slots_[read_ & mask_]);
    tail_.store(read_, std::memory_order_release);
    return count;
  }

  /// 0: everything is recorded; n below kOff: one in 2^n; kOff: nothing but what is kept.
  void set_control(std::uint32_t control) { control_.store(control, std::memory_order_relaxed); }
  /// Records that found no room since construction.
  std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }
  std::uint64_t entries() const { return mask_ + 1; }

 private:
  std::uint64_t limit(Stage stage) const { return is_always_on(stage) ? mask_ + 1 : mask_ + 1 - kReserved; }
  std::uint32_t sample(Stage stage, std::uint32_t control) {
    if (is_always_on(stage)) return 1;
    if (control == kOff) return kept_.has(stage) ? 1 : 0;
    random_ = random_ * 6364136223846793005u + 1442695040888963407u;
    return random_ >> (64 - control) == 0 ? std::uint32_t{1} << control : 0;
  }

  static constexpr std::uint64_t kAhead = 4;  // two cache lines

  SpanRecord* const slots_;
  const std::uint64_t mask_;
  const StageSet kept_;
  std::atomic<std::uint32_t> control_{0};
  alignas(64) std::atomic<std::uint64_t> head_{0};  // records ever written
  std::atomic<std::uint64_t> lost_{0};
  // Writer's.
  std::uint64_t written_ = 0;
  std::uint64_t seen_tail_ = 0;
  std::uint64_t random_ = 0x9E3779B97F4A7C15;
  alignas(64) std::atomic<std::uint64_t> tail_{0};  // records ever taken
  // Reader's.
  std::uint64_t read_ = 0;
};

}  // namespace sluice::telemetry
