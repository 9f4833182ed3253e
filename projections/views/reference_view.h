// Reference data: accounts with their limits, strategies, instruments; by id and by name, shard by shard (ids differ,
// names do not). Folds belong to the projector's thread; reads to any thread with a ReadView of its own.
#pragma once

#include <functional>
#include <optional>

#include "domain/events.h"
#include "projections/read_view.h"
#include "projections/view_batch.h"
#include "projections/views/fold_context.h"

namespace sluice::projections::reference_view {

/// The row of a definition.
InstrumentRow row_of(const InstrumentDefined& event);

void fold(const InstrumentDefined& event, const FoldContext& context, ViewBatch& batch);
void fold(const AccountRegistered& event, const FoldContext& context, ViewBatch& batch);
void fold(const StrategyRegistered& event, const FoldContext& context, ViewBatch& batch);
void fold(const LimitsSet& event, const FoldContext& context, ViewBatch& batch);
void fold(const InstrumentStateChanged& event, const FoldContext& context, ViewBatch& batch);
/// The days to come are the engine's business; the present one is shown.
void fold(const CalendarSet& event, const FoldContext& context, ViewBatch& batch);
void fold(const SettlementDayStarted& event, const FoldContext& context, ViewBatch& batch);

std::optional<InstrumentRow> find_instrument(const ReadView& view, ShardId shard, const Name& symbol);
std::optional<InstrumentRow> find_instrument(const ReadView& view, ShardId shard, InstrumentId id);
std::optional<AccountRow> find_account(const ReadView& view, ShardId shard, const Name& name);

/// nullopt if none were ever set. `instrument` 0: of all.
std::optional<DefaultLimitsRow> find_defaults(const ReadView& view, ShardId shard, InstrumentId instrument);
/// nullopt before the first one.
std::optional<SettlementDayRow> find_day(const ReadView& view, ShardId shard);

/// By id, which is the order of registration.
void list_accounts(const ReadView& view, ShardId shard, const std::function<bool(const AccountRow&)>& visit);
void list_strategies(const ReadView& view, ShardId shard, const std::function<bool(const StrategyRow&)>& visit);
void list_instruments(const ReadView& view, ShardId shard, const std::function<bool(const InstrumentRow&)>& visit);

}  // namespace sluice::projections::reference_view
