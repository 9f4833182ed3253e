// Properties 17 to 19: sequences and keys, determinism, replay. 18 across compilers is scripts/compilers.
#include <cstring>

#include "eventlog/codec.h"
#include "eventlog/event_fold.h"
#include "tests/property/rapid.h"

namespace sluice::property {
namespace {

/// All answers of a history.
std::vector<Answer> log_of(const History& history, RunOptions options,
                           std::unique_ptr<core::Engine>* engine = nullptr) {
  options.keep_log = true;
  HistoryRun run(history.world, options);
  for (const Step& step : history.steps) run.play(step);
  run.finish();
  count_commands(run.totals().commands);
  if (engine != nullptr)
    *engine = core::Engine::restore(run.engine().image(), {.orders = history.world.orders_max, .keys = 256}).value();
  return run.log();
}

std::vector<std::vector<std::byte>> bodies_of(const std::vector<Answer>& log) {
  std::vector<std::vector<std::byte>> bodies;
  for (const Answer& answer : log) {
    for (auto& body : eventlog::encode_bodies(answer)) bodies.push_back(std::move(body));
  }
  return bodies;
}

TEST(Property17, SequencesHaveNoGapEventsNameTheirCommandAndARepeatGivesTheStoredAnswer) {
  RunOptions options;
  options.requirements = Requirements(17);
  const LogTotals totals = check_histories(100, {.resends = 15}, options);
  EXPECT_GE(totals.repeats, at_least(500));
  EXPECT_GE(totals.reasons[static_cast<std::size_t>(RejectReason::kIdempotencyConflict)], at_least(100));
}

TEST(Property18, EqualCommandLogsGiveByteEqualEventLogsWhateverTheMemoryLayout) {
  check_property(60, [] {
    History history = *histories({.restores = 8}, 200).as("history");
    history.world.orders_max = 1000;  // a full store refuses; here it only must not matter how large it is
    RunOptions plain{.reference = false, .replay = false};
    RunOptions other = plain;
    plain.restores = false;
    other.extra_orders = 1000;
    const bool same = bodies_of(log_of(history, plain)) == bodies_of(log_of(history, other));
    RC_ASSERT(same);
  });
}

TEST(Property18, ASecondExecutionOfTheSameFramesGivesTheSameAnswers) {
  RunOptions options{.requirements = Requirements(18), .reference = false};
  options.reexecute = true;
  EXPECT_GE(check_histories(60, {.kills = 6, .restores = 5}, options).kills, at_least(100));
}

// How commands are batched into frames shows in command indices, and nowhere else.
TEST(Property18, HowCommandsAreFramedDoesNotMatter) {
  check_property(60, [] {
    const History history = *histories({.joins = 80}, 200).as("history");
    const auto events = [&](bool frames) {
      std::vector<OrderEvent> all;
      for (const Answer& answer : log_of(history, {.reference = false, .replay = false, .frames = frames})) {
        for (OrderEvent event : answer.order_events) {
          event.command_index = 0;
          all.push_back(event);
        }
      }
      return all;
    };
    const std::vector<OrderEvent> framed = events(true), single = events(false);
    RC_ASSERT(framed.size() == single.size());
    if (!framed.empty()) RC_ASSERT(std::memcmp(framed.data(), single.data(), framed.size() * sizeof(OrderEvent)) == 0);
  });
}

TEST(Property19, AReplayFromTheBeginningAndFromEveryImageGivesTheLiveState) {
  check_property(30, [] {
    const History history = *histories({.joins = 50}, 120).as("history");
    std::unique_ptr<core::Engine> live;
    const std::vector<Answer> log = log_of(history, {.reference = false}, &live);
    const core::Capacity capacity{.orders = history.world.orders_max, .keys = 256};
    core::Engine follower(HistoryRun::genesis(history.world), capacity);
    for (std::size_t k = 0; k < log.size(); ++k) {
      RC_ASSERT(follower.apply(log[k]).ok());
      if (k % 13 != 0) continue;
      const auto restored = core::Engine::restore(follower.image(), capacity);
      RC_ASSERT(restored.ok());
      for (std::size_t rest = k + 1; rest < log.size(); ++rest) RC_ASSERT(restored.value()->apply(log[rest]).ok());
      RC_ASSERT(restored.value()->state_hash() == live->state_hash());
    }
    RC_ASSERT(follower.state_hash() == live->state_hash());
  });
}

/// EVT as it stands in the log: genesis, the start of an epoch, then the answers.
std::vector<std::vector<std::byte>> sealed_log(const History& history) {
  const Genesis genesis = HistoryRun::genesis(history.world);
  const std::vector<std::byte> frame = eventlog::encode_genesis_frame(genesis);
  std::vector<std::vector<std::byte>> messages;
  Sha256 chain{};
  const auto write = [&](Epoch epoch, OwnerId owner, const std::vector<std::byte>& body) {
    const Sha256 previous = chain;
    messages.push_back(eventlog::seal(epoch, owner, previous, body, chain));
  };
  const eventlog::LogMessage cmd_genesis{1, Nanos{1}, FrameClass::kControl, frame};
  write(Epoch{0}, OwnerId{0}, eventlog::encode_genesis_body(genesis, cmd_genesis));
  Answer epoch;
  epoch.kind = AnswerKind::kControl;
  epoch.frame_class = FrameClass::kControl;
  epoch.cmd_sequence = CmdSequence{1};
  epoch.control_events.push_back(
      {.before = 0, .command_index = kNoCommand, .body = EpochStarted{Epoch{1}, OwnerId{9}}});
  for (const auto& body : eventlog::encode_bodies(epoch)) write(Epoch{1}, OwnerId{9}, body);
  for (const auto& body : bodies_of(log_of(history, {.reference = false, .replay = false})))
    write(Epoch{1}, OwnerId{9}, body);
  return messages;
}

/// How many messages a fold accepts as its own before it halts, void ones not counted.
std::size_t accepted(const std::vector<std::vector<std::byte>>& messages) {
  eventlog::EventFold fold(ShardId{0});
  std::size_t count = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    eventlog::OwnedMessage message;
    message.assign({i + 1, Nanos{1}, FrameClass::kOrders, messages[i]});
    const auto step = fold.accept(message.message());
    if (!step.ok()) return count;
    if (step.value() != eventlog::EventFold::Step::kVoid) ++count;
  }
  return count;
}

TEST(Property19, OneFlippedBitOfTheEventLogIsNoticed) {
  check_property(60, [] {
    const History history = *histories({.joins = 50}, 60).as("history");
    std::vector<std::vector<std::byte>> messages = sealed_log(history);
    RC_ASSERT(accepted(messages) == messages.size());
    const auto which = *rc::gen::inRange<std::size_t>(0, messages.size()).as("message");
    const auto bit = *rc::gen::inRange<std::size_t>(0, messages[which].size() * 8).as("bit");
    messages[which][bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    RC_ASSERT(accepted(messages) < messages.size());
  });
}

TEST(Property19, AMessageCutAtAnyByteHaltsBehindTheLastWholeOne) {
  check_property(60, [] {
    const History history = *histories({.joins = 50}, 60).as("history");
    std::vector<std::vector<std::byte>> messages = sealed_log(history);
    const auto which = *rc::gen::inRange<std::size_t>(0, messages.size()).as("message");
    messages[which].resize(*rc::gen::inRange<std::size_t>(0, messages[which].size()).as("bytes left"));
    RC_ASSERT(accepted(messages) == which);
  });
}

}  // namespace
}  // namespace sluice::property
