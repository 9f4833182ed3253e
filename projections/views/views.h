// All views at once: what the projector does with each complete answer. Owned by the projector's thread.
#pragma once

#include "domain/events.h"
#include "eventlog/event_fold.h"
#include "projections/view_batch.h"

namespace sluice::projections {

/// Folds a complete answer or control message into every view, event by event in the order in which they happened.
/// `before` and `after` are the checkpoints around it. A misfit shows in batch.status() as kHalted.
void fold_answer(const Answer& answer, const eventlog::Checkpoint& before, const eventlog::Checkpoint& after,
                 ViewBatch& batch);

}  // namespace sluice::projections
