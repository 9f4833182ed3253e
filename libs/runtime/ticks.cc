#include "runtime/ticks.h"

#include <fstream>
#include <string>

#include "runtime/clock.h"

namespace sluice::runtime {

namespace {

/// The first measurement waits so long: it is exact to a thousandth.
constexpr Nanos kFirst{100'000};

bool counter_is_even() {
#if defined(__x86_64__)
  std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  std::string source;
  return file >> source && source == "tsc";
#else
  return false;
#endif
}

}  // namespace

const bool detail::kCounterIsEven = counter_is_even();

std::uint64_t detail::steady_ticks() { return static_cast<std::uint64_t>(steady_now().value()); }

TickScale::TickScale() : first_ticks_(ticks()), first_steady_(steady_now()), nanos_per_tick_(1.0) {
  if (!detail::kCounterIsEven) return;
  while (steady_now() - first_steady_ < kFirst) {}
  refresh();
}

void TickScale::refresh() {
  if (!detail::kCounterIsEven) return;
  const Nanos now = steady_now();
  // Each measurement may be off by what a time stamp costs: only one over a longer span is better than the last.
  if (measured_ != Nanos{0} && now - first_steady_ < Nanos{2 * (measured_ - first_steady_).value()}) return;
  const std::uint64_t passed = ticks() - first_ticks_;
  if (passed == 0) return;
  measured_ = now;
  nanos_per_tick_ = static_cast<double>((now - first_steady_).value()) / static_cast<double>(passed);
}

}  // namespace sluice::runtime
