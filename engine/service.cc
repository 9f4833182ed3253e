#include "engine/service.h"

#include "domain/reasons.h"
#include "eventlog/event_log.h"

namespace sluice::engine {

namespace {

/// Registers the metrics of one shard.
class Exporter {
 public:
  Exporter(telemetry::Registry& registry, ShardId shard) : registry_(registry), shard_(std::to_string(shard.value())) {}

  void counter(const std::string& name, const std::string& help, const std::atomic<std::uint64_t>& value,
               const telemetry::Labels& more = {}) {
    registry_.counter_function(name, help, number(value), labels(more));
  }
  void gauge(const std::string& name, const std::string& help, const std::atomic<std::uint64_t>& value,
             const telemetry::Labels& more = {}) {
    registry_.gauge_function(name, help, number(value), labels(more));
  }
  void gauge(const std::string& name, const std::string& help, std::function<double()> read,
             const telemetry::Labels& more = {}) {
    registry_.gauge_function(name, help, std::move(read), labels(more));
  }

 private:
  static std::function<double()> number(const std::atomic<std::uint64_t>& value) {
    return [&value] { return static_cast<double>(value.load(std::memory_order_relaxed)); };
  }
  telemetry::Labels labels(const telemetry::Labels& more) const {
    telemetry::Labels all{{"shard", shard_}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  telemetry::Registry& registry_;
  const std::string shard_;
};

void register_commands(Exporter& to, const EngineStatus& status) {
  const std::string outcomes = "Commands answered since the start, by outcome; a repeat has the outcome of the first.";
  to.counter("sluice_engine_outcomes_total", outcomes, status.took_effect, {{"outcome", "executed"}});
  to.counter("sluice_engine_outcomes_total", outcomes, status.rejected, {{"outcome", "rejected"}});
  to.counter("sluice_engine_outcomes_total", outcomes, status.repeated, {{"outcome", "repeated"}});
  const std::string decisions =
      "Commands that rules and kill switches decided on since the start: let through, rejected, or answered as before.";
  to.counter("risk_governor_decisions_total", decisions, status.took_effect, {{"decision", "allowed"}});
  to.counter("risk_governor_decisions_total", decisions, status.rejected, {{"decision", "rejected"}});
  to.counter("risk_governor_decisions_total", decisions, status.repeated, {{"decision", "repeated"}});
  for (std::size_t i = 1; i < status.rejected_by_reason.size(); ++i) {
    const std::string_view reason = sluice::name_of(static_cast<RejectReason>(i));
    if (reason == "unknown") continue;  // a number that no reason has
    to.counter("sluice_engine_rejections_total", "Commands rejected since the start, by reason.",
               status.rejected_by_reason[i], {{"reason", std::string(reason)}});
  }
  to.counter("sluice_engine_frames_rejected_total", "CMD messages that were no valid frame.", status.frames_rejected);
  to.counter("sluice_engine_void_messages_total", "EVT messages of former owners that were skipped.",
             status.void_messages);
  to.counter("sluice_engine_snapshots_total", "Snapshots saved since the start.", status.snapshots);
  to.counter("sluice_engine_ticks_total", "Ticks appended because an order was due to end and the log was idle.",
             status.ticks);
  to.gauge("sluice_engine_event_sequence", "Newest EVT message acknowledged.", status.evt_acknowledged);
  to.gauge("sluice_engine_answers_in_flight", "Answers published and not acknowledged.", status.answers_in_flight);
  to.gauge("sluice_engine_lag_messages", "CMD messages in the log and not executed.", [&status] {
    const std::uint64_t executed = status.executed.load().cmd_sequence;
    const std::uint64_t known = std::max(status.cmd_read.load(), status.cmd_last.load());
    return known > executed ? static_cast<double>(known - executed) : 0.0;
  });
}

void register_stops(Exporter& to, const EngineStatus& status) {
  to.counter("sluice_engine_kills_latched_total", "Kills that took effect by the direct path.", status.kills);
  for (const KillScope scope : kKillScopes) {
    to.gauge("sluice_kills_engaged", "Scopes of this kind that are stopped by an engaged kill.",
             [&status, scope] { return static_cast<double>(status.engaged_kills.count(scope)); },
             {{"scope", std::string(name_of(scope))}});
  }
  for (const Hold hold : {Hold::kStarting, Hold::kLogLost, Hold::kNotDelivered, Hold::kAckOverdue, Hold::kClockStep,
                          Hold::kLogFull, Hold::kAuditFull, Hold::kNoHeartbeat}) {
    to.gauge("sluice_engine_hold", "1 while this hold is on.",
             [&status, hold] { return status.holds.has(hold) ? 1.0 : 0.0; }, {{"hold", std::string(name_of(hold))}});
  }
  to.gauge("sluice_engine_held", "1 while a hold keeps the engine from executing.",
           [&status] { return status.holds.any() ? 1.0 : 0.0; });
}

// Efficiency is used / touched: how much of the memory that was ever needed is needed now.
void register_pools(Exporter& to, const EngineStatus& status) {
  for (std::size_t i = 0; i < status.pools.size(); ++i) {
    const EngineStatus::Pool& pool = status.pools[i];
    const telemetry::Labels name{{"pool", core::kPoolNames[i]}};
    to.gauge("sluice_engine_pool_used", "Elements of a pool in use.", pool.used, name);
    to.gauge("sluice_engine_pool_touched", "Elements of a pool that were ever in use.", pool.touched, name);
    to.gauge("sluice_engine_pool_ready", "Elements of a pool with memory behind them.", pool.ready, name);
    to.gauge("sluice_engine_pool_capacity", "Elements that a pool can have; keys have more when they must.",
             pool.capacity, name);
  }
}

void register_audit(Exporter& to, const EngineStatus::Audit& audit) {
  to.gauge("sluice_audit_ring_used", "Audit records that wait for the disk.", audit.used);
  to.gauge("sluice_audit_ring_capacity", "Audit records of orders that may wait; kills have more.", audit.capacity);
  to.counter("sluice_audit_records_total", "Audit records written since the start.", audit.written);
  to.counter("sluice_audit_anchored_records_total", "Of these, how many an anchor on disk covers.", audit.anchored);
  to.counter("sluice_audit_disk_errors_total", "Times that the disk refused audit records; they are tried again.",
             audit.errors);
  to.counter("sluice_audit_black_box_records_total", "Audit records that found no room but in the black box.",
             audit.in_black_box);
  to.counter("sluice_audit_lost_records_total", "Audit records that found no room at all.", audit.lost);
  to.gauge("sluice_audit_disk_ok", "1 while the disk takes audit records.",
           [&audit] { return audit.ok.load(std::memory_order_relaxed) ? 1.0 : 0.0; });
}

void register_log_space(Exporter& to, const std::string& stream, const std::atomic<double>& fill) {
  to.gauge("sluice_log_fill_ratio", "Share of a stream's max_bytes in use.", [&fill] { return fill.load(); },
           {{"stream", stream}});
  to.gauge("sluice_log_nearly_full",
           "1 while at least 80 % of a stream's max_bytes are in use; orders are refused from 95 %.",
           [&fill] { return fill.load() >= eventlog::kNearlyFull ? 1.0 : 0.0; }, {{"stream", stream}});
}

}  // namespace

std::vector<telemetry::Stage> measured_stages() {
  using telemetry::Stage;
  return {Stage::kHandle, Stage::kDecide,   Stage::kQueueBacklog, Stage::kPublish,
          Stage::kStall,  Stage::kRecovery, Stage::kKill,         Stage::kAudit};
}

void register_metrics(telemetry::Registry& registry, ShardId shard, const EngineStatus& status) {
  Exporter to(registry, shard);
  to.gauge("sluice_engine_owner", "1 if this engine owns the shard.",
           [&status] { return status.role.load() == Role::kOwner ? 1.0 : 0.0; });
  to.gauge("sluice_engine_epoch", "Epoch in which this engine owned the shard last.", status.epoch);
  register_commands(to, status);
  register_stops(to, status);
  register_pools(to, status);
  register_audit(to, status.audit);
  register_log_space(to, "cmd", status.cmd_fill);
  register_log_space(to, "evt", status.evt_fill);
}

}  // namespace sluice::engine
