// The only file that reads clocks. Whatever needs time takes a Clock&; only `main` files and tests name a concrete one.
#pragma once

#include <chrono>

#include "domain/money.h"

namespace sluice::runtime {

/// Nanoseconds since the Unix epoch. May step when the operator or NTP sets the clock. Thread: any.
Nanos wall_now();
/// Nanoseconds since an arbitrary start; never steps back. For spans and deadlines. Thread: any.
Nanos steady_now();

/// The moment `span` from now in the form in which gRPC takes deadlines. Thread: any.
std::chrono::system_clock::time_point deadline_after(Nanos span);
/// What is left until such a deadline; negative if it has passed. A call without a deadline has one far in the future.
/// Thread: any.
Nanos time_left(std::chrono::system_clock::time_point deadline);

/// Makes the calling thread's sleeps end on time: the kernel may otherwise put each off by 50 µs. Thread: any, for
/// itself.
void sleep_precisely();
/// Sleeps until steady_now() reaches `moment`; returns at once if it has. A signal handler may end it early. Thread:
/// any.
void await_moment(Nanos moment);

/// Source of time. Implementations are safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// As wall_now().
  virtual Nanos wall() const = 0;
  /// As steady_now().
  virtual Nanos steady() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Nanos wall() const override { return wall_now(); }
  Nanos steady() const override { return steady_now(); }
};

}  // namespace sluice::runtime
