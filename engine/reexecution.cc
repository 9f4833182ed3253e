#include "engine/reexecution.h"

#include <memory>
#include <vector>

#include "engine/core/engine.h"
#include "engine/core/kill_latch.h"
#include "eventlog/codec.h"
#include "eventlog/event_fold.h"
#include "eventlog/provision.h"

namespace sluice::engine {

using eventlog::EventFold;
using eventlog::StreamKind;

namespace {

constexpr Nanos kReadTimeout{kNanosPerSecond};

/// One shard's re-execution in progress.
class Reexecution {
 public:
  Reexecution(eventlog::EventLog& log, const Genesis& genesis, core::Capacity capacity)
      : genesis_(genesis),
        engine_(std::make_unique<core::Engine>(genesis, capacity)),
        commands_(log.open_reader("verify-cmd", {StreamKind::kCommand, genesis.shard}, 2)) {}

  /// Decides what `recorded` says again. Errors: as of Reader; kHalted if CMD is not what was answered.
  Status check(const Answer& recorded, std::uint32_t logic) {
    if (recorded.kind == AnswerKind::kGenesis) return ok_status();
    if (recorded.kind == AnswerKind::kControl) return check_control(recorded, logic);
    const auto message = next_command();
    if (!message.ok()) return message.error();
    eventlog::decode_frame(genesis_, message.value(), decoded_);
    if (decoded_.frame.sequence != recorded.cmd_sequence || decoded_.frame.sha256 != recorded.cmd_sha256) {
      return Error{ErrorCode::kHalted,
                   "CMD message " + std::to_string(message.value().sequence) + " is not the one that EVT answers"};
    }
    ++report.answers;
    if (logic != kLogicVersion) {
      ++report.other_logic;
      return engine_->apply(recorded);
    }
    if (decoded_.fault != FrameFault::kNone) engine_->reject_frame(decoded_.frame, decoded_.fault, answer_);
    else execute_with_latches(recorded);
    return compare(recorded);
  }

  ReexecutionReport report;

 private:
  Result<eventlog::LogMessage> next_command() {
    for (int tries = 0; tries < 10; ++tries) {
      auto message = commands_->next(kReadTimeout);
      if (message.ok() || message.error().code != ErrorCode::kTimeout) return message;
    }
    return Error{ErrorCode::kHalted, "truncated: EVT answers a CMD message that does not come"};
  }

  Status check_control(const Answer& recorded, std::uint32_t logic) {
    for (const ControlEvent& event : recorded.control_events) {
      const auto* kill = std::get_if<KillSwitchEngaged>(&event.body);
      if (kill == nullptr) continue;  // EpochStarted decides nothing
      ++report.answers;
      if (logic != kLogicVersion) {
        ++report.other_logic;
        return engine_->apply(recorded);
      }
      engine_->engage({kill->kill, kill->by}, answer_);
      return compare(recorded);
    }
    return engine_->apply(recorded);
  }

  /// Kills that were latched inside the frame take effect before the same command again.
  void execute_with_latches(const Answer& recorded) {
    std::vector<core::RecordedKill> latched;
    for (const ControlEvent& event : recorded.control_events) {
      const auto* kill = std::get_if<KillSwitchEngaged>(&event.body);
      if (kill != nullptr && kill->source == KillSource::kLatch)
        latched.push_back({event.command_index, {kill->kill, kill->by}});
    }
    engine_->execute(decoded_.frame, latched, answer_);
  }

  Status compare(const Answer& recorded) {
    if (eventlog::encode_bodies(answer_) == eventlog::encode_bodies(recorded)) {
      ++report.equal;
      return ok_status();
    }
    report.first_difference = "the answer to CMD message " + std::to_string(recorded.cmd_sequence.value()) +
                              " re-executes to other bytes (" + std::to_string(answer_.outcomes.size()) +
                              " outcomes and " + std::to_string(answer_.order_events.size()) +
                              " order events against " + std::to_string(recorded.outcomes.size()) + " and " +
                              std::to_string(recorded.order_events.size()) + ")";
    return ok_status();
  }

  const Genesis genesis_;
  std::unique_ptr<core::Engine> engine_;
  std::unique_ptr<eventlog::Reader> commands_;
  eventlog::DecodedFrame decoded_;
  Answer answer_;
};

}  // namespace

Result<ReexecutionReport> verify_by_reexecution(eventlog::EventLog& log, ShardId shard, core::Capacity capacity,
                                                const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  const auto genesis = eventlog::read_genesis(log, shard);
  if (!genesis.ok()) return genesis.error();
  const auto info = log.info({StreamKind::kEvent, shard});
  if (!info.ok()) return info.error();
  const auto reader = log.open_reader("verify-evt", {StreamKind::kEvent, shard}, 1);
  EventFold fold(shard);
  Reexecution reexecution(log, genesis.value(), capacity);
  while (fold.last_sequence() < info.value().last_sequence && reexecution.report.first_difference.empty()) {
    const auto message = reader->next(kReadTimeout);
    if (!message.ok()) {
      if (message.error().code == ErrorCode::kTimeout) continue;
      return message.error();
    }
    const auto step = fold.accept(message.value());
    if (!step.ok()) return step.error();
    progress(fold.last_sequence(), info.value().last_sequence);
    if (step.value() != EventFold::Step::kComplete) continue;
    if (const Status checked = reexecution.check(fold.answer(), fold.logic_version()); !checked.ok())
      return checked.error();
  }
  return reexecution.report;
}

}  // namespace sluice::engine
