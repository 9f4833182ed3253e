#include "projections/views/kill_switches_view.h"

#include <string>

namespace sluice::projections::kill_switches_view {

namespace {
Key switch_key(ShardId shard, KillScope scope, const Name& key) {
  return Key(shard, Table::kKillSwitch).add(static_cast<std::uint8_t>(scope)).add(key);
}
Key release_key(ShardId shard, const Uuid& id) { return Key(shard, Table::kRelease).add(id); }
}  // namespace

void fold(const KillSwitchEngaged& event, const FoldContext& context, ViewBatch& batch) {
  const KillSwitchRow row{.kill_id = event.kill.kill_id,
                          .since = context.time,
                          .event_sequence = context.sequence,
                          .orders_cancelled = event.orders_cancelled,
                          .key = event.kill.key,
                          .reason = event.kill.reason,
                          .by = event.by,
                          .scope = event.kill.scope,
                          .mode = event.kill.mode,
                          .source = static_cast<std::uint8_t>(event.source),
                          .engaged = true};
  batch.put(switch_key(context.shard, row.scope, row.key), row);
}

void fold(const ReleaseRequested& event, const FoldContext& context, ViewBatch& batch) {
  const ReleaseRow row{.release_id = event.request.release_id,
                       .kill_id = event.request.kill_id,
                       .kill_sequence = event.request.kill_sequence,
                       .at = context.time,
                       .event_sequence = context.sequence,
                       .key = event.request.key,
                       .reason = event.request.reason,
                       .by = event.by,
                       .scope = event.request.scope};
  batch.put(release_key(context.shard, row.release_id), row);
}

void fold(const KillSwitchReleased& event, const FoldContext& context, ViewBatch& batch) {
  const Key key = switch_key(context.shard, event.scope, event.key);
  std::optional<KillSwitchRow> row = batch.get<KillSwitchRow>(key);
  const bool requested = batch.get<ReleaseRow>(release_key(context.shard, event.release_id)).has_value();
  if (!row || !requested) {
    batch.fail({ErrorCode::kHalted, "fold: EVT message " + std::to_string(context.sequence.value()) +
                                        " releases a kill switch that was never engaged, or by an unknown request"});
    return;
  }
  row->engaged = false;
  batch.update(key, *row);
  batch.erase(release_key(context.shard, event.release_id));
}

void list(const ReadView& view, ShardId shard, const std::function<bool(const KillSwitchRow&)>& visit) {
  view.scan<KillSwitchRow>(Key(shard, Table::kKillSwitch),
                           [&](std::string_view, const KillSwitchRow& row) { return visit(row); });
}

void list_releases(const ReadView& view, ShardId shard, const std::function<bool(const ReleaseRow&)>& visit) {
  view.scan<ReleaseRow>(Key(shard, Table::kRelease),
                        [&](std::string_view, const ReleaseRow& row) { return visit(row); });
}

}  // namespace sluice::projections::kill_switches_view
