// An answer finds those who wait for it, whichever of the acknowledgement and the answer is seen first.
#include "command/answer_board.h"

#include "probe.h"

namespace sluice::command {
namespace {

using test::Probe;

constexpr CommandId kFirst{1, 1};
constexpr CommandId kSecond{2, 2};
constexpr CommandId kForeign{9, 9};

Answer answer_of(std::uint64_t sequence, const std::vector<CommandId>& commands) {
  Answer answer;
  answer.cmd_sequence = CmdSequence{sequence};
  for (const CommandId& id : commands) {
    Outcome outcome;
    outcome.command_id = id;
    outcome.order_id = OrderId{id.lo};
    answer.outcomes.push_back(outcome);
  }
  return answer;
}

class AnswerBoardTest : public testing::Test {
 protected:
  void logged(std::uint64_t ticket, std::uint64_t sequence) {
    board_.frame_logged(ticket, CmdSequence{sequence}, {first_.waiter(), second_.waiter()});
  }
  void expect_both_executed(std::uint64_t evt_sequence) {
    EXPECT_EQ(first_.result(), "executed");
    EXPECT_EQ(second_.result(), "executed");
    EXPECT_EQ(first_.slot().outcome->command_id, kFirst);
    EXPECT_EQ(second_.slot().outcome->command_id, kSecond);
    EXPECT_EQ(second_.slot().evt_sequence.value(), evt_sequence);
  }

  AnswerBoard board_;
  Probe first_{WaitLevel::kExecuted};
  Probe second_{WaitLevel::kExecuted};
};

TEST_F(AnswerBoardTest, AnAnswerGoesToThoseWhoWaitForItsFrameByTheirPlace) {
  logged(board_.frame_begins(kFirst), 5);
  EXPECT_EQ(board_.waiting(), 2u);
  board_.on_answer(answer_of(4, {kForeign}), EvtSequence{6});
  EXPECT_FALSE(first_.done());
  board_.on_answer(answer_of(5, {kFirst, kSecond}), EvtSequence{7});
  expect_both_executed(7);
  EXPECT_EQ(board_.waiting(), 0u);
}

TEST_F(AnswerBoardTest, AnAnswerThatOvertakesTheAcknowledgementIsKept) {
  const std::uint64_t ticket = board_.frame_begins(kFirst);
  board_.on_answer(answer_of(5, {kFirst, kSecond}), EvtSequence{7});
  board_.on_answer(answer_of(6, {kForeign}), EvtSequence{8});
  EXPECT_FALSE(first_.done());
  logged(ticket, 5);
  expect_both_executed(7);
  EXPECT_EQ(board_.kept(), 0u);
}

TEST_F(AnswerBoardTest, AnswersOfOtherWritersAreNotKeptHoweverLongAFrameIsInFlight) {
  const std::uint64_t ticket = board_.frame_begins(kFirst);
  for (std::uint64_t i = 1; i <= 1000; ++i) board_.on_answer(answer_of(i, {kForeign, kFirst}), EvtSequence{i});
  EXPECT_EQ(board_.kept(), 0u);
  board_.on_answer(answer_of(1001, {kFirst, kSecond}), EvtSequence{1001});
  EXPECT_EQ(board_.kept(), 1u);
  board_.frame_ends(ticket);
  EXPECT_EQ(board_.kept(), 0u) << "the frame was given up";
}

TEST_F(AnswerBoardTest, AnAnswerFromBeforeTheFrameIsNotItsOwn) {
  const std::uint64_t other = board_.frame_begins(kFirst);
  board_.on_answer(answer_of(5, {kFirst, kSecond}), EvtSequence{7});
  const std::uint64_t ticket = board_.frame_begins(kFirst);
  board_.frame_ends(other);
  EXPECT_EQ(board_.kept(), 0u);
  logged(ticket, 6);
  EXPECT_FALSE(first_.done()) << "the same command id, logged again: its answer is yet to come";
  board_.on_answer(answer_of(6, {kFirst, kSecond}), EvtSequence{8});
  expect_both_executed(8);
}

TEST_F(AnswerBoardTest, ControlMessagesAnswerNoFrame) {
  logged(board_.frame_begins(kFirst), 5);
  Answer control = answer_of(5, {kFirst, kSecond});
  control.kind = AnswerKind::kControl;
  board_.on_answer(control, EvtSequence{7});
  EXPECT_FALSE(first_.done());
  EXPECT_EQ(board_.answered().value(), 0u);
}

TEST_F(AnswerBoardTest, OnlyTheEventsOfTheCommandAreHandedOutAndOnlyIfWanted) {
  first_.slot().want_events = true;
  logged(board_.frame_begins(kFirst), 5);
  Answer answer = answer_of(5, {kFirst, kSecond});
  for (const std::uint32_t command : {0u, 1u, 0u, kNoCommand}) {
    OrderEvent event;
    event.command_index = command;
    event.quantity = Quantity{static_cast<std::int64_t>(answer.order_events.size())};
    answer.order_events.push_back(event);
  }
  board_.on_answer(answer, EvtSequence{7});
  expect_both_executed(7);
  ASSERT_EQ(first_.slot().own->order_events.size(), 2u);
  EXPECT_EQ(first_.slot().own->order_events[1].quantity.value(), 2);
  EXPECT_EQ(second_.slot().own, nullptr);
}

TEST_F(AnswerBoardTest, AFrameThatTheEngineRefusedAsAWholeIsAnInternalErrorOfEachCommand) {
  const std::uint64_t ticket = board_.frame_begins(kFirst);
  board_.on_answer(answer_of(5, {}), EvtSequence{7});
  logged(ticket, 5);
  EXPECT_EQ(first_.result(), "internal");
  EXPECT_EQ(second_.result(), "internal");
}

TEST_F(AnswerBoardTest, WhoWaitsTooLongHearsWhereTheCommandIsLogged) {
  Probe late(WaitLevel::kExecuted, test::long_ago());
  late.slot().sequence = CmdSequence{5};
  late.slot().index = 1;
  board_.frame_logged(board_.frame_begins(kFirst), CmdSequence{5}, {first_.waiter(), late.waiter()});
  board_.expire(runtime::steady_now());
  EXPECT_EQ(late.result(), "timeout");
  EXPECT_NE(late.slot().error->message.find("logged as command 5/1 of shard 0"), std::string::npos)
      << late.slot().error->message;
  EXPECT_FALSE(first_.done());
  EXPECT_EQ(board_.waiting(), 1u);
  board_.on_answer(answer_of(5, {kFirst, kSecond}), EvtSequence{7});
  EXPECT_EQ(first_.result(), "executed") << "the others still get their answer";
  EXPECT_EQ(late.result(), "timeout");
}

}  // namespace
}  // namespace sluice::command
