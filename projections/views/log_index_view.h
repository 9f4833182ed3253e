// Log index: a checkpoint about every 1,024 messages of EVT, so that a reader who wants the log from the middle
// verifies the chain from close before, not from the beginning. Folds belong to the projector's thread; reads to any
// thread with a ReadView of its own.
#pragma once

#include <optional>

#include "eventlog/event_fold.h"
#include "projections/read_view.h"
#include "projections/view_batch.h"

namespace sluice::projections::log_index_view {

inline constexpr std::uint64_t kSpacing = 1024;

/// `checkpoint` is the one after the answer, `before` the one before it. The rows depend on the log alone, not on
/// batches.
void fold(const eventlog::Checkpoint& before, const eventlog::Checkpoint& checkpoint, ViewBatch& batch);

/// The newest indexed checkpoint at or before `sequence`; nullopt: begin with message 1.
std::optional<eventlog::Checkpoint> find(const ReadView& view, ShardId shard, EvtSequence sequence);

}  // namespace sluice::projections::log_index_view
