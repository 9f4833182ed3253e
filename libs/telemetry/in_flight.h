// InFlight: how many pieces of work have begun and not ended, by age: what a stage's spans cannot show while it stands
// still. Beginning and ending cost an atomic addition each. Ages are told to kStep; what is older than kHorizon counts
// as younger than it is. Threads: any.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "domain/money.h"
#include "runtime/clock.h"

namespace sluice::telemetry {

class InFlight {
 public:
  static constexpr Nanos kStep{20 * kNanosPerMilli};
  static constexpr std::size_t kSteps = 4'096;
  static constexpr Nanos kHorizon{kStep.value() * static_cast<std::int64_t>(kSteps)};

  /// Steady time; to be given to end().
  Nanos begin(std::uint32_t count, Nanos now) {
    steps_[index(now)].fetch_add(count, std::memory_order_relaxed);
    return now;
  }
  void end(Nanos begun, std::uint32_t count) { steps_[index(begun)].fetch_sub(count, std::memory_order_relaxed); }

  /// Of those in flight, how many began longer ago than `age`, and the age of the oldest (0: there is none).
  struct Older {
    std::uint64_t count = 0;
    Nanos oldest;
  };
  Older older_than(Nanos age, Nanos now) const {
    Older found;
    for (std::size_t back = 0; back < kSteps; ++back) {
      const Nanos at = now - Nanos{kStep.value() * static_cast<std::int64_t>(back)};
      const std::int64_t count = steps_[index(at)].load(std::memory_order_relaxed);
      if (count <= 0) continue;
      // The youngest that a whole step back can be.
      const Nanos youngest{back == 0 ? 0 : kStep.value() * static_cast<std::int64_t>(back - 1)};
      found.oldest = Nanos{kStep.value() * static_cast<std::int64_t>(back)};
      if (youngest >= age) found.count += static_cast<std::uint64_t>(count);
    }
    return found;
  }

 private:
  static std::size_t index(Nanos at) { return static_cast<std::size_t>(at.value() / kStep.value()) % kSteps; }
  std::array<std::atomic<std::int64_t>, kSteps> steps_{};
};

}  // namespace sluice::telemetry
