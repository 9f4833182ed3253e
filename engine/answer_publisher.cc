#include "engine/answer_publisher.h"

#include "runtime/clock.h"
#include "runtime/failpoint.h"
#include "runtime/logging.h"

namespace sluice::engine {

namespace {
constexpr Nanos kIdleWait{50 * kNanosPerMilli};
constexpr Nanos kAckWait{20 * kNanosPerMilli};
constexpr Nanos kRetryWait{50 * kNanosPerMilli};
}  // namespace

AnswerPublisher::AnswerPublisher(eventlog::EventWriter& writer, AnswerRing& answers, runtime::Doorbell& bell,
                                 runtime::Doorbell& executor_bell, EmergencyFile& emergency, EngineStatus& status,
                                 const std::vector<KillId>& recorded)
    : writer_(writer),
      answers_(answers),
      bell_(bell),
      executor_bell_(executor_bell),
      emergency_(emergency),
      status_(status),
      recorded_(recorded.begin(), recorded.end()) {
  bell_.set_wake([this] { writer_.wake(); });
}

Status AnswerPublisher::run(Nanos drain) {
  Nanos drain_until;
  Nanos probed;
  while (true) {
    const std::uint32_t seen = bell_.value();
    const bool stopping = stop_.load(std::memory_order_acquire);
    if (stopping && drain_until == Nanos{0}) drain_until = runtime::steady_now() + drain;
    const bool took = take_answers();
    if (!writer_.idle()) {
      bell_.begin_wait_elsewhere();
      const bool more = bell_.value() != seen && writer_.has_room();
      const Status followed = follow_acknowledgements(more ? Nanos{0} : kAckWait);
      bell_.end_wait_elsewhere();
      if (!followed.ok()) return followed;
    } else if (!took) {
      if (stopping) return ok_status();
      bell_.wait(seen, kIdleWait);
      // Idle: still notice a lost connection, so that EVT is read back after it.
      if (runtime::steady_now() - probed > kIdleWait) {
        probed = runtime::steady_now();
        if (const Status followed = follow_acknowledgements(Nanos{0}); !followed.ok()) return followed;
      }
    }
    if (stopping && runtime::steady_now() > drain_until) {
      return writer_.idle() ? ok_status()
                            : Status(Error{ErrorCode::kTimeout,
                                           "answers were not acknowledged in time; the next owner decides them again"});
    }
  }
}

bool AnswerPublisher::take_answers() {
  bool took = false;
  while (writer_.has_room()) {
    Answer* answer = answers_.front();
    if (answer == nullptr) break;
    const Nanos decided = runtime::wall_now();
    telemetry::FollowedSpan publishing(status_.spans, telemetry::Stage::kPublish, answer->cmd_sequence.value());
    writer_.publish(*answer);
    if (answer->kind == AnswerKind::kAnswer) {
      status_.stages.mark(kStageDecided, answer->cmd_sequence.value(), decided);
      unacknowledged_.push_back({writer_.answers_published(), answer->cmd_sequence.value(), std::move(publishing)});
    }
    for (const ControlEvent& event : answer->control_events) {
      if (const auto* kill = std::get_if<KillSwitchEngaged>(&event.body))
        kills_.push_back({writer_.answers_published(), kill->kill.kill_id});
    }
    answers_.pop();
    took = true;
  }
  if (took) executor_bell_.ring();
  return took;
}

Status AnswerPublisher::follow_acknowledgements(Nanos timeout) {
  const Status pumped = writer_.pump(timeout);
  status_.evt_acknowledged.store(writer_.acknowledged().evt_sequence.value(), std::memory_order_release);
  status_.answers_in_flight.store(writer_.answers_published() - writer_.answers_acknowledged(),
                                  std::memory_order_relaxed);
  status_.answers_acknowledged.store(writer_.answers_acknowledged(), std::memory_order_release);
  status_.void_messages.store(writer_.void_messages(), std::memory_order_relaxed);
  mark_acknowledged();
  take_out_confirmed_kills();
  const bool lost = !pumped.ok() && pumped.error().code == ErrorCode::kUnavailable;
  const bool full = !pumped.ok() && pumped.error().code == ErrorCode::kLogFull;
  if (full != status_.holds.has(Hold::kLogFull)) status_.holds.set(Hold::kLogFull, full);
  if (lost) status_.holds.set(Hold::kLogLost, true);  // the watchdog ends it when the log answers again
  if (lost || full) {
    bell_.wait(bell_.value(), kRetryWait);
    return ok_status();
  }
  return pumped;
}

void AnswerPublisher::mark_acknowledged() {
  if (unacknowledged_.empty() || unacknowledged_.front().answer > writer_.answers_acknowledged()) return;
  const Nanos now = runtime::wall_now();
  while (!unacknowledged_.empty() && unacknowledged_.front().answer <= writer_.answers_acknowledged()) {
    status_.stages.mark(kStageEventAcknowledged, unacknowledged_.front().cmd_sequence, now);
    unacknowledged_.front().publishing.end();
    unacknowledged_.pop_front();
  }
}

void AnswerPublisher::take_out_confirmed_kills() {
  while (!kills_.empty() && kills_.front().answer <= writer_.answers_acknowledged()) {
    recorded_.insert(kills_.front().kill);
    kills_.pop_front();
    emergency_seen_.reset();
  }
  // Each acknowledgement comes here, and kills are rare: the list is copied only when it, or what is recorded, changed.
  const std::uint64_t changes = emergency_.changes();
  if (emergency_seen_ == changes) return;
  bool all_out = true;
  // Also those whose latch came after their event: the log path was the faster one.
  for (const auto& kill : emergency_.kills()) {
    if (!recorded_.contains(kill.kill.kill_id)) continue;
    if (const Status removed = emergency_.remove(kill.kill.kill_id); !removed.ok()) {
      runtime::log_warn("emergency file not updated", {{"why", removed.error().message}});
      all_out = false;
    }
  }
  // A kill that came meanwhile, and what was removed here, make a newer count: then the next call looks once more.
  if (all_out) emergency_seen_ = changes;
}

void AnswerPublisher::stop() {
  stop_.store(true, std::memory_order_release);
  bell_.ring();
  writer_.wake();
}

}  // namespace sluice::engine
