#include "projections/views/log_index_view.h"

namespace sluice::projections::log_index_view {

void fold(const eventlog::Checkpoint& before, const eventlog::Checkpoint& checkpoint, ViewBatch& batch) {
  if (before.evt_sequence.value() / kSpacing == checkpoint.evt_sequence.value() / kSpacing) return;
  batch.insert(Key(batch.shard(), Table::kLogIndex).add(checkpoint.evt_sequence),
               LogIndexRow{.cmd_sequence = checkpoint.cmd_sequence,
                           .evt_sequence = checkpoint.evt_sequence,
                           .chain = checkpoint.chain,
                           .epoch = checkpoint.epoch,
                           .owner = checkpoint.owner});
}

std::optional<eventlog::Checkpoint> find(const ReadView& view, ShardId shard, EvtSequence sequence) {
  const Key prefix(shard, Table::kLogIndex);
  const std::optional<LogIndexRow> row = view.last_not_after<LogIndexRow>(prefix, Key(prefix).add(sequence));
  if (!row) return std::nullopt;
  return eventlog::Checkpoint{row->cmd_sequence, row->evt_sequence, row->chain, row->epoch, row->owner};
}

}  // namespace sluice::projections::log_index_view
