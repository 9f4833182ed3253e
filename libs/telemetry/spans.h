// Spans: measures how long things take, at the price of two time stamps and a store into a ring of the calling thread.
// A thread gets its ring by attach(), or with its first record, which may wait for a drain and allocate; from then on
// recording does neither. A thread that ends gives its ring to the next. Recording never throws or fails its caller:
// what cannot be recorded, for want of room or because there are more threads than rings, is counted as lost.
//
//   const Span span = spans.begin(Stage::kPublish, sequence);   // any thread; a plain value that may be stored
//   …
//   spans.end(span);                                            // any thread, also another
//
//   const ScopedSpan span(spans, Stage::kQuery);                // the same for a scope; nests
//   FollowedSpan span(spans, Stage::kPublish, sequence);        // counts as in flight until it ends
//
// Threads: all of it any, but drain() one.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "domain/money.h"
#include "runtime/ticks.h"
#include "telemetry/in_flight.h"
#include "telemetry/span_ring.h"
#include "telemetry/stages.h"

namespace sluice::telemetry {

/// A measurement that has begun. `weight` 0: it is not wanted, and ending it does nothing.
struct Span {
  std::uint64_t at = 0;  // ticks
  std::uint64_t correlation = 0;
  std::uint32_t weight = 0;
  Stage stage{};
};

struct SpansOptions {
  std::size_t threads = 256;                   // that may measure at a time
  std::uint64_t entries = SpanRing::kEntries;  // of each thread's ring; a power of two
  StageSet kept{};                             // recorded also when switched off, as kills and audit always are
};

class Spans {
 public:
  explicit Spans(const SpansOptions& options = {});
  ~Spans();
  Spans(const Spans&) = delete;
  Spans& operator=(const Spans&) = delete;

  /// Takes a ring for the calling thread and touches its memory, so that its first records cost no more than others.
  void attach() noexcept;

  Span begin(Stage stage, std::uint64_t correlation = 0) noexcept {
    const std::uint32_t weight = admit(stage);
    return weight == 0 ? Span{} : Span{runtime::ticks(), correlation, weight, stage};
  }
  /// As begin(), by a time stamp (runtime::ticks()) that the caller has taken.
  Span begin_at(std::uint64_t at, Stage stage, std::uint64_t correlation = 0) noexcept {
    const std::uint32_t weight = admit(stage);
    return weight == 0 ? Span{} : Span{at, correlation, weight, stage};
  }
  void end(const Span& span) noexcept {
    if (span.weight != 0) end_each(span, runtime::ticks(), 1);
  }
  /// By a time stamp that the caller has; recorded for each of `count`, with the whole time.
  void end_each(const Span& span, std::uint64_t now, std::uint32_t count) noexcept {
    if (span.weight == 0 || count == 0) return;
    write({span.at, now > span.at ? now - span.at : 0, span.correlation, span.weight * count, span.stage, 0});
  }
  /// Likewise, with an equal part of the time.
  void end_shared(const Span& span, std::uint64_t now, std::uint32_t count) noexcept {
    if (span.weight == 0 || count == 0) return;
    write({span.at, (now > span.at ? now - span.at : 0) / count, span.correlation, span.weight * count, span.stage, 0});
  }
  /// What was measured otherwise, in the stage's unit.
  void record(Stage stage, std::uint64_t value, std::uint64_t correlation = 0) noexcept {
    if (const std::uint32_t weight = admit(stage); weight != 0)
      write({runtime::ticks(), value, correlation, weight, stage, 1});
  }

  /// Counts from now on what is in flight in a stage: by FollowedSpan, or by the caller. Before any of it begins.
  InFlight& follow(Stage stage);
  /// nullptr: nobody follows the stage.
  InFlight* followed(Stage stage) const { return in_flight_[static_cast<std::size_t>(stage)].get(); }

  /// Off: from the next begin() on nothing is recorded but kills, audit and what is kept.
  void enable(bool on);
  bool enabled() const { return enabled_.load(std::memory_order_relaxed); }

  /// Calls `take` with all records of all threads; then adapts the sampling of each thread to how full its ring was.
  /// Returns how many records there were.
  template <typename Take>
  std::uint64_t drain(Take&& take) {
    const std::lock_guard lock(pool_->mutex);
    std::uint64_t all = 0;
    for (Slot& slot : pool_->slots) {
      if (slot.ring == nullptr) continue;
      const std::uint64_t count = slot.ring->drain(take);
      adapt(slot, count);
      all += count;
    }
    return all;
  }
  /// Records that found no room, or no ring, since construction.
  std::uint64_t lost() const;
  /// The strongest sampling of a thread just now: one in so many; 1: everything is recorded.
  std::uint64_t sampling() const;
  /// Threads that have a ring.
  std::size_t threads() const;

