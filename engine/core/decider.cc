// Decider: what happens to every command, whatever it asks: latch, key, expiry, outcome.
#include "engine/core/decider.h"

#include <utility>
#include <variant>

#include "base/invariant.h"

namespace sluice::core {

namespace {
/// Steps between asking for the memory that a command will look at and deciding it.
constexpr std::uint32_t kAhead = 8;
}  // namespace

template <typename Poll>
void Decider::run_commands(const CommandFrame& frame, Poll&& poll) {
  // A frame is of one class; the reader of the log has refused every other (FrameFault::kWrongClass).
  INVARIANT(frame.orders.empty() || frame.controls.empty());
  sequence_ = frame.sequence;
  fire_timers();
  const std::size_t commands = frame.orders.size() + frame.controls.size();
  INVARIANT(commands < kNoCommand);
  for (index_ = 0; index_ < commands; ++index_) {
    poll(index_);
    if (frame.orders.empty()) {
      run_control(frame.controls[index_]);
    } else {
      if (index_ + kAhead < commands) state_.prefetch(frame.orders[index_ + kAhead]);
      run_order(frame.orders[index_]);
    }
  }
  INVARIANT(answer_.outcomes.size() == commands);
}

// Every pending kill, not one: the executing thread must not run a command while a stored kill waits.
void Decider::run(const CommandFrame& frame, [[maybe_unused]] KillLatch& latch) {
  run_commands(frame, [&]([[maybe_unused]] std::uint32_t command_index) {
#ifndef SLUICE_MUTANT_no_latch_check
    while (latch.pending()) engage_latched(latch.take(), command_index);
#endif
  });
}

void Decider::run(const CommandFrame& frame, std::span<const RecordedKill> kills) {
  run_commands(frame, [&](std::uint32_t command_index) {
    for (; !kills.empty() && kills.front().command_index == command_index; kills = kills.subspan(1)) {
      engage_latched(kills.front().kill, command_index);
    }
  });
}

// Cancels never expire: a late cancel can only reduce risk, and refusing it would strand an order.
void Decider::run_order(const OrderCommand& command) {
  const bool cancels = command.kind == OrderCommandKind::kCancel || command.kind == OrderCommandKind::kCancelAll;
  const Key key{.id = command.command_id,
                .body_hash = body_hash_of(command),
                .owner = key_owner_of(command.account),
                .expires = !cancels,
                .refusable = true};
  cause_ = index_;
  if (!answered_by_key(key, command.valid_until)) emit_outcome(key, decide_order(command));
}

// A kill is executed whatever its key says. Its own kill id makes it idempotent.
void Decider::run_control(const ControlCommand& command) {
  const bool kills = std::holds_alternative<EngageKillSwitch>(command.body);
  const Key key{.id = command.command_id,
                .body_hash = body_hash_of(command),
                .owner = key_owner_of(command.principal),
                .expires = !kills,
                .refusable = !kills};
  if (answered_by_key(key, Nanos{})) return;
  principal_ = &command.principal;
  cause_ = index_;
  const RejectReason reason = std::visit([this](const auto& body) { return decide(body); }, command.body);
  emit_outcome(key, {.reason = reason, .order_id = {}});
}

/// Gives the outcome if the key alone decides it: a repeat, a conflict, an expired command.
bool Decider::answered_by_key(const Key& key, Nanos valid_until) {
  const KeyTable::Entry* known = state_.keys().find(key.owner, key.id, state_.log_time());
  key_in_use_ = known != nullptr;
  if (known != nullptr && known->outcome.body_hash == key.body_hash) {
    Outcome repeat = known->outcome;
    repeat.flags |= kFlagRepeat;
    answer_.outcomes.push_back(repeat);
    state_.apply(repeat);
    return true;
  }
  // The conflict before the time stamp: it is the sharper answer, and the client can act on it.
  RejectReason reason = RejectReason::kNone;
  if (known != nullptr && key.refusable) {
    reason = RejectReason::kIdempotencyConflict;
  } else if (key.expires) {
    const bool fresh = is_fresh(key.id, state_.log_time(), state_.genesis().key_window);
    const bool wanted = valid_until == Nanos{} || state_.log_time() <= valid_until;
    if (!fresh || !wanted) reason = RejectReason::kExpired;
  }
  if (reason == RejectReason::kNone) return false;
  emit_outcome(key, {.reason = reason, .order_id = {}});
  return true;
}

// A conflict names the place where the key was first seen, so that a client can find what it collided with.
void Decider::emit_outcome(const Key& key, const Verdict& verdict) {
  const KeyTable::Entry* known = key_in_use_ ? state_.keys().find(key.owner, key.id, state_.log_time()) : nullptr;
  Outcome outcome;
  outcome.command_id = key.id;
  outcome.body_hash = key.body_hash;
  outcome.key_owner = key.owner;
  outcome.first_sequence = known == nullptr ? sequence_ : known->outcome.first_sequence;
  outcome.first_index = known == nullptr ? index_ : known->outcome.first_index;
  outcome.order_id = verdict.order_id;
  outcome.reason = verdict.reason;
  outcome.code = verdict.reason == RejectReason::kNone ? OutcomeCode::kExecuted : OutcomeCode::kRejected;
  answer_.outcomes.push_back(outcome);
  state_.apply(outcome);
  INVARIANT(answer_.outcomes.size() == std::size_t{index_} + 1);
}

// Emit and apply are one step, so that the next decision sees what this one did.
void Decider::emit(const OrderEvent& event) {
  answer_.order_events.push_back(event);
  state_.apply(event);
}

void Decider::emit(ControlEventBody body, std::uint32_t command_index) {
  const auto before = static_cast<std::uint32_t>(answer_.order_events.size());
  answer_.control_events.push_back({.before = before, .command_index = command_index, .body = std::move(body)});
  state_.apply(answer_.control_events.back());
}

void Decider::reject_frame(FrameFault fault) {
  INVARIANT(fault != FrameFault::kNone);
  fire_timers();
  emit(FrameRejected{fault}, kNoCommand);
}

}  // namespace sluice::core
