// Risk: the limits of an account, checked before matching. Pure functions of State; the order of checks is R-RISK's.
// Limits are inclusive: reaching one is allowed. Client numbers enter here, so products and sums are 128 bits wide.
#pragma once

#include "domain/commands.h"
#include "domain/reasons.h"
#include "engine/core/state.h"

namespace sluice::core {

/// True for limits of an account as a whole, which have no default by instrument.
bool is_of_account(LimitKind kind);

/// Money made in this settlement day, realised and, at the last trade, unrealised: by one holding, at `last`; by all of
/// an account `besides` one instrument.
Int128 day_profit(const State& state, const Position& position, const Holding& holding, Price last);
Int128 day_profit(const State& state, const Account& account, InstrumentId besides = {});

/// kNone, or the daily limit of the account that is used up (trades) or crossed (loss); as it is, or as it would be.
RejectReason broken_daily_limit(const State& state, const Account& account);
RejectReason broken_daily_limit(const State& state, const Account& account, std::uint64_t trades, Int128 profit);

/// True if `added_live` more on a side could only reduce the position, all live orders of that side counted.
bool would_only_reduce(const State& state, AccountId account, InstrumentId instrument, Side side, Quantity added_live);

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
