#include "command/service_metrics.h"

namespace sluice::command {

void register_metrics(telemetry::Registry& registry, const CommandService& service,
                      const std::vector<std::unique_ptr<ShardLink>>& shards) {
  const auto number = [](const std::atomic<std::uint64_t>& value) {
    return [&value] { return static_cast<double>(value.load()); };
  };
  registry.gauge_function("sluice_command_received", "Commands received since the start.",
                          number(service.stats().received));
  registry.gauge_function("sluice_command_invalid", "Commands refused as INVALID_ARGUMENT or NOT_FOUND.",
                          number(service.stats().invalid));
  registry.gauge_function("sluice_command_overloaded", "Commands refused as RESOURCE_EXHAUSTED.",
                          number(service.stats().overloaded));
  registry.gauge_function("sluice_command_in_flight", "Unary calls that wait for their level.",
                          number(service.stats().in_flight));
  registry.gauge_function("sluice_command_streams", "StreamCommands calls that are open.",
                          number(service.stats().streams));
  for (const auto& shard : shards) {
    const telemetry::Labels labels{{"shard", std::to_string(shard->genesis().shard.value())}};
    const LaneWriterStats& stats = shard->orders().stats();
    registry.gauge_function("sluice_command_logged", "Order commands put into frames.", number(stats.commands), labels);
    registry.gauge_function("sluice_command_frames", "Frames of orders.", number(stats.frames), labels);
    registry.gauge_function("sluice_command_frame_repeats", "Publishes repeated with the same Msg-Id.",
                            number(stats.repeats), labels);
    registry.gauge_function("sluice_command_frame_duplicates", "Acknowledgements that said: known already.",
                            number(stats.duplicates), labels);
    registry.gauge_function("sluice_command_given_up", "Commands whose frame was not acknowledged in time.",
                            number(stats.given_up), labels);
    registry.gauge_function("sluice_command_queued", "Commands that wait for a frame.", number(stats.queued), labels);
    registry.gauge_function(
        "sluice_command_unanswered", "Commands that are logged and wait for their answer.",
        [&link = *shard] { return static_cast<double>(link.board().waiting()); }, labels);
    registry.gauge_function(
        "sluice_command_void_messages", "EVT messages of former owners that were skipped.",
        [&link = *shard] { return static_cast<double>(link.void_messages()); }, labels);
    registry.gauge_function(
        "sluice_command_log_reachable", "1 while the log acknowledges.",
        [&link = *shard] { return link.orders().log_reachable() ? 1.0 : 0.0; }, labels);
    for (const auto& [name, stream] :
         {std::pair{"cmd", eventlog::StreamKind::kCommand}, std::pair{"evt", eventlog::StreamKind::kEvent}}) {
      registry.gauge_function("sluice_log_fill_ratio", "Share of a stream's max_bytes in use.",
                              [&link = *shard, stream = stream] { return link.space().fill(stream); },
                              {{"shard", labels[0].second}, {"stream", name}});
    }
  }
}

}  // namespace sluice::command
