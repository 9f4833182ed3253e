// Risk: the limits of an account, checked before matching. Pure functions of State; the order of checks is R-RISK's.
// Limits are inclusive: reaching one is allowed. Client numbers enter here, so products and sums are 128 bits wide.
#pragma once

#include "domain/commands.h"
#include "domain/reasons.h"
#include "engine/core/state.h"

namespace sluice::core {

/// True if this version enforces the limit; others are refused when someone sets them, never ignored.
bool is_enforced(LimitKind kind);

/// kNone, or the first limit that a new order would break. Account and instrument are known, quantity and price valid.
RejectReason check_new_order(const State& state, const OrderCommand& order);

/// The same for a replace: `quantity` is the new total, `left` at `price` would be live, in place of `left_before`
/// at `price_before`.
struct ReplaceRequest {
  Price price;
  Quantity quantity;
  Quantity left;
  Quantity left_before;
  Price price_before;
};
RejectReason check_replace(const State& state, const OrderEvent& order, const ReplaceRequest& request);

}  // namespace sluice::core
