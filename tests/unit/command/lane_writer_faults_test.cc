// A log that loses, delays, refuses or is gone: a command is answered with what is known, and never twice in the log.
#include "lane_fixture.h"

namespace sluice::command {
namespace {

using test::eventually;
using test::Probe;

constexpr int kForEver = 1 << 30;

class LaneFaults : public LaneFixture {
 protected:
  Nanos soon() const { return runtime::steady_now() + Nanos{100 * kNanosPerMilli}; }
  bool says(Probe& probe, std::string_view what) { return probe.slot().error->message.find(what) != std::string::npos; }
};

TEST_F(LaneFaults, ALostAcknowledgementIsAskedForAgainAndTheCommandStandsOnce) {
  start();
  log_.lose_acks(3);
  Probe& probe = submit(1);
  EXPECT_EQ(probe.result(), "logged");
  EXPECT_EQ(probe.slot().sequence.value(), 1u);
  EXPECT_EQ(frames(), Frames{{1}});
  EXPECT_EQ(writer_->stats().repeats, 3u);
  EXPECT_EQ(writer_->stats().duplicates, 1u);
}

TEST_F(LaneFaults, APublishThatArrivesAfterItsRepeatIsADuplicate) {
  start();
  log_.delay_appends(1);
  EXPECT_EQ(submit(1).result(), "logged");
  log_.deliver_delayed();
  EXPECT_EQ(submit(2).result(), "logged");
  EXPECT_EQ(frames(), (Frames{{1}, {2}}));
}

TEST_F(LaneFaults, ALaneWithoutAnswerIsNotOvertakenByItsNextFrame) {
  start();
  log_.delay_appends(kForEver);
  Probe& first = submit(1);
  ASSERT_TRUE(eventually([&] { return writer_->stats().repeats >= 2; }));
  Probe& second = submit(2);
  EXPECT_FALSE(first.done() || second.done());
  log_.delay_appends(0);
  EXPECT_EQ(second.result(), "logged");
  EXPECT_EQ(frames(), (Frames{{1}, {2}}));
}

TEST_F(LaneFaults, WhatMayBeStoredIsNeverSaidToBeRejected) {
  start();
  log_.delay_appends(1);
  log_.set_bytes_max(kCmd, 1);  // every repeat is refused as full, but the first publish may still arrive
  Probe& probe = submit(1, WaitLevel::kLogged, soon());
  EXPECT_EQ(probe.result(), "unknown");
  EXPECT_TRUE(says(probe, "ask again with the same command_id")) << probe.slot().error->message;
  log_.set_bytes_max(kCmd, 0);
  log_.deliver_delayed();
  EXPECT_EQ(frames(), Frames{{1}}) << "and here it arrives";
}

TEST_F(LaneFaults, AFullLogRefusesAtOnce) {
  start();
  log_.set_bytes_max(kCmd, 1);
  Probe& probe = submit(1);
  EXPECT_EQ(probe.result(), "log_full");
  EXPECT_TRUE(writer_->stats().log_full);
  EXPECT_EQ(messages(), 0u);
  log_.set_bytes_max(kCmd, 0);
  EXPECT_EQ(submit(2).result(), "logged");
  EXPECT_FALSE(writer_->stats().log_full);
  EXPECT_EQ(frames(), Frames{{2}}) << "what was refused does not come later";
}

TEST_F(LaneFaults, ALostLogIsUnclearAtTheDeadlineNotBefore) {
  start();
  log_.set_available(false);
  Probe& patient = submit(1);
  ASSERT_TRUE(eventually([&] { return writer_->stats().repeats >= 2; }));
  EXPECT_FALSE(patient.done());
  EXPECT_FALSE(writer_->log_reachable());
  log_.set_available(true);
  EXPECT_EQ(patient.result(), "logged");
  EXPECT_TRUE(writer_->log_reachable());

  log_.set_available(false);
  Probe& hasty = submit(2, WaitLevel::kLogged, soon());
  EXPECT_EQ(hasty.result(), "unknown");
  ASSERT_TRUE(eventually([&] { return writer_->stats().given_up == 1; }));
  log_.set_available(true);
  EXPECT_EQ(submit(3).result(), "logged");
  EXPECT_EQ(frames(), (Frames{{1}, {3}}));
}

TEST_F(LaneFaults, ACommandIsAnsweredAtItsOwnDeadlineThoughOthersOfItsFrameWaitLonger) {
  start();
  log_.hold_acks(true);
  submit(1);
  wait_for_messages(1);
  Probe& patient = submit(2);
  Probe& hasty = submit(3, WaitLevel::kLogged, runtime::steady_now() + Nanos{2 * kNanosPerSecond});
  log_.fail_appends(kForEver, ErrorCode::kUnknown);
  log_.hold_acks(false);
  ASSERT_TRUE(eventually([&] { return writer_->stats().frames == 2; }));
  EXPECT_EQ(hasty.result(), "unknown");
  EXPECT_FALSE(patient.done());
  log_.fail_appends(0, ErrorCode::kUnknown);
  EXPECT_EQ(patient.result(), "logged");
  EXPECT_EQ(frames(), (Frames{{1}, {2, 3}})) << "the frame keeps its bytes: the hasty one may be stored";
}

TEST_F(LaneFaults, ACommandWhoseDeadlinePassesInTheQueueNeverEntersTheLog) {
  start();
  log_.hold_acks(true);
  submit(1);
  wait_for_messages(1);
  Probe& late = submit(2, WaitLevel::kLogged, test::long_ago());
  Probe& behind = submit(3);
  EXPECT_EQ(late.result(), "unavailable") << "answered though the log is silent";
  EXPECT_TRUE(says(late, "nothing was logged")) << late.slot().error->message;
  EXPECT_FALSE(behind.done());
  log_.hold_acks(false);
  EXPECT_EQ(behind.result(), "logged");
  // The same when the queue moves again only after the deadline.
  Probe& too_late = submit(4, WaitLevel::kLogged, test::long_ago());
  EXPECT_EQ(too_late.result(), "unavailable");
  EXPECT_EQ(submit(5).result(), "logged");
  EXPECT_EQ(frames(), (Frames{{1}, {3}, {5}}));
  EXPECT_EQ(writer_->stats().queued, 0u);
}

TEST_F(LaneFaults, AWriterOfKillsNeverGivesUp) {
  start({.queued_max = 2, .unanswered_max = 0, .never_give_up = true});
  log_.set_available(false);
  Probe& kill = submit(1, WaitLevel::kExecuted, test::long_ago());
  ASSERT_TRUE(eventually([&] { return writer_->stats().repeats >= 3; }));
  log_.set_bytes_max(kCmd, 1);
  log_.set_available(true);
  ASSERT_TRUE(eventually([&] { return writer_->stats().log_full.load(); })) << "a full log is tried again, too";
  EXPECT_EQ(messages(), 0u);
  log_.set_bytes_max(kCmd, 0);
  wait_for_messages(1);
  EXPECT_EQ(kill.result(), "timeout") << "logged, but no engine executed it";
  EXPECT_EQ(writer_->stats().given_up, 0u);
}

TEST_F(LaneFaults, StoppingSaysWhatIsUnclearAndWhatIsNotLogged) {
  start();
  log_.hold_acks(true);
  Probe& in_flight = submit(1);
  wait_for_messages(1);
  Probe& queued = submit(2);
  writer_->stop();
  EXPECT_EQ(in_flight.result(), "unknown");
  EXPECT_EQ(queued.result(), "unavailable");
  EXPECT_TRUE(says(queued, "nothing was logged"));
  const Status after = try_submit(3);
  ASSERT_FALSE(after.ok());
  EXPECT_EQ(after.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(frames(), Frames{{1}});
  EXPECT_EQ(writer_->stats().queued, 0u);
}

}  // namespace
}  // namespace sluice::command
