#include "command/order_measures.h"

#include <algorithm>

#include "runtime/clock.h"
#include "runtime/ticks.h"

namespace sluice::command {

namespace {

bool traded(const Slot& slot) {
  return slot.own != nullptr &&
         std::any_of(slot.own->order_events.begin(), slot.own->order_events.end(), [&](const OrderEvent& event) {
           return event.kind == OrderEventKind::kTraded && event.order_id == slot.outcome->order_id;
         });
}

}  // namespace

OrderMeasures::Placement OrderMeasures::begin(std::size_t commands) {
  Placement placement;
  placement.commands = static_cast<std::uint32_t>(commands);
  placement.receive = spans_.begin(telemetry::Stage::kReceive);
  placement.whole = spans_.begin(telemetry::Stage::kOrderPlacement);
  placement.begun = in_flight_.begin(placement.commands, runtime::steady_now());
  return placement;
}

void OrderMeasures::end(const Placement& placement, std::span<const Slot> slots) {
  in_flight_.end(placement.begun, placement.commands);
  if (placement.whole.weight == 0) return;
  const std::uint64_t now = runtime::ticks();
  std::uint32_t answered = 0;
  std::uint32_t filled = 0;
  std::uint64_t sequence = 0;
  for (const Slot& slot : slots) {
    if (slot.error || slot.sequence.value() == 0) continue;
    ++answered;
    sequence = slot.sequence.value();
    if (traded(slot)) ++filled;
  }
  if (answered > 0) spans_.record_span(telemetry::Stage::kOrderPlacement, placement.whole.at, now, sequence, answered);
  if (filled > 0) spans_.record_span(telemetry::Stage::kOrderFill, placement.whole.at, now, sequence, filled);
}

}  // namespace sluice::command
