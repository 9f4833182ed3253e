#include "command/service_metrics.h"

namespace sluice::command {

namespace {

std::string progress_name(v1::KillProgress progress) {
  switch (progress) {
    case v1::KILL_PROGRESS_CONFIRMED: return "confirmed";
    case v1::KILL_PROGRESS_LATCHED: return "latched";
    case v1::KILL_PROGRESS_NOT_CONFIRMED: return "not_confirmed";
    default: return "not_reached";
  }
}

std::function<double()> number(const std::atomic<std::uint64_t>& value) {
  return [&value] { return static_cast<double>(value.load(std::memory_order_relaxed)); };
}

void register_commands(telemetry::Registry& registry, const CommandServiceStats& stats) {
  registry.counter_function("sluice_command_received_total", "Commands received since the start.",
                            number(stats.received));
  registry.gauge_function("sluice_command_streams", "StreamCommands calls that are open.", number(stats.streams));
  registry.gauge_function("sluice_command_in_flight", "Commands that wait for their level.", number(stats.in_flight));
  for (const auto& [reason, counter] :
       {std::pair{"invalid", &stats.invalid}, std::pair{"overloaded", &stats.overloaded},
        std::pair{"log_nearly_full", &stats.nearly_full}, std::pair{"not_ready", &stats.not_ready}}) {
    registry.counter_function("sluice_command_refusals_total", "Commands refused before the log, by reason.",
                              number(*counter), {{"reason", reason}});
  }
  const std::string results =
      "Commands answered, by result: logged, the engine's outcome, or why there is none (see the error codes).";
  for (const auto& [result, counter] :
       {std::pair{"logged", &stats.logged}, std::pair{"executed", &stats.executed},
        std::pair{"rejected", &stats.rejected}, std::pair{"repeated", &stats.repeated}}) {
    registry.counter_function("sluice_command_results_total", results, number(*counter), {{"result", result}});
  }
  for (const ErrorCode code : kErrorCodes) {
    registry.counter_function("sluice_command_results_total", results,
                              number(stats.failed[static_cast<std::size_t>(code)]),
                              {{"result", std::string(name_of(code))}});
  }
}

void register_disconnects(telemetry::Registry& registry, const DisconnectCanceller& disconnects) {
  registry.gauge_function("sluice_command_disconnect_cancels_pending",
                          "Cancels for ended streams whose outcome is not known yet.",
                          [&disconnects] { return static_cast<double>(disconnects.pending()); });
}

void register_writer(telemetry::Registry& registry, const std::string& shard, const std::string& writer,
                     const LaneWriterStats& stats) {
  const telemetry::Labels labels{{"shard", shard}, {"writer", writer}};
  registry.counter_function("sluice_command_logged_total", "Commands put into frames.", number(stats.commands), labels);
  registry.counter_function("sluice_command_frames_total", "Frames made.", number(stats.frames), labels);
  registry.gauge_function("sluice_command_frames_in_flight", "Frames published and not acknowledged.",
                          number(stats.in_flight), labels);
  registry.counter_function("sluice_command_frame_repeats_total", "Publishes repeated with the same Msg-Id.",
                            number(stats.repeats), labels);
  registry.counter_function("sluice_command_frame_duplicates_total", "Acknowledgements that said: known already.",
                            number(stats.duplicates), labels);
  registry.counter_function("sluice_command_given_up_total", "Commands whose frame was not acknowledged in time.",
                            number(stats.given_up), labels);
  registry.gauge_function("sluice_command_queued", "Commands that wait for a frame.", number(stats.queued), labels);
}

void register_log_space(telemetry::Registry& registry, const std::string& shard, const LogSpace& space) {
  for (const auto& [name, stream] :
       {std::pair{"cmd", eventlog::StreamKind::kCommand}, std::pair{"evt", eventlog::StreamKind::kEvent}}) {
    const telemetry::Labels labels{{"shard", shard}, {"stream", name}};
    registry.gauge_function(
        "sluice_log_fill_ratio", "Share of a stream's max_bytes in use.",
        [&space, stream = stream] { return space.fill(stream); }, labels);
    registry.gauge_function(
        "sluice_log_nearly_full",
        "1 while at least 80 % of a stream's max_bytes are in use; orders are refused from 95 %.",
        [&space, stream = stream] { return space.fill(stream) >= eventlog::kNearlyFull ? 1.0 : 0.0; }, labels);
  }
}

}  // namespace

std::vector<telemetry::Stage> measured_stages() {
  using telemetry::Stage;
  return {Stage::kOrderPlacement, Stage::kOrderFill, Stage::kReceive, Stage::kPublish, Stage::kAnswer, Stage::kAudit};
}

void register_metrics(telemetry::Registry& registry, const CommandService& service, const KillFanout& fanout) {
  register_commands(registry, service.stats());
  register_disconnects(registry, service.disconnects());
  for (int value = v1::KILL_PROGRESS_CONFIRMED; value < v1::KillProgress_ARRAYSIZE; ++value) {
    const auto progress = static_cast<v1::KillProgress>(value);
    registry.counter_function("sluice_command_kills_total",
                              "Kills answered, counted once a shard, by how far they had come there.",
                              number(fanout.answered(progress)), {{"progress", progress_name(progress)}});
  }
}

void register_metrics(telemetry::Registry& registry, ShardLink& link, const KillBook& kills) {
  const ShardId id = link.genesis().shard;
  const std::string shard = std::to_string(id.value());
  register_writer(registry, shard, "orders", link.orders().stats());
  register_writer(registry, shard, "reference", link.reference().stats());
  register_writer(registry, shard, "kills", link.control().stats());
  register_writer(registry, shard, "releases", link.releases().stats());
  register_log_space(registry, shard, link.space());
  registry.counter_function("sluice_command_void_messages_total", "EVT messages of former owners that were skipped.",
                            [&link] { return static_cast<double>(link.void_messages()); }, {{"shard", shard}});
  registry.gauge_function("sluice_command_lag_messages", "EVT messages known and not followed yet.",
                          [&link] { return static_cast<double>(link.lag_messages()); }, {{"shard", shard}});
  registry.gauge_function("sluice_command_unanswered", "Commands that are logged and wait for their answer.",
                          [&link] { return static_cast<double>(link.board().waiting()); }, {{"shard", shard}});
  registry.gauge_function("sluice_command_log_reachable", "1 while the log acknowledges.",
                          [&link] { return link.orders().log_reachable() ? 1.0 : 0.0; }, {{"shard", shard}});
  registry.gauge_function("sluice_command_serving", "1 while this shard's events are followed.",
                          [&link] { return link.serving() ? 1.0 : 0.0; }, {{"shard", shard}});
  for (const KillScope scope : kKillScopes) {
    registry.gauge_function("sluice_kills_engaged", "Scopes of this kind that are stopped by an engaged kill.",
                            [&kills, id, scope] { return static_cast<double>(kills.engaged(id, scope)); },
                            {{"shard", shard}, {"scope", std::string(name_of(scope))}});
  }
}

void register_metrics(telemetry::Registry& registry, const audit::ServiceAudit& audit) {
  registry.counter_function("sluice_audit_records_total", "Audit records written since the start.",
                            [&audit] { return static_cast<double>(audit.counts().records); });
  registry.counter_function("sluice_audit_anchored_records_total", "Of these, how many an anchor on disk covers.",
                            [&audit] { return static_cast<double>(audit.counts().anchored); });
  registry.counter_function("sluice_audit_disk_errors_total",
                            "Times that the disk refused audit records; they are tried again.",
                            [&audit] { return static_cast<double>(audit.counts().errors); });
  registry.counter_function("sluice_audit_lost_records_total", "Audit records that found no room at all.",
                            [&audit] { return static_cast<double>(audit.lost()); });
  registry.gauge_function("sluice_audit_disk_ok", "1 while the disk takes audit records.",
                          [&audit] { return audit.state().ok ? 1.0 : 0.0; });
}

}  // namespace sluice::command
