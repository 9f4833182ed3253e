// Time stamps for spans of nanoseconds: the processor's counter where there is one to read without a call, calibrated
// against the steady clock at the first use. Any thread.
#pragma once

#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace sluice::bench {

inline std::uint64_t steady_nanos() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

#if defined(__x86_64__)
inline std::uint64_t ticks() { return __rdtsc(); }
/// Nanoseconds of one tick.
inline double nanos_per_tick() {
  static const double nanos = [] {
    constexpr std::uint64_t kSpanNanos = 50'000'000;
    const std::uint64_t begin = steady_nanos();
    const std::uint64_t first = ticks();
    while (steady_nanos() - begin < kSpanNanos) {}
    const std::uint64_t last = ticks();
    return static_cast<double>(steady_nanos() - begin) / static_cast<double>(last - first);
  }();
  return nanos;
}
#else
inline std::uint64_t ticks() { return steady_nanos(); }
inline double nanos_per_tick() { return 1.0; }
#endif

inline std::uint64_t nanos_of(std::uint64_t tick_count) {
  return static_cast<std::uint64_t>(static_cast<double>(tick_count) * nanos_per_tick());
}

}  // namespace sluice::bench
