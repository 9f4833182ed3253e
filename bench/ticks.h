// Ticks of runtime/ticks.h in nanoseconds, for benchmarks: calibrated once, at the first use. Any thread.
#pragma once

#include <cstdint>

#include "runtime/clock.h"
#include "runtime/ticks.h"

namespace sluice::bench {

using runtime::ticks;

/// Nanoseconds of one tick.
inline double nanos_per_tick() {
  static const double nanos = [] {
    constexpr Nanos kSpan{50 * kNanosPerMilli};
    runtime::TickScale scale;
    const Nanos begin = runtime::steady_now();
    while (runtime::steady_now() - begin < kSpan) {}
    scale.refresh();
    return scale.nanos_per_tick();
  }();
  return nanos;
}

inline std::uint64_t nanos_of(std::uint64_t tick_count) {
  return static_cast<std::uint64_t>(static_cast<double>(tick_count) * nanos_per_tick());
}

}  // namespace sluice::bench
