// The owner's side of EVT (DESIGN §3, 'Ownership'): what it does after every doubt a log can give it.
#include "eventlog/event_writer.h"
#include "evt_chain.h"

namespace sluice::test {
namespace {

using eventlog::EventFold;
using eventlog::EventWriter;
using eventlog::EventWriterOptions;

constexpr Nanos kPump{5 * kNanosPerMilli};
constexpr EventWriterOptions kQuick{.append_timeout = Nanos{50 * kNanosPerMilli}};

/// A shard with genesis, and CMD messages to answer.
class Writer : public testing::Test {
 protected:
  Writer() { EXPECT_TRUE(eventlog::ensure_genesis(log, test_genesis()).ok()); }

  /// A writer that has read EVT to its end.
  std::unique_ptr<EventWriter> open(OwnerId owner, EventWriterOptions options = kQuick) {
    return std::make_unique<EventWriter>(log, test_genesis(), owner, fold_all(log).fold, options);
  }
  std::unique_ptr<EventWriter> acquired(OwnerId owner, EventWriterOptions options = kQuick) {
    auto writer = open(owner, options);
    const Status status = writer->acquire(Nanos{});
    EXPECT_TRUE(status.ok()) << status.error().message;
    return writer;
  }
  /// Appends CMD message `sequence` (the next one) and returns its answer.
  Answer next_answer(std::size_t order_events = 1) {
    const std::string text = "command " + std::to_string(++commands_);
    const std::uint64_t sequence = log.inject(kCmd, FrameClass::kOrders, bytes_of(text));
    Answer answer = answer_of(sequence, order_events);
    answer.cmd_sha256 = eventlog::sha256(bytes_of(text));
    return answer;
  }
  /// Pumps until everything is acknowledged, or a status that `stop` does not want to live with.
  static Status drain(EventWriter& writer) {
    Status status = ok_status();
    eventually([&] {
      status = writer.pump(kPump);
      return writer.idle() || (!status.ok() && status.error().code != ErrorCode::kUnavailable &&
                               status.error().code != ErrorCode::kLogFull);
    });
    return status;
  }
  /// Everything in EVT fits, and there is exactly one answer for each of CMD 2..`last`.
  void expect_answers_up_to(std::uint64_t last) {
    const Folded folded = fold_all(log);
    EXPECT_EQ(folded.halted, "");
    EXPECT_EQ(folded.fold.checkpoint().cmd_sequence, CmdSequence{last});
  }
  std::uint64_t evt_last() { return log.info(kEvt).value().last_sequence; }

