// Trades: by id (a shard's trade ids are its order in time), by account, by instrument.
// Folds belong to the projector's thread; reads to any thread with a ReadView of its own.
#pragma once

#include <functional>

#include "domain/events.h"
#include "projections/read_view.h"
#include "projections/view_batch.h"
#include "projections/views/fold_context.h"

namespace sluice::projections::trades_view {

/// `traded` is a kTraded event.
void fold(const OrderEvent& traded, const FoldContext& context, ViewBatch& batch);

using Visit = std::function<bool(const TradeRow&)>;  // false: enough
/// Trades with an id above `after`, oldest first: all of the shard, of an account, or of an instrument.
void list(const ReadView& view, ShardId shard, TradeId after, const Visit& visit);
void list_of_account(const ReadView& view, ShardId shard, AccountId account, TradeId after, const Visit& visit);
void list_of_instrument(const ReadView& view, ShardId shard, InstrumentId instrument, TradeId after,
                        const Visit& visit);

}  // namespace sluice::projections::trades_view
