// Natural batching: how commands come together in frames, in which order, and how many may wait.
#include <map>
#include <numeric>

#include "lane_fixture.h"

namespace sluice::command {
namespace {

using test::eventually;
using test::Probe;

class LaneWriterTest : public LaneFixture {};

TEST_F(LaneWriterTest, AnIdleLaneSendsAtOnce) {
  start();
  log_.hold_acks(true);
  Probe& only = submit(1);
  wait_for_messages(1);
  EXPECT_FALSE(only.done()) << "nothing is logged before the log says so";
  log_.hold_acks(false);
  EXPECT_EQ(only.result(), "logged");
  EXPECT_EQ(only.slot().sequence.value(), 1u);
  EXPECT_TRUE(writer_->log_reachable());
}

TEST_F(LaneWriterTest, CommandsThatArriveWhileAFrameIsInFlightShareTheNext) {
  start();
  log_.hold_acks(true);
  submit(1);
  wait_for_messages(1);
  for (std::uint64_t i = 2; i <= 6; ++i) submit(i);
  log_.hold_acks(false);
  for (Probe& probe : probes_) EXPECT_EQ(probe.result(), "logged");
  EXPECT_EQ(frames(), (Frames{{1}, {2, 3, 4, 5, 6}}));
  EXPECT_EQ(probes_.back().slot().sequence.value(), 2u);
  EXPECT_EQ(probes_.back().slot().index, 4u) << "its place in the frame";
  EXPECT_EQ(writer_->stats().frames, 2u);
  EXPECT_EQ(writer_->stats().commands, 6u);
  EXPECT_EQ(writer_->stats().queued, 0u);
}

TEST_F(LaneWriterTest, LanesDoNotWaitForEachOther) {
  start({.lanes = 2});
  log_.hold_acks(true);
  submit(command(1, 1));
  submit(command(2, 2));
  wait_for_messages(2);
  submit(command(3, 1));
  submit(command(4, 2));
  log_.hold_acks(false);
  for (Probe& probe : probes_) EXPECT_EQ(probe.result(), "logged");
  EXPECT_EQ(messages(), 4u);
}

TEST_F(LaneWriterTest, AFrameIsBoundedByCount) {
  start({.frame_commands_max = 4});
  log_.hold_acks(true);
  submit(1);
  wait_for_messages(1);
  for (std::uint64_t i = 2; i <= 11; ++i) submit(i);
  log_.hold_acks(false);
  for (Probe& probe : probes_) EXPECT_EQ(probe.result(), "logged");
  EXPECT_EQ(frames(), (Frames{{1}, {2, 3, 4, 5}, {6, 7, 8, 9}, {10, 11}}));
}

/// The bound by count bounds the bytes too: the largest frames of either kind fit into a message.
TEST_F(LaneWriterTest, AFullFrameOfTheLongestCommandsFitsIntoAMessage) {
  RequestRelease longest;
  longest.key = *Name::from(std::string(Name::kBytesMax, 'k'));
  longest.reason = *Note::from(std::string(Note::kBytesMax, 'r'));
  SetLimits limits;
  limits.account = longest.key;
  limits.changes.fill({LimitAction::kSet, std::numeric_limits<std::int64_t>::max()});
  EngageKillSwitch kill;
  kill.key = longest.key;
  kill.reason = longest.reason;
  const Principal by = *Principal::from(std::string(Principal::kBytesMax, 'p'));
  for (const ControlCommandBody& body : {ControlCommandBody{longest}, ControlCommandBody{limits}, {kill}}) {
    const std::vector<ControlCommand> commands(eventlog::kCommandsMax, {{1, 1}, by, body});
    EXPECT_LE(eventlog::encode_frame(genesis_, {WriterId{1}, 0, 1}, {}, commands).size(), eventlog::kMessageBytesMax);
  }
  start();
  log_.hold_acks(true);
  submit(1);
  wait_for_messages(1);
  for (std::uint64_t i = 1; i <= eventlog::kCommandsMax + 1; ++i) submit(1 + i);
  log_.hold_acks(false);
  for (Probe& probe : probes_) EXPECT_EQ(probe.result(), "logged");
  ASSERT_EQ(frames().size(), 3u);
  EXPECT_EQ(frames()[1].size(), eventlog::kCommandsMax);
}

TEST_F(LaneWriterTest, AnAccountsCommandsKeepTheirOrderWhateverTheLogDoes) {
  start({.lanes = 3, .frame_commands_max = 7});
  constexpr std::uint64_t kEach = 400;
  for (std::uint64_t i = 1; i <= kEach; ++i) {
    for (const std::uint32_t account : {1u, 2u, 3u, 4u}) submit(command(account * 1000 + i, account));
    if (i % 20 != 0) continue;
    EXPECT_EQ(probes_.back().result(), "logged");
    log_.deliver_delayed();
    switch (i / 20 % 3) {
      case 0: log_.lose_acks(2); break;
      case 1: log_.fail_appends(2, ErrorCode::kUnavailable); break;
      default: log_.delay_appends(2); break;
    }
  }
  for (Probe& probe : probes_) EXPECT_EQ(probe.result(), "logged");
  log_.deliver_delayed();
  std::map<std::uint64_t, std::vector<std::uint64_t>> by_account;
  for (const auto& frame : frames()) {
    for (const std::uint64_t number : frame) by_account[number / 1000].push_back(number % 1000);
  }
  std::vector<std::uint64_t> as_submitted(kEach);
  std::iota(as_submitted.begin(), as_submitted.end(), 1);
  EXPECT_EQ(by_account.size(), 4u);
  for (const auto& [account, numbers] : by_account) EXPECT_EQ(numbers, as_submitted) << "account " << account;
  EXPECT_GT(writer_->stats().repeats, 0u);
}

TEST_F(LaneWriterTest, BeyondTheQueueIsOverloadAndNothingIsLogged) {
  start({.queued_max = 3});
  log_.hold_acks(true);
  submit(1);
  wait_for_messages(1);
  for (std::uint64_t i = 2; i <= 4; ++i) submit(i);
  const Status refused = try_submit(5);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kLogFull);
  EXPECT_NE(refused.error().message.find("nothing was logged"), std::string::npos);
  log_.hold_acks(false);
  ASSERT_TRUE(eventually([&] { return writer_->stats().queued == 0; }));
  EXPECT_EQ(submit(6).result(), "logged") << "room again";
  EXPECT_FALSE(std::next(probes_.begin(), 4)->done()) << "the refused one has no second answer";
  EXPECT_EQ(frames(), (Frames{{1}, {2, 3, 4}, {6}}));
}

TEST_F(LaneWriterTest, BeyondWhatTheEngineMayOweIsOverloadForThoseWhoWaitForIt) {
  start({.unanswered_max = 2});
  submit(1, WaitLevel::kExecuted);
  submit(2, WaitLevel::kExecuted);
  ASSERT_TRUE(eventually([&] { return board_.waiting() == 2; }));
  const Status refused = try_submit(3, WaitLevel::kExecuted);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kLogFull);
  EXPECT_NE(refused.error().message.find("wait for the engine"), std::string::npos);
  EXPECT_EQ(submit(4).result(), "logged") << "who does not wait for the engine is let in";
  for (const auto& frame : frames()) {
    Answer answer;
    answer.cmd_sequence = CmdSequence{board_.answered().value() + 1};
    answer.outcomes.resize(frame.size());
    board_.on_answer(answer, EvtSequence{1});
  }
  EXPECT_EQ(probes_.front().result(), "executed");
  EXPECT_TRUE(try_submit(5, WaitLevel::kExecuted).ok());
}

TEST_F(LaneWriterTest, AnAnswerThatIsSeenBeforeTheAcknowledgementIsNotLost) {
  start();
  log_.hold_acks(true);
  Probe& probe = submit(1, WaitLevel::kExecuted);
  wait_for_messages(1);
  Answer answer;
  answer.cmd_sequence = CmdSequence{1};
  answer.outcomes.resize(1);
  answer.outcomes[0].command_id = command(1).command_id;
  board_.on_answer(answer, EvtSequence{3});
  log_.hold_acks(false);
  EXPECT_EQ(probe.result(), "executed");
  EXPECT_EQ(probe.slot().evt_sequence.value(), 3u);
}

}  // namespace
}  // namespace sluice::command
