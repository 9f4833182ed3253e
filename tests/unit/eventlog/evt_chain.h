// EvtChain: writes EVT messages as owners would, right or wrong on purpose, into a MemoryLog; and folds what is there.
// One thread.
#pragma once

#include <string>
#include <vector>

#include "eventlog/codec.h"
#include "eventlog/event_fold.h"
#include "log_fixture.h"

namespace sluice::test {

inline constexpr OwnerId kFirstOwner{101};
inline constexpr OwnerId kSecondOwner{102};

/// An answer to CMD message `cmd` with one outcome and one event of each sort, so that every vector of the body is
/// there.
inline Answer answer_of(std::uint64_t cmd, std::size_t order_events = 1) {
  Answer answer;
  answer.cmd_sequence = CmdSequence{cmd};
  answer.cmd_sha256.fill(static_cast<std::uint8_t>(cmd));
  answer.log_time = Nanos{1000 + static_cast<std::int64_t>(cmd)};
  Outcome& outcome = answer.outcomes.emplace_back();
  outcome.command_id = {cmd, 1};
  outcome.order_id = OrderId{cmd};
  for (std::size_t i = 0; i < order_events; ++i) {
    OrderEvent event;
    event.order_id = OrderId{cmd * 1'000'000 + i};
    event.quantity = Quantity{static_cast<std::int64_t>(i + 1)};
    event.client_order_id = *ClientOrderId::from("c" + std::to_string(cmd));
    event.command_index = 0;
    answer.order_events.push_back(event);
  }
  answer.control_events.push_back({0, kNoCommand, AccountRegistered{AccountId{7}, *Name::from("ACME")}});
  return answer;
}

inline Answer control_of(std::uint64_t cmd, ControlEventBody body) {
  Answer answer;
  answer.kind = AnswerKind::kControl;
  answer.frame_class = FrameClass::kControl;
  answer.cmd_sequence = CmdSequence{cmd};
  answer.log_time = Nanos{1000};
  answer.control_events.push_back({0, kNoCommand, std::move(body)});
  return answer;
}

class EvtChain {
 public:
  EvtChain() {
    const auto cmd = eventlog::encode_genesis_frame(test_genesis());
    log.inject(kCmd, FrameClass::kControl, cmd);
    eventlog::OwnedMessage first = log.get(kCmd, 1).value();
    write(eventlog::encode_genesis_body(test_genesis(), first.message()), FrameClass::kControl);
  }

  /// EpochStarted of `owner` with `epoch`; it becomes the writer.
  void start_epoch(OwnerId owner, std::uint64_t epoch) {
    owner_ = owner;
    epoch_ = Epoch{epoch};
    write(control_of(cmd_, EpochStarted{epoch_, owner}));
  }
  /// All parts of an answer.
  void write(const Answer& answer) {
    for (const auto& body : eventlog::encode_bodies(answer)) write(body, answer.frame_class);
    if (answer.kind == AnswerKind::kAnswer) cmd_ = answer.cmd_sequence.value();
  }
  void write(std::span<const std::byte> body, FrameClass frame_class) {
    const Sha256 before = chain;
    log.inject(kEvt, frame_class, eventlog::seal(epoch_, owner_, before, body, chain));
  }
  /// A message of `owner` that does not move the chain.
  void write_aside(OwnerId owner, std::uint64_t epoch, const Answer& answer, const Sha256& prev_chain) {
    Sha256 ignored{};
    const auto body = eventlog::encode_bodies(answer).front();
    log.inject(kEvt, answer.frame_class, eventlog::seal(Epoch{epoch}, owner, prev_chain, body, ignored));
  }

  eventlog::MemoryLog log{1};
  Sha256 chain{};

 private:
  Epoch epoch_{0};
  OwnerId owner_{0};
  std::uint64_t cmd_ = 1;  // genesis answers CMD message 1
};

/// What a reader sees of a whole EVT stream.
struct Folded {
  std::vector<eventlog::EventFold::Step> steps;
  std::vector<Answer> answers;
  std::string halted;  // the rule's name with the rest of the message; empty if the end was reached
  eventlog::EventFold fold{ShardId{0}};
};

inline Folded fold_all(eventlog::EventLog& log) {
  Folded folded;
  const std::uint64_t last = log.info(kEvt).value().last_sequence;
  for (std::uint64_t sequence = 1; sequence <= last; ++sequence) {
    const auto message = log.get(kEvt, sequence);
    if (!message.ok()) continue;  // a hole: the fold must notice it at the next message
    const auto step = folded.fold.accept(message.value().message());
    if (!step.ok()) {
      EXPECT_EQ(step.error().code, ErrorCode::kHalted);
      folded.halted = step.error().message;
      return folded;
    }
    folded.steps.push_back(step.value());
    if (step.value() == eventlog::EventFold::Step::kComplete) folded.answers.push_back(folded.fold.answer());
  }
  return folded;
}

inline std::string rule_of(const Folded& folded) { return folded.halted.substr(0, folded.halted.find(':')); }

}  // namespace sluice::test
