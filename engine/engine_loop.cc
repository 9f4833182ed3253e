#include "engine/engine_loop.h"

#include <algorithm>

#include "engine/core/state.h"
#include "runtime/clock.h"
#include "runtime/failpoint.h"

namespace sluice::engine {

namespace {
constexpr Nanos kIdleWait{100 * kNanosPerMilli};
/// While the audit is behind nobody rings when it has caught up.
constexpr Nanos kAuditWait{kNanosPerMilli};

std::size_t commands_in(const CommandFrame& frame) { return frame.orders.size() + frame.controls.size(); }

}  // namespace

void EngineLoop::open(const std::vector<core::LatchedKill>& kills) {
  w_.status.engaged_kills.begin(w_.engine.state().kills());
  for (const core::LatchedKill& kill : kills) engage(kill);
  w_.status.next_timer.store(w_.engine.next_timer().value(), std::memory_order_relaxed);
  w_.status.executed.store(w_.engine.cmd_sequence().value(), w_.engine.state_hash());
  w_.status.holds.set(Hold::kStarting, false);
}

void EngineLoop::run(const std::vector<core::LatchedKill>& opening) {
  open(opening);
  while (!stop_.load(std::memory_order_acquire)) {
    const std::uint32_t seen = w_.bell.value();
    if (engage_latched()) continue;
    const bool audit_behind = w_.status.holds.has(Hold::kAuditFull) && !audit_admits(0);
    if (!w_.status.holds.any() && !slowed() && execute_frame()) continue;
    w_.bell.wait(seen, audit_behind || slowed_until_ != Nanos{0} ? kAuditWait : kIdleWait);
  }
}

/// Sets and ends the hold that depends on the audit alone.
bool EngineLoop::audit_admits(std::size_t commands) {
  const bool admits = w_.audit.admits(commands);
  if (w_.status.holds.has(Hold::kAuditFull) == admits) {
    w_.status.holds.set(Hold::kAuditFull, !admits);
    w_.audit.held(!admits, runtime::wall_now());
  }
  return admits;
}

/// While the audit is filling up, frames come apart; the clock is read only then.
bool EngineLoop::slowed() {
  if (slowed_until_ != Nanos{0} && runtime::steady_now() >= slowed_until_) slowed_until_ = Nanos{0};
  return slowed_until_ != Nanos{0};
}

void EngineLoop::stop() {
  stop_.store(true, std::memory_order_release);
  w_.bell.ring();
}

bool EngineLoop::engage_latched() {
  if (!w_.latch.pending()) return false;
  engage(w_.latch.take());
  return true;
}

void EngineLoop::engage(const core::LatchedKill& kill) {
  Answer* answer = w_.answers.claim();
  while (answer == nullptr && !stop_.load(std::memory_order_acquire)) {
    // More kills than reserved slots, and the publisher is stuck: commands are not executed meanwhile, so trade has
    // stopped.
    const std::uint32_t seen = w_.bell.value();
    answer = w_.answers.claim();
    if (answer == nullptr) w_.bell.wait(seen, kIdleWait);
  }
  if (answer == nullptr || !w_.engine.engage(kill, *answer)) return;
  w_.audit.engaged(*answer);
  hand_over(*answer);
}

bool EngineLoop::execute_frame() {
  FrameSlot* slot = w_.frames.front();
  if (slot == nullptr || !w_.answers.has_room(kKillSlots + 1)) return false;
  const CommandFrame& frame = slot->decoded.frame;
  const std::size_t commands = commands_in(frame);
  if (!audit_admits(commands)) return false;
  INVARIANT(frame.sequence.value() == w_.engine.cmd_sequence().value() + 1);
  Answer& answer = *w_.answers.claim();
  const telemetry::Span deciding = w_.status.spans.begin(telemetry::Stage::kDecide, frame.sequence.value());
  if (slot->decoded.fault == FrameFault::kNone) {
    w_.engine.execute(frame, w_.latch, answer);
  } else {
    w_.engine.reject_frame(frame, slot->decoded.fault, answer);
    w_.status.frames_rejected.fetch_add(1, std::memory_order_relaxed);
  }
  runtime::failpoint("engine_decided");
  w_.audit.answered(frame, answer);
  if (const Nanos pause = w_.audit.pause_after(commands); pause != Nanos{0})
    slowed_until_ = runtime::steady_now() + pause;
  hand_over(answer);
  measure(*slot, deciding, commands);
  w_.frames.pop();
  return true;
}

void EngineLoop::measure(const FrameSlot& slot, const telemetry::Span& deciding, std::size_t commands) {
  telemetry::Spans& spans = w_.status.spans;
  const std::uint64_t sequence = slot.decoded.frame.sequence.value();
  const std::uint64_t now = runtime::ticks();
  const auto count = static_cast<std::uint32_t>(std::max<std::size_t>(commands, 1));
  spans.end_shared(deciding, now, count);
  spans.end_each(spans.begin_at(slot.read_at, telemetry::Stage::kHandle, sequence), now, count);
  const std::uint64_t read = w_.status.cmd_read.load(std::memory_order_relaxed);
  spans.record(telemetry::Stage::kQueueBacklog, read > sequence ? read - sequence : 0, sequence);
}

void EngineLoop::hand_over(Answer& answer) {
  std::uint64_t rejected = 0;
  std::uint64_t repeated = 0;
  for (const Outcome& outcome : answer.outcomes) {
    if ((outcome.flags & kFlagRepeat) != 0) ++repeated;
    else if (outcome.code == OutcomeCode::kRejected) {
      ++rejected;
      const auto reason = static_cast<std::size_t>(outcome.reason);
      INVARIANT(reason < w_.status.rejected_by_reason.size());
      w_.status.rejected_by_reason[reason].fetch_add(1, std::memory_order_relaxed);
    }
  }
  for (const ControlEvent& event : answer.control_events) {
    const auto* kill = std::get_if<KillSwitchEngaged>(&event.body);
    if (kill != nullptr && kill->source == KillSource::kLatch) w_.status.kills.fetch_add(1, std::memory_order_relaxed);
  }
  w_.status.took_effect.fetch_add(answer.outcomes.size() - rejected - repeated, std::memory_order_relaxed);
  w_.status.rejected.fetch_add(rejected, std::memory_order_relaxed);
  w_.status.repeated.fetch_add(repeated, std::memory_order_relaxed);
  w_.status.next_timer.store(w_.engine.next_timer().value(), std::memory_order_relaxed);
  w_.status.executed.store(w_.engine.cmd_sequence().value(), w_.engine.state_hash());
  w_.status.store_pools(w_.engine.state().usages());
  ++handed_over_;
  if (!answer.control_events.empty()) w_.status.engaged_kills.publish(w_.engine.state().kills(), answer, handed_over_);
  w_.answers.publish();
  w_.publisher_bell.ring();
}

}  // namespace sluice::engine