  eventlog::MemoryLog log{1};
  std::uint64_t commands_ = 0;
};

TEST_F(Writer, AcquireAppendsEpochStartedBehindWhatWasRead) {
  const auto writer = acquired(kFirstOwner);
  EXPECT_EQ(writer->epoch(), Epoch{1});
  const Folded folded = fold_all(log);
  EXPECT_EQ(folded.fold.checkpoint(), writer->acknowledged());
  EXPECT_EQ(folded.fold.checkpoint().owner, kFirstOwner);
}

TEST_F(Writer, AcquireIsFencedIfSomeoneWroteSince) {
  const auto late = open(kFirstOwner);
  acquired(kSecondOwner);
  EXPECT_EQ(late->acquire(Nanos{}).error().code, ErrorCode::kFenced);
  EXPECT_EQ(fold_all(log).fold.checkpoint().owner, kSecondOwner);
}

TEST_F(Writer, AcquireWithoutAcknowledgementIsUnknownAndCountsOnceReadAgain) {
  const auto writer = open(kFirstOwner);
  log.lose_acks(1);
  EXPECT_EQ(writer->acquire(Nanos{}).error().code, ErrorCode::kUnknown);
  const auto again = acquired(kSecondOwner);
  EXPECT_EQ(again->epoch(), Epoch{2}) << "the first one is there and counts";
}

TEST_F(Writer, PublishesManyWithoutWaiting) {
  const auto writer = acquired(kFirstOwner);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(writer->has_room());
    writer->publish(next_answer());
  }
  EXPECT_EQ(writer->answers_published(), 50u);
  EXPECT_EQ(writer->answers_acknowledged(), 0u) << "nothing leaves as fact before its acknowledgement";
  EXPECT_NE(writer->waiting_since(), Nanos{0});
  ASSERT_TRUE(drain(*writer).ok());
  EXPECT_EQ(writer->answers_acknowledged(), 50u);
  EXPECT_EQ(writer->waiting_since(), Nanos{0});
  EXPECT_EQ(fold_all(log).fold.checkpoint(), writer->acknowledged());
  expect_answers_up_to(51);
}

TEST_F(Writer, SendsOneAtATimeAsLongAsSomethingOfAFormerOwnerMayArrive) {
  const auto writer = acquired(kFirstOwner);
  for (int i = 0; i < 3; ++i) writer->publish(next_answer());
  EXPECT_EQ(evt_last(), 3u) << "genesis, epoch, one answer";
  ASSERT_TRUE(drain(*writer).ok());
  for (std::size_t i = 3; i < eventlog::kInFlightMax; ++i) writer->publish(next_answer());
  ASSERT_TRUE(drain(*writer).ok());
  for (int i = 0; i < 3; ++i) writer->publish(next_answer());
  EXPECT_EQ(evt_last(), 2 + eventlog::kInFlightMax + 3) << "from here on in a pipeline";
  ASSERT_TRUE(drain(*writer).ok());
}

TEST_F(Writer, TheWindowBoundsWhatIsInFlight) {
  const auto writer = acquired(kFirstOwner, {.window_messages = 3, .append_timeout = kQuick.append_timeout});
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(writer->has_room());
    writer->publish(next_answer());
  }
  EXPECT_FALSE(writer->has_room());
  ASSERT_TRUE(drain(*writer).ok());
  EXPECT_TRUE(writer->has_room());
}

TEST_F(Writer, AnAnswerInPartsIsAcknowledgedWithItsLastPart) {
  const auto writer = acquired(kFirstOwner);
  writer->publish(next_answer(9000));
  ASSERT_TRUE(drain(*writer).ok());
  EXPECT_EQ(writer->answers_acknowledged(), 1u);
  EXPECT_EQ(evt_last(), 5u) << "genesis, epoch, three parts";
  expect_answers_up_to(2);
}

TEST_F(Writer, LostAcknowledgementsAreFoundAsItsOwnBytes) {
  const auto writer = acquired(kFirstOwner);
  log.lose_acks(3);
  for (int i = 0; i < 5; ++i) writer->publish(next_answer());
  const Status drained = drain(*writer);
  ASSERT_TRUE(drained.ok()) << drained.error().message;
  EXPECT_EQ(evt_last(), 7u) << "nothing is written twice";
  expect_answers_up_to(6);
}

TEST_F(Writer, WhatWasNotStoredIsSentAgain) {
  const auto writer = acquired(kFirstOwner);
  log.fail_appends(2, ErrorCode::kUnknown);
  for (int i = 0; i < 5; ++i) writer->publish(next_answer());
  const Status drained = drain(*writer);
  ASSERT_TRUE(drained.ok()) << drained.error().message;
  EXPECT_EQ(evt_last(), 7u);
  expect_answers_up_to(6);
}

TEST_F(Writer, AnAppendThatArrivesLateDoesNoHarm) {
  const auto writer = acquired(kFirstOwner);
  log.delay_appends(1);
  writer->publish(next_answer());
  ASSERT_TRUE(drain(*writer).ok());
  log.deliver_delayed();  // its expected sequence is no longer the last one
  writer->publish(next_answer());
  ASSERT_TRUE(drain(*writer).ok());
  EXPECT_EQ(evt_last(), 4u);
  expect_answers_up_to(3);
}

