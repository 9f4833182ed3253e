// Ticks: the cheapest time stamp of this machine, for spans: the processor's counter where it runs evenly and one reads
// it without a call (half the cost of the system's clock), else steady nanoseconds. Comparable between threads of this
// machine, and with nothing else. Threads: ticks() any; a TickScale has one.
#pragma once

#include <cstdint>

#include "domain/money.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace sluice::runtime {

namespace detail {
/// True if the kernel itself keeps its time by the processor's counter: then it is even, and the same on every core.
extern const bool kCounterIsEven;
std::uint64_t steady_ticks();
}  // namespace detail

inline std::uint64_t ticks() {
#if defined(__x86_64__)
  if (detail::kCounterIsEven) [[likely]]
    return __rdtsc();
#endif
  return detail::steady_ticks();
}

/// What a tick is in nanoseconds, measured against the steady clock from construction on: the longer ago, the better.
class TickScale {
 public:
  TickScale();
  /// Measures again, if long enough has passed to be worth it.
  void refresh();
  /// A span.
  std::uint64_t nanos(std::uint64_t ticks) const {
    return static_cast<std::uint64_t>(static_cast<double>(ticks) * nanos_per_tick_);
  }
  double nanos_per_tick() const { return nanos_per_tick_; }

 private:
  std::uint64_t first_ticks_;
  Nanos first_steady_;
  Nanos measured_;  // steady time of the last measurement
  double nanos_per_tick_;
};

}  // namespace sluice::runtime
