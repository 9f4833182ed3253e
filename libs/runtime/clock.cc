#include "runtime/clock.h"

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

}  // namespace sluice::runtime
