// The platform's values as scenarios name them; shared by the targets. Pure functions.
#pragma once

#include <map>

#include "cli/scenario/scenario.h"
#include "engine/core/state.h"

namespace sluice::scenario {

/// Order id → the scenario's id of that order.
using OrderIds = std::map<OrderId, std::int64_t>;

/// `event` with the scenario's ids; `ids` must know the orders it names.
Event to_event(const OrderEvent& event, const OrderIds& ids);
/// The command of scenario order `id` (0: no order) was refused.
Event rejection(std::int64_t id, RejectReason reason);
/// All levels of a symbol, best first; empty if there is no such instrument.
Book read_book(const core::State& state, const Name& symbol);

}  // namespace sluice::scenario
