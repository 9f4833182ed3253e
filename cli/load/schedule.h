// Schedule: when each command is meant to be sent, as a span since the start of the load, whatever the system does
// meanwhile. Seeded; no clock. One thread.
#pragma once

#include <cstdint>

#include "domain/money.h"

namespace sluice::load {

enum class Arrivals {
  kConstant,  // one every 1/rate
  kPoisson,   // independent: exponential gaps of mean 1/rate
  kFlow,      // as the order-flow generator says: bursts that excite themselves, of mean `rate`
};

class Schedule {
 public:
  /// `rate` > 0, commands a second.
  static Schedule constant(double rate) { return {Kind::kConstant, rate, 0}; }
  static Schedule poisson(double rate, std::uint64_t seed) { return {Kind::kPoisson, rate, seed}; }
  /// The commands' own times, divided by `speed` > 0.
  static Schedule natural(double speed) { return {Kind::kNatural, speed, 0}; }
  /// No times at all: every command is due at once, and the window of answers sets the pace.
  static Schedule closed_loop() { return {Kind::kClosed, 1, 0}; }

  /// When the next command is meant to be sent; `natural` is its own time. Never goes back if `natural` does not.
  Nanos next(Nanos natural);
  bool closed() const { return kind_ == Kind::kClosed; }

 private:
  enum class Kind { kConstant, kPoisson, kNatural, kClosed };
  Schedule(Kind kind, double rate, std::uint64_t seed) : kind_(kind), rate_(rate), random_(seed) {}

  Kind kind_;
  double rate_;
  std::uint64_t random_;
  std::uint64_t made_ = 0;
  double at_ = 0;  // nanoseconds; below 2^53 for the first 104 days
};

}  // namespace sluice::load
