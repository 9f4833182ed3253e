// Positions: net, bought, sold, cash and cost of an account in an instrument, since ever.
// Folds belong to the projector's thread; reads to any thread with a ReadView of its own.
#pragma once

#include <functional>

#include "domain/events.h"
#include "projections/read_view.h"
#include "projections/view_batch.h"
#include "projections/views/fold_context.h"

namespace sluice::projections::positions_view {

/// `traded` is a kTraded event. Invariant: the nets of an instrument add up to zero.
void fold(const OrderEvent& traded, const FoldContext& context, ViewBatch& batch);

using Visit = std::function<bool(const PositionRow&)>;  // false: enough
/// Positions of an account, or of all (AccountId{}), by account and instrument. Zero nets that traded are there, too.
void list(const ReadView& view, ShardId shard, AccountId account, const Visit& visit);

}  // namespace sluice::projections::positions_view