TEST_F(Writer, AnOutageIsUnavailableAndHealsByItself) {
  const auto writer = acquired(kFirstOwner);
  log.set_available(false);
  writer->publish(next_answer());
  EXPECT_EQ(writer->pump(kPump).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(writer->pump(kPump).error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(writer->idle());
  log.set_available(true);
  ASSERT_TRUE(drain(*writer).ok());
  expect_answers_up_to(2);
}

TEST_F(Writer, AnswersPublishedDuringADoubtKeepTheirOrder) {
  const auto writer = acquired(kFirstOwner);
  log.set_available(false);
  writer->publish(next_answer());
  EXPECT_FALSE(writer->pump(kPump).ok());
  for (int i = 0; i < 3; ++i) {
    log.set_available(true);
    const Answer answer = next_answer();
    log.set_available(false);
    writer->publish(answer);
  }
  log.set_available(true);
  ASSERT_TRUE(drain(*writer).ok());
  expect_answers_up_to(5);
}

TEST_F(Writer, AnotherOwnersEpochDeposesIt) {
  const auto writer = acquired(kFirstOwner);
  const auto other = acquired(kSecondOwner);
  const Answer answer = next_answer();
  writer->publish(answer);
  EXPECT_EQ(drain(*writer).error().code, ErrorCode::kFenced);
  other->publish(answer);
  ASSERT_TRUE(drain(*other).ok());
  expect_answers_up_to(2);
  EXPECT_EQ(fold_all(log).fold.void_messages(), 0u) << "the broker fenced it";
}

/// The broker's check is the fast fence, the void rule the sound one.
TEST_F(Writer, WithABrokenFenceItsLateMessageIsVoidAndItIsDeposedAllTheSame) {
  const auto writer = acquired(kFirstOwner);
  const auto other = acquired(kSecondOwner);
  log.break_fence(1);
  const Answer answer = next_answer();
  writer->publish(answer);
  EXPECT_EQ(drain(*writer).error().code, ErrorCode::kFenced);
  EXPECT_EQ(writer->answers_acknowledged(), 0u) << "an acknowledgement must carry the expected sequence + 1";
  other->publish(answer);
  ASSERT_TRUE(drain(*other).ok());
  EXPECT_EQ(other->void_messages(), 1u);
  EXPECT_EQ(fold_all(log).fold.void_messages(), 1u);
  expect_answers_up_to(2);
}

TEST_F(Writer, BehindAVoidMessageItResends) {
  const auto writer = acquired(kFirstOwner);
  Sha256 ignored{};
  const auto stale =
      eventlog::seal(Epoch{9}, OwnerId{77}, Sha256{}, eventlog::encode_bodies(answer_of(2)).front(), ignored);
  log.inject(kEvt, FrameClass::kOrders, stale);
  writer->publish(next_answer());
  writer->publish(next_answer());
  const Status drained = drain(*writer);
  ASSERT_TRUE(drained.ok()) << drained.error().message;
  EXPECT_EQ(writer->void_messages(), 1u);
  EXPECT_EQ(fold_all(log).fold.void_messages(), 1u);
  expect_answers_up_to(3);
}

class TakeOver : public Writer, public testing::WithParamInterface<int> {};

/// What an owner had in flight arrives behind its successor's EpochStarted. The first of it is fenced; the second
/// expects just the sequence that EpochStarted got, so the broker stores it and all behind it: void. The successor's
/// own pipeline must not fall into the same trap, or EVT would hold its second message without its first, and every
/// reader would halt for ever.
TEST_P(TakeOver, WhatTheFormerOwnerHadInFlightDoesNoHarmWhenItArrivesLate) {
  const int in_flight = GetParam();
  const auto former = acquired(kFirstOwner);
  for (std::size_t i = 0; i < eventlog::kInFlightMax; ++i) former->publish(next_answer());
  ASSERT_TRUE(drain(*former).ok());
  log.delay_appends(in_flight);
  std::vector<Answer> answers;
  for (int i = 0; i < in_flight; ++i) former->publish(answers.emplace_back(next_answer()));
  const auto successor = acquired(kSecondOwner);
  log.deliver_delayed();
  EXPECT_EQ(drain(*former).error().code, ErrorCode::kFenced);
  for (const Answer& answer : answers) successor->publish(answer);
  for (int i = 0; i < 80; ++i) {
    if (!successor->has_room() && !drain(*successor).ok()) break;
    successor->publish(next_answer());
  }
  const Status drained = drain(*successor);
  ASSERT_TRUE(drained.ok()) << drained.error().message;
  EXPECT_EQ(fold_all(log).fold.void_messages(), static_cast<std::uint64_t>(in_flight - 1));
  expect_answers_up_to(1 + eventlog::kInFlightMax + static_cast<std::uint64_t>(in_flight) + 80);
}
INSTANTIATE_TEST_SUITE_P(InFlight, TakeOver, testing::Values(1, 2, 3, 64), testing::PrintToStringParamName());

TEST_F(Writer, BytesThatBearItsIdButAreNotItsOwnHalt) {
  const auto writer = acquired(kFirstOwner);
  Sha256 ignored{};
  log.inject(kEvt, FrameClass::kOrders,
             eventlog::seal(Epoch{1}, kFirstOwner, writer->acknowledged().chain,
                            eventlog::encode_bodies(answer_of(2, 3)).front(), ignored));
  writer->publish(next_answer());
  const Status drained = drain(*writer);
  ASSERT_FALSE(drained.ok());
  EXPECT_EQ(drained.error().code, ErrorCode::kHalted);
  EXPECT_EQ(drained.error().message.find("chain"), 0u) << drained.error().message;
}

TEST_F(Writer, AnEventLogThatLostItsTailHalts) {
  const auto writer = acquired(kFirstOwner);
  writer->publish(next_answer());
  ASSERT_TRUE(drain(*writer).ok());
  log.truncate(kEvt, 2);
  writer->publish(next_answer());
  const Status drained = drain(*writer);
  ASSERT_FALSE(drained.ok());
  EXPECT_EQ(drained.error().code, ErrorCode::kHalted);
  EXPECT_EQ(drained.error().message.find("truncated"), 0u) << drained.error().message;
}

class WriterAfterReconnect : public Writer, public testing::WithParamInterface<bool> {};

/// A CMD stream that lost its tail and was refilled looks long enough.
TEST_P(WriterAfterReconnect, ACommandLogThatLostItsTailHaltsRefilledOrNot) {
  const auto writer = acquired(kFirstOwner);
  writer->publish(next_answer());
  ASSERT_TRUE(drain(*writer).ok());
  log.truncate(kCmd, 1);
  if (GetParam()) log.inject(kCmd, FrameClass::kOrders, bytes_of("another command"));
  log.set_available(false);
  log.set_available(true);  // a reconnect, with nothing in flight
  const Status status = writer->pump(kPump);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kHalted);
  EXPECT_EQ(status.error().message.find("refilled"), 0u) << status.error().message;
}
INSTANTIATE_TEST_SUITE_P(Tail, WriterAfterReconnect, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Refilled" : "Short"; });

TEST_F(Writer, AReconnectWithoutLossChangesNothing) {
  const auto writer = acquired(kFirstOwner);
  writer->publish(next_answer());
  ASSERT_TRUE(drain(*writer).ok());
  log.set_available(false);
  log.set_available(true);
  EXPECT_TRUE(writer->pump(kPump).ok());
  writer->publish(next_answer());
  ASSERT_TRUE(drain(*writer).ok());
  expect_answers_up_to(3);
}

TEST_F(Writer, AFullLogIsSaidAndHealsWhenThereIsRoom) {
  const auto writer = acquired(kFirstOwner);
  log.set_bytes_max(kEvt, log.info(kEvt).value().bytes + 10);
  writer->publish(next_answer());
  EXPECT_EQ(writer->pump(kPump).error().code, ErrorCode::kLogFull);
  EXPECT_FALSE(writer->idle());
  log.set_bytes_max(kEvt, 0);
  ASSERT_TRUE(drain(*writer).ok());
  expect_answers_up_to(2);
}

TEST_F(Writer, ANewOwnerTakesOverBehindAnUnfinishedAnswer) {
  const Answer large = next_answer(9000);
  auto first = acquired(kFirstOwner);
  first->publish(large);
  ASSERT_TRUE(drain(*first).ok());
  log.truncate(kEvt, 4);  // as if it had died between its second and third part
  const auto second = acquired(kSecondOwner);
  second->publish(large);
  ASSERT_TRUE(drain(*second).ok());
  expect_answers_up_to(2);
  EXPECT_EQ(fold_all(log).answers.back().order_events.size(), 9000u);
}

}  // namespace
}  // namespace sluice::test
