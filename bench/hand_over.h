// Threads of their own processors for benchmarks of single microseconds, and the floor under them: a flag handed from
// one processor to another and nothing else, in turn with what is measured and for as long.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <thread>

#include "telemetry/histogram.h"

namespace sluice::bench {

/// Binds the calling thread, and those it starts, to a processor of those it may use, counted from 0.
void pin_to(std::size_t processor);

/// Puts a thread (0: the calling one) before all that are not real-time (1 to 99), or back among them (0). False if
/// this user may not.
bool set_real_time(pid_t thread, int priority);

/// Who stores a value and tells of it is not to lose the processor between the two.
class RealTimeMoment {
 public:
  RealTimeMoment() { set_real_time(0, 1); }
  ~RealTimeMoment() { set_real_time(0, 0); }
  RealTimeMoment(const RealTimeMoment&) = delete;
  RealTimeMoment& operator=(const RealTimeMoment&) = delete;
};

class HandOver {
 public:
  /// Its taking thread is on processor 0, before one of real-time priority `above`.
  explicit HandOver(int above);
  ~HandOver();
  /// Between these the taker looks at the flag all the time; else it sleeps.
  void begin();
  void end();
  /// One hand-over, between begin() and end().
  void hand_over();
  /// What they took, in nanoseconds; after the last.
  telemetry::Histogram finish();

 private:
  enum class Phase : std::uint32_t { kRest, kTake, kStop };
  void take();

  const int above_;
  alignas(64) std::atomic<std::uint64_t> flag_{0};  // tick; 0: nothing
  alignas(64) std::atomic<std::uint64_t> seen_{0};  // hand-overs taken
  alignas(64) std::atomic<Phase> phase_{Phase::kRest};
  std::uint64_t handed_over_ = 0;
  telemetry::Histogram nanos_;  // the taker's until it has ended
  std::thread taker_;
};

}  // namespace sluice::bench