 private:
  struct Slot {
    std::unique_ptr<SpanRing> ring;  // made for the first thread
    bool taken = false;              // by a thread that lives
    std::uint32_t shift = 0;
    std::uint32_t calm = 0;  // drains since it was last fuller than a twentieth
  };
  struct Pool {
    std::mutex mutex;  // of taking and giving back, and of drain(); no recording thread takes it but to get its ring
    std::vector<Slot> slots;  // of a fixed number
    explicit Pool(std::size_t threads) : slots(threads) {}
  };
  /// Gives a thread's rings back when it ends.
  struct ThreadRings;
  /// The ring that the calling thread used last, of whichever Spans.
  struct Last {
    std::uint64_t id = 0;
    SpanRing* ring = nullptr;
  };
  static constinit thread_local Last last_;

  SpanRing* this_thread() noexcept {
    if (last_.id == id_) [[likely]]
      return last_.ring;
    return find_ring();
  }
  SpanRing* find_ring() noexcept;
  std::uint32_t admit(Stage stage) noexcept {
    SpanRing* ring = this_thread();
    return ring == nullptr ? miss() : ring->admit(stage);
  }
  std::uint32_t miss() noexcept {
    no_ring_.fetch_add(1, std::memory_order_relaxed);
    return 0;
  }
  Slot* take_slot();
  void write(const SpanRecord& record) noexcept {
    if (SpanRing* ring = this_thread(); ring != nullptr) ring->write(record);
    else miss();
  }
  void adapt(Slot& slot, std::uint64_t count);
  void set_control(const Slot& slot) const { slot.ring->set_control(enabled() ? slot.shift : SpanRing::kOff); }

  const std::uint64_t entries_;
  const StageSet kept_;
  const std::uint64_t id_;  // of all Spans of the process, never used again
  const std::shared_ptr<Pool> pool_;
  std::array<std::unique_ptr<InFlight>, kStages> in_flight_;
  std::atomic<bool> enabled_{true};
  std::atomic<std::uint64_t> no_ring_{0};
};

/// A span of a scope; spans within it may carry its correlation.
class ScopedSpan {
 public:
  ScopedSpan(Spans& spans, Stage stage, std::uint64_t correlation = 0) noexcept
      : spans_(spans), span_(spans.begin(stage, correlation)) {}
  ~ScopedSpan() { spans_.end(span_); }
  ScopedSpan(const ScopedSpan&) = delete;
  ScopedSpan& operator=(const ScopedSpan&) = delete;

 private:
  Spans& spans_;
  const Span span_;
};

/// A span that is in flight while it is open, so that what does not end is seen. Destroyed without end(), it is in
/// flight no more, and not measured. May be moved; threads: any, one at a time.
class FollowedSpan {
 public:
  FollowedSpan() = default;
  FollowedSpan(Spans& spans, Stage stage, std::uint64_t correlation = 0) noexcept
      : spans_(&spans), in_flight_(spans.followed(stage)), span_(spans.begin(stage, correlation)) {
    if (in_flight_ != nullptr) begun_ = in_flight_->begin(1, runtime::steady_now());
  }
  FollowedSpan(FollowedSpan&& other) noexcept { swap(other); }
  FollowedSpan& operator=(FollowedSpan&& other) noexcept {
    FollowedSpan moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~FollowedSpan() { leave(); }

  void end() noexcept {
    if (spans_ != nullptr) spans_->end(span_);
    leave();
  }

 private:
  void leave() noexcept {
    if (in_flight_ != nullptr) in_flight_->end(begun_, 1);
    spans_ = nullptr;
    in_flight_ = nullptr;
  }
  void swap(FollowedSpan& other) noexcept {
    std::swap(spans_, other.spans_);
    std::swap(in_flight_, other.in_flight_);
    std::swap(span_, other.span_);
    std::swap(begun_, other.begun_);
  }

  Spans* spans_ = nullptr;
  InFlight* in_flight_ = nullptr;
  Span span_;
  Nanos begun_;
};

}  // namespace sluice::telemetry
