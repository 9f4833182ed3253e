#include "runtime/clock.h"

#include <sys/prctl.h>
#include <time.h>

#include <chrono>

namespace sluice::runtime {

namespace {
template <typename Source>
Nanos now_of() {
  return Nanos{std::chrono::duration_cast<std::chrono::nanoseconds>(Source::now().time_since_epoch()).count()};
}
}  // namespace

Nanos wall_now() { return now_of<std::chrono::system_clock>(); }
Nanos steady_now() { return now_of<std::chrono::steady_clock>(); }

std::chrono::system_clock::time_point deadline_after(Nanos span) {
  return std::chrono::system_clock::time_point(std::chrono::nanoseconds((wall_now() + span).value()));
}

Nanos time_left(std::chrono::system_clock::time_point deadline) {
  return Nanos{std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.time_since_epoch()).count()} - wall_now();
}

void sleep_precisely() { prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); }

// steady_clock is CLOCK_MONOTONIC in libstdc++ and libc++ on Linux.
void await_moment(Nanos moment) {
  if (moment <= steady_now()) return;
  const timespec at{moment.value() / kNanosPerSecond, moment.value() % kNanosPerSecond};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
}

}  // namespace sluice::runtime
