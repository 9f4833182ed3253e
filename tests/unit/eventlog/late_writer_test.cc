// EventWriter: one owner's messages in order, whatever acknowledgements, fences and other owners do.
#include "eventlog/event_writer.h"
#include "log_fixture.h"

namespace sluice::eventlog {
namespace {

using test::kEvt;

Answer answer_to(std::uint64_t cmd_sequence) {
  Answer answer;
  answer.cmd_sequence = CmdSequence{cmd_sequence};
  return answer;
}

class LateWriter : public testing::Test {
 protected:
  LateWriter() { EXPECT_TRUE(ensure_genesis(log_, test::test_genesis()).ok()); }

  /// Folds all of EVT: halts if anything in it is out of order.
  EventFold folded() {
    EventFold fold(ShardId{0});
    const std::uint64_t last = log_.info(kEvt).value().last_sequence;
    for (std::uint64_t sequence = 1; sequence <= last; ++sequence) {
      const auto message = log_.get(kEvt, sequence);
      const auto step = fold.accept(message.value().message());
      EXPECT_TRUE(step.ok()) << (step.ok() ? "" : step.error().message);
      if (!step.ok()) break;
    }
    return fold;
  }
  std::unique_ptr<EventWriter> owner(std::uint64_t id) {
    auto writer = std::make_unique<EventWriter>(log_, test::test_genesis(), OwnerId{id}, folded());
    EXPECT_TRUE(writer->acquire(Nanos{0}).ok());
    return writer;
  }
  /// Takes acknowledgements until there are none left to wait for.
  static Status settle(EventWriter& writer) {
    Status status = ok_status();
    for (int i = 0; i < 400 && status.ok() && !writer.idle(); ++i) status = writer.pump(Nanos{0});
    return status;
  }
  /// An owner that stands far enough behind its EpochStarted to have many messages in flight; it has answered up to CMD
  /// 101.
  std::unique_ptr<EventWriter> settled_owner(std::uint64_t id) {
    auto writer = owner(id);
    for (std::uint64_t cmd = 2; cmd <= 101; ++cmd) {
      writer->publish(answer_to(cmd));
      EXPECT_TRUE(settle(*writer).ok());
    }
    return writer;
  }

  MemoryLog log_{1};
};

TEST_F(LateWriter, LostAcknowledgementsAreReadBackFromTheLog) {
  const auto writer = owner(1);
  log_.lose_acks(1);
  writer->publish(answer_to(2));
  writer->publish(answer_to(3));
  EXPECT_TRUE(settle(*writer).ok());
  EXPECT_EQ(writer->answers_acknowledged(), 2u);
  EXPECT_EQ(folded().checkpoint().cmd_sequence, CmdSequence{3});
}

TEST_F(LateWriter, WhatTheLogDidNotTakeIsSentAgainInOrder) {
  const auto writer = settled_owner(1);
  log_.delay_appends(1);  // the first of three is on its way for longer than its time-out
  for (std::uint64_t cmd = 102; cmd <= 104; ++cmd) writer->publish(answer_to(cmd));
  EXPECT_TRUE(settle(*writer).ok());
  log_.deliver_delayed();  // too late: its condition does not hold any more
  EXPECT_EQ(folded().checkpoint().cmd_sequence, CmdSequence{104});
}

TEST_F(LateWriter, AnOwnerThatWasReplacedIsFenced) {
  const auto first = owner(1);
  const auto second = owner(2);
  first->publish(answer_to(2));
  const Status ended = settle(*first);
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().code, ErrorCode::kFenced);
}

TEST_F(LateWriter, AcquireIsFencedUntilItStandsAtTheEnd) {
  EventWriter late(log_, test::test_genesis(), OwnerId{9}, folded());
  const auto writer = owner(1);
  EXPECT_EQ(late.acquire(Nanos{0}).error().code, ErrorCode::kFenced);
  late.stand_at(folded());
  EXPECT_TRUE(late.acquire(Nanos{0}).ok());
  EXPECT_EQ(late.epoch(), Epoch{2});
}

TEST_F(LateWriter, AFormerOwnersLateMessageIsVoidAndCannotReorderTheNewOwners) {
  const auto former = settled_owner(1);
  log_.delay_appends(2);
  former->publish(answer_to(102));  // its condition is lost to EpochStarted
  former->publish(answer_to(103));  // its condition holds again right behind EpochStarted
  const auto current = owner(2);
  log_.deliver_delayed();
  for (std::uint64_t cmd = 102; cmd <= 105; ++cmd) current->publish(answer_to(cmd));
  const Status settled = settle(*current);
  EXPECT_TRUE(settled.ok()) << settled.error().message;
  const EventFold fold = folded();
  EXPECT_EQ(fold.void_messages(), 1u);
  EXPECT_EQ(fold.checkpoint().cmd_sequence, CmdSequence{105});
  EXPECT_EQ(settle(*former).error().code, ErrorCode::kFenced);
}

TEST_F(LateWriter, ALogThatLostItsTailHaltsTheOwner) {
  const auto writer = settled_owner(1);
  log_.truncate(kEvt, 50);
  writer->publish(answer_to(102));
  const Status ended = settle(*writer);
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().code, ErrorCode::kHalted);
  EXPECT_NE(ended.error().message.find("truncated"), std::string::npos);
}

TEST_F(LateWriter, ACmdStreamThatWasRefilledHaltsTheOwnerAfterADoubt) {
  const auto writer = owner(1);
  const auto injected = log_.inject(test::kCmd, FrameClass::kOrders, test::bytes_of("one frame"));
  Answer answer = answer_to(injected);
  answer.cmd_sha256 = sha256(test::bytes_of("one frame"));
  writer->publish(answer);
  ASSERT_TRUE(settle(*writer).ok());
  log_.truncate(test::kCmd, injected - 1);
  log_.inject(test::kCmd, FrameClass::kOrders, test::bytes_of("another"));
  log_.lose_acks(1);
  writer->publish(answer_to(injected + 1));
  const Status ended = settle(*writer);
  ASSERT_FALSE(ended.ok());
  EXPECT_NE(ended.error().message.find("refilled"), std::string::npos) << ended.error().message;
}

TEST_F(LateWriter, AFullLogIsReportedAndWhatIsDecidedIsKept) {
  const auto writer = owner(1);
  log_.set_bytes_max(kEvt, 1);
  writer->publish(answer_to(2));
  EXPECT_EQ(writer->pump(Nanos{0}).error().code, ErrorCode::kLogFull);
  log_.set_bytes_max(kEvt, 1u << 20);
  for (int i = 0; i < 10 && !writer->idle(); ++i) (void)writer->pump(Nanos{0}).ok();
  EXPECT_EQ(folded().checkpoint().cmd_sequence, CmdSequence{2});
}

}  // namespace
}  // namespace sluice::eventlog
