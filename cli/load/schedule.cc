#include "cli/load/schedule.h"

#include <cmath>

namespace sluice::load {

namespace {
constexpr double kNanos = 1e9;

/// SplitMix64, as (0, 1].
double uniform(std::uint64_t& state) {
  std::uint64_t mixed = (state += 0x9E3779B97F4A7C15u);
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
  mixed ^= mixed >> 31;
  return (static_cast<double>(mixed >> 11) + 1.0) * 0x1.0p-53;
}
}  // namespace

Nanos Schedule::next(Nanos natural) {
  switch (kind_) {
    case Kind::kConstant: {
      // From the number, not from the last time: rounding must not add up to another rate.
      const double at = static_cast<double>(made_++) * kNanos / rate_;
      return Nanos{static_cast<std::int64_t>(at)};
    }
    case Kind::kPoisson: at_ -= std::log(uniform(random_)) * kNanos / rate_; return Nanos{std::llround(at_)};
    case Kind::kNatural: return Nanos{std::llround(static_cast<double>(natural.value()) / rate_)};
    case Kind::kClosed: break;
  }
  return Nanos{0};
}

}  // namespace sluice::load
