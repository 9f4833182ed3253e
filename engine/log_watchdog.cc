#include "engine/log_watchdog.h"

#include "runtime/clock.h"
#include "runtime/logging.h"

namespace sluice::engine {

using eventlog::StreamKind;

namespace {
constexpr Nanos kProbeInterval{100 * kNanosPerMilli};
}

LogWatchdog::LogWatchdog(eventlog::EventLog& log, const Genesis& genesis, FrameReader& reader,
                         eventlog::EventWriter& writer, runtime::Doorbell& executor_bell, EngineStatus& status,
                         Nanos hold_after)
    : log_(log),
      genesis_(genesis),
      shard_(genesis.shard),
      reader_(reader),
      writer_(writer),
      executor_bell_(executor_bell),
      status_(status),
      hold_after_(hold_after),
      answered_(runtime::steady_now()),
      ticker_(log, genesis) {}

void LogWatchdog::run() {
  while (!stop_.load(std::memory_order_acquire)) {
    const std::uint32_t seen = bell_.value();
    probe();
    bell_.wait(seen, kProbeInterval);
  }
}

void LogWatchdog::stop() {
  stop_.store(true, std::memory_order_release);
  bell_.ring();
}

/// What waits though nothing keeps it from being executed is a stall, from the probe that saw it on.
void LogWatchdog::watch_execution(Nanos now) {
  const std::uint64_t executed = status_.executed.load().cmd_sequence;
  const bool waits = status_.cmd_read.load(std::memory_order_acquire) > executed && !status_.holds.any();
  const bool moved = executed != executed_;
  executed_ = executed;
  if (waits && !moved) {
    if (waiting_since_ != Nanos{0}) stalled_ = true;  // the second probe in a row that sees the same frame wait
    else waiting_since_ = now;
    return;
  }
  if (stalled_)
    status_.spans.record(telemetry::Stage::kStall, static_cast<std::uint64_t>((now - waiting_since_).value()));
  stalled_ = false;
  waiting_since_ = waits ? now : Nanos{0};
}

void LogWatchdog::probe() {
  status_.engaged_kills.fold();
  const Nanos wanted{status_.heartbeat_hold_after.load(std::memory_order_relaxed)};
  const Nanos heard{status_.heartbeat.load(std::memory_order_acquire)};
  set(Hold::kNoHeartbeat, wanted != Nanos{0} && (heard == Nanos{0} || runtime::steady_now() - heard > wanted));
  const auto cmd = log_.info({StreamKind::kCommand, shard_});
  const Nanos now = runtime::steady_now();
  watch_execution(now);
  if (cmd.ok()) answered_ = now;
  set(Hold::kLogLost, now - answered_ > hold_after_);
  const Nanos waiting = writer_.waiting_since();
  set(Hold::kAckOverdue, waiting != Nanos{0} && now - waiting > hold_after_);
  if (!cmd.ok()) return;

  status_.cmd_last.store(cmd.value().last_sequence, std::memory_order_relaxed);
  status_.cmd_fill.store(cmd.value().fill(), std::memory_order_relaxed);
  const auto evt = log_.info({StreamKind::kEvent, shard_});
  if (evt.ok()) status_.evt_fill.store(evt.value().fill(), std::memory_order_relaxed);

  const std::uint64_t read = status_.cmd_read.load(std::memory_order_acquire);
  const bool missing = cmd.value().last_sequence > read && !reader_.waiting_for_room();
  if (!missing) undelivered_since_ = Nanos{0};
  else if (undelivered_since_ == Nanos{0} || read != undelivered_) undelivered_since_ = now;
  undelivered_ = read;
  const bool stalled = undelivered_since_ != Nanos{0} && now - undelivered_since_ > hold_after_;
  if (stalled && !status_.holds.has(Hold::kNotDelivered)) {
    runtime::log_error("hold: the log has frames that are not delivered; the consumer is made anew",
                       {{"shard", shard_.value()}, {"read", read}, {"last", cmd.value().last_sequence}});
    reader_.restart_consumer();
  }
  set(Hold::kNotDelivered, stalled);
  const bool idle = cmd.value().last_sequence == status_.executed.load().cmd_sequence;
  if (ticker_.tick_if(Nanos{status_.next_timer.load(std::memory_order_relaxed)}, idle))
    status_.ticks.fetch_add(1, std::memory_order_relaxed);
}

void LogWatchdog::set(Hold hold, bool on) {
  if (status_.holds.has(hold) == on) return;
  status_.holds.set(hold, on);
  executor_bell_.ring();
}

}  // namespace sluice::engine
