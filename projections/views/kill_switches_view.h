// Kill switches: every scope that is, or ever was, engaged, with its newest kill; and the release requests that are
// open. Folds belong to the projector's thread; reads to any thread with a ReadView of its own.
#pragma once

#include <functional>

#include "domain/events.h"
#include "projections/read_view.h"
#include "projections/view_batch.h"
#include "projections/views/fold_context.h"

namespace sluice::projections::kill_switches_view {

void fold(const KillSwitchEngaged& event, const FoldContext& context, ViewBatch& batch);
void fold(const ReleaseRequested& event, const FoldContext& context, ViewBatch& batch);
void fold(const KillSwitchReleased& event, const FoldContext& context, ViewBatch& batch);

/// By scope and key.
void list(const ReadView& view, ShardId shard, const std::function<bool(const KillSwitchRow&)>& visit);
/// By release id.
void list_releases(const ReadView& view, ShardId shard, const std::function<bool(const ReleaseRow&)>& visit);

}  // namespace sluice::projections::kill_switches_view
