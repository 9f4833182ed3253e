// Failpoints: places where a test can make the process die at once, to prove what a crash there leaves behind. Armed by
// SLUICE_FAILPOINT=name:count (the process ends with code 134 at the count-th hit); otherwise one relaxed load. Thread:
// any.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

namespace sluice::runtime {

/// Exit code of a process that a failpoint ended: that of an abort, so that supervisors treat it as a crash.
inline constexpr int kFailpointExitCode = 134;

namespace detail {
extern std::atomic<bool> failpoint_armed;
void hit_failpoint(std::string_view name);
}  // namespace detail

/// Arms the failpoint `name:count` (count >= 1) in this process; an empty text disarms. False if the text has another
/// form.
bool arm_failpoint(std::string_view spec);

/// Ends the process by std::_Exit(kFailpointExitCode), without unwinding or flushing, if this hit is the one asked for.
inline void failpoint(std::string_view name) {
  if (detail::failpoint_armed.load(std::memory_order_relaxed)) detail::hit_failpoint(name);
}

}  // namespace sluice::runtime
