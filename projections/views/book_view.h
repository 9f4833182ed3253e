// Book: resting orders in the order in which they would trade, so that a scan of an instrument's side gives the best
// price first and the oldest order of a price first; and the price of the newest trade. Levels are summed while
// scanning. Folds belong to the projector's thread; reads to any thread with a ReadView of its own.
#pragma once

#include <functional>
#include <optional>

#include "domain/events.h"
#include "projections/read_view.h"
#include "projections/view_batch.h"
#include "projections/views/orders_view.h"

namespace sluice::projections::book_view {

/// The next place in time of the shard: whoever gets it stands behind everybody. Counts from 1.
std::uint64_t next_priority(ViewBatch& batch);

/// Moves an order within, into or out of its queue.
void fold(const orders_view::Change& change, const FoldContext& context, ViewBatch& batch);
/// Notes the price of a trade.
void fold_trade(const OrderEvent& traded, const FoldContext& context, ViewBatch& batch);

using Visit = std::function<bool(const BookRow&)>;  // false: enough
/// Resting orders of one side: best price first, oldest first.
void list(const ReadView& view, ShardId shard, InstrumentId instrument, Side side, const Visit& visit);
/// Price of the newest trade; 0 if none.
Price last_price(const ReadView& view, ShardId shard, InstrumentId instrument);

}  // namespace sluice::projections::book_view
