#include "cli/demo/kill_proof.h"

#include <variant>

#include "cli/event_walk.h"

namespace sluice::cli {

namespace {

constexpr std::size_t kExamples = 3;

std::string name_of(OrderEventKind kind) {
  switch (kind) {
    case OrderEventKind::kAccepted: return "accepted";
    case OrderEventKind::kTraded: return "traded";
    case OrderEventKind::kCancelled: return "cancelled";
    case OrderEventKind::kReplaced: return "replaced";
    case OrderEventKind::kTriggered: return "triggered";
    case OrderEventKind::kDecremented: return "decremented";
  }
  return "changed";
}

/// A kill of the log stands where its command stands; one latched while no frame was in progress, behind the newest
/// frame that was answered.
KillPlace place_of(const Answer& answer, const ControlEvent& event) {
  if (answer.kind == AnswerKind::kControl) return {CmdSequence{answer.cmd_sequence.value() + 1}, 0};
  return {answer.cmd_sequence, event.command_index == kNoCommand ? 0 : event.command_index};
}

}  // namespace

void KillProver::take(const Answer& answer, std::uint64_t sequence) {
  for_each_event(
      answer, [&](const ControlEvent& event) { take_control(answer, event, sequence); },
      [&](const OrderEvent& event) { take_order(event, sequence); });
}

void KillProver::take_control(const Answer& answer, const ControlEvent& event, std::uint64_t sequence) {
  if (engaged()) ++proof_.events_after;
  const auto* kill = std::get_if<KillSwitchEngaged>(&event.body);
  if (kill == nullptr) {
    const auto* released = std::get_if<KillSwitchReleased>(&event.body);
    if (released != nullptr && engaged_ && released->scope == engaged_->scope && released->key == engaged_->key)
      proof_.released = true;
    scopes_.take(event);
    return;
  }
  if (kill->kill.kill_id != kill_ || proof_.event_sequence != 0) return;
  scopes_.take(event);
  engaged_ = kill->kill;
  proof_.event_sequence = sequence;
  proof_.place = place_of(answer, event);
  proof_.source = kill->source;
  proof_.orders_cancelled = kill->orders_cancelled;
}

void KillProver::take_order(const OrderEvent& event, std::uint64_t sequence) {
  if (!engaged()) return;
  ++proof_.events_after;
  if (!scopes_.leaks(event)) return;
  ++proof_.violations;
  if (proof_.examples.size() < kExamples)
    proof_.examples.push_back("event message " + std::to_string(sequence) + ": order " +
                              std::to_string(event.order_id.value()) + " was " + name_of(event.kind));
}

Result<KillProof> prove_kill(eventlog::EventLog& log, ShardId shard, const KillId& kill) {
  KillProver prover(kill);
  const auto walked = walk_events(
      log, shard, [&](const eventlog::EventFold& fold) { prover.take(fold.answer(), fold.last_sequence()); });
  if (!walked.ok()) return walked.error();
  return prover.proof();
}

}  // namespace sluice::cli
