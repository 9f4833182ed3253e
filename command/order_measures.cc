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

OrderMeasures::Placement OrderMeasures::begin(std::size_t commands, std::uint64_t arrived) {
  Placement placement;
  placement.commands = static_cast<std::uint32_t>(commands);
  placement.receive = spans_.begin_at(arrived, telemetry::Stage::kReceive);
  placement.whole = spans_.begin_at(arrived, telemetry::Stage::kOrderPlacement);
  placement.begun = in_flight_.begin(placement.commands, runtime::steady_now());
  return placement;
}

void OrderMeasures::end(const Placement& placement, std::span<const Slot> slots) {
  in_flight_.end(placement.begun, placement.commands);
  if (placement.whole.weight == 0) return;
  const std::uint64_t now = runtime::ticks();
  std::uint32_t answered = 0;
  std::uint32_t filled = 0;
  telemetry::Span placed = placement.whole;
  for (const Slot& slot : slots) {
    if (slot.error || slot.sequence.value() == 0) continue;
    ++answered;
    placed.correlation = slot.sequence.value();
    if (traded(slot)) ++filled;
  }
  spans_.end_each(placed, now, answered);
  placed.stage = telemetry::Stage::kOrderFill;
  spans_.end_each(placed, now, filled);
}

}  // namespace sluice::command
