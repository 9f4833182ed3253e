// OrderMeasures: how long orders take from their arrival to their response, and how many are on their way. An RPC, or a
// message of a stream, is measured as one; it counts for each of its commands. Threads: any.
#pragma once

#include <span>

#include "command/command_batch.h"
#include "telemetry/telemetry.h"

namespace sluice::command {

class OrderMeasures {
 public:
  explicit OrderMeasures(telemetry::Telemetry& telemetry)
      : spans_(telemetry.spans()), in_flight_(telemetry.follow(telemetry::Stage::kOrderPlacement)) {}

  struct Placement {
    telemetry::Span receive;
    telemetry::Span whole;
    Nanos begun;
    std::uint32_t commands = 0;
  };
  /// `arrived`: runtime::ticks() when the first of it was seen.
  Placement begin(std::size_t commands, std::uint64_t arrived);
  /// They have their places in the queues for the log.
  void queued(const Placement& placement) { spans_.end(placement.receive); }
  /// `slots`: of its commands, as they ended; those that failed are no longer in flight, and not measured.
  void end(const Placement& placement, std::span<const Slot> slots);

 private:
  telemetry::Spans& spans_;
  telemetry::InFlight& in_flight_;
};

}  // namespace sluice::command
