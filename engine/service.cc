#include "engine/service.h"

#include "domain/reasons.h"

namespace sluice::engine {

void register_metrics(telemetry::Registry& registry, ShardId shard, const EngineStatus& status) {
  const telemetry::Labels labels{{"shard", std::to_string(shard.value())}};
  const auto gauge = [&](const std::string& name, const std::string& help, std::function<double()> read) {
    registry.gauge_function(name, help, std::move(read), labels);
  };
  const auto number = [](const std::atomic<std::uint64_t>& value) {
    return [&value] { return static_cast<double>(value.load()); };
  };
  gauge("sluice_engine_owner", "1 if this engine owns the shard.",
        [&] { return status.role.load() == Role::kOwner ? 1.0 : 0.0; });
  gauge("sluice_engine_epoch", "Epoch of the shard.", number(status.epoch));
  gauge("sluice_engine_commands", "Commands executed since the start, repeats and rejections included.",
        number(status.commands));
  gauge("sluice_engine_commands_rejected", "Commands rejected since the start.", number(status.rejected));
  gauge("sluice_engine_commands_repeated", "Commands whose key was known: the first outcome was repeated.",
        number(status.repeated));
  gauge("sluice_engine_frames_rejected", "CMD messages that were no valid frame.", number(status.frames_rejected));
  gauge("sluice_engine_void_messages", "EVT messages of former owners that were skipped.",
        number(status.void_messages));
  gauge("sluice_engine_kills", "Kills that this engine latched.", number(status.kills));
  gauge("sluice_engine_snapshots", "Snapshots saved since the start.", number(status.snapshots));
  gauge("sluice_engine_event_sequence", "Newest EVT message acknowledged.", number(status.evt_acknowledged));
  gauge("sluice_engine_lag_messages", "CMD messages read and not executed.", [&] {
    const std::uint64_t executed = status.executed.load().cmd_sequence;
    const std::uint64_t read = status.cmd_read.load();
    return read > executed ? static_cast<double>(read - executed) : 0.0;
  });
  for (std::size_t i = 1; i < status.rejected_by_reason.size(); ++i) {
    const std::string_view reason = sluice::name_of(static_cast<RejectReason>(i));
    if (reason == "unknown") continue;  // a number that no reason has
    registry.gauge_function("sluice_engine_rejected_by_reason", "Commands rejected since the start, by reason.",
                            number(status.rejected_by_reason[i]),
                            {{"shard", labels[0].second}, {"reason", std::string(reason)}});
  }
  for (const Hold hold :
       {Hold::kStarting, Hold::kLogLost, Hold::kNotDelivered, Hold::kAckOverdue, Hold::kClockStep, Hold::kLogFull}) {
    registry.gauge_function("sluice_engine_hold", "1 while this hold is on.",
                            [&status, hold] { return status.holds.has(hold) ? 1.0 : 0.0; },
                            {{"shard", labels[0].second}, {"hold", std::string(Holds::name_of(hold))}});
  }
  gauge("sluice_engine_held", "1 while a hold keeps the engine from executing.",
        [&] { return status.holds.any() ? 1.0 : 0.0; });
  registry.gauge_function("sluice_log_fill_ratio", "Share of a stream's max_bytes in use.",
                          [&] { return status.cmd_fill.load(); }, {{"shard", labels[0].second}, {"stream", "cmd"}});
  registry.gauge_function("sluice_log_fill_ratio", "Share of a stream's max_bytes in use.",
                          [&] { return status.evt_fill.load(); }, {{"shard", labels[0].second}, {"stream", "evt"}});
}

}  // namespace sluice::engine
