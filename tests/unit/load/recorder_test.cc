// What a load records: above all that a stall is not left out.
#include "cli/load/recorder.h"

#include <gtest/gtest.h>

#include "answers.h"

namespace sluice::load {
namespace {

TEST(Recorder, AStalledSystemMakesTheLatencyOfEverythingMeantMeanwhileGrow) {
  // 1,000 commands, one a millisecond; the system stalls for the whole second, and so blocks the sender: all go out at
  // its end and are answered 1 ms later. By the time of sending each took 1 ms.
  Recorder recorder(Nanos{0});
  const Batch batch = batch_of(1'000, Nanos{0}, Nanos{kMilli}, Nanos{1'000 * kMilli});
  recorder.sent(batch.stamps);
  recorder.answered(answers_to(batch, executed()), Nanos{1'001 * kMilli});
  const Tally tally = recorder.finish();
  EXPECT_EQ(tally.response.max(), static_cast<std::uint64_t>(kMilli));
  EXPECT_NEAR(static_cast<double>(tally.latency.quantile(0.5)), 501e6, 5e6);
  EXPECT_NEAR(static_cast<double>(tally.latency.quantile(0.99)), 991e6, 9e6);
  EXPECT_EQ(tally.latency.max(), static_cast<std::uint64_t>(1'001 * kMilli));
  EXPECT_EQ(tally.lateness.max(), static_cast<std::uint64_t>(1'000 * kMilli)) << "and it is said that it was late";
}

TEST(Recorder, EachOutcomeHasItsNameAndOnlyResultsHaveALatency) {
  Recorder recorder(Nanos{0});
  const Batch batch = batch_of(1, Nanos{0}, Nanos{0});
  v1::StreamResult logged = executed();
  logged.mutable_result()->clear_outcome();
  for (const auto& result :
       {executed(), logged, rejected(v1::REJECT_REASON_KILLED), failed(8, "too many"), failed(5, "no such account")}) {
    recorder.sent(batch.stamps);
    recorder.answered(answers_to(batch, result), Nanos{kMilli});
  }
  recorder.given_up(2, "the connection broke");
  const Tally tally = recorder.finish();
  EXPECT_EQ(tally.outcomes, (std::array<std::uint64_t, 6>{1, 1, 1, 1, 1, 2}));
  EXPECT_EQ(tally.reasons[v1::REJECT_REASON_KILLED], 1u);
  EXPECT_EQ(tally.latency.count(), 3u);
  EXPECT_EQ(tally.answered(), 5u);
  EXPECT_EQ(tally.error, "the connection broke");
}

TEST(Recorder, ASecondHoldsWhatWasMeantToBeSentInIt) {
  Recorder recorder(Nanos{0});
  const Batch batch = batch_of(20, Nanos{0}, Nanos{100 * kMilli});
  recorder.sent(batch.stamps);
  recorder.answered(answers_to(batch, rejected(v1::REJECT_REASON_KILLED)), Nanos{2'500 * kMilli});
  const Tally tally = recorder.finish();
  ASSERT_EQ(tally.seconds.size(), 2u) << "whenever the answer came";
  EXPECT_EQ(tally.seconds[0].sent, 10u);
  EXPECT_EQ(tally.seconds[1].killed, 10u);
  EXPECT_EQ(tally.seconds[1].latency_max_ns, static_cast<std::uint64_t>(1'500 * kMilli));
  EXPECT_GT(tally.seconds[0].latency_p50_ns, tally.seconds[1].latency_p50_ns);
}

TEST(Recorder, AnHourKeepsThePercentilesOfEachSecond) {
  Recorder recorder(Nanos{0});
  for (int second = 0; second < 3'600; ++second) {
    const Batch batch = batch_of(1, Nanos{second * kNanosPerSecond}, Nanos{0});
    recorder.sent(batch.stamps);
    recorder.answered(answers_to(batch, executed()), batch.stamps[0].intended + Nanos{kMilli});
  }
  const Tally tally = recorder.finish();
  ASSERT_EQ(tally.seconds.size(), 3'600u);
  EXPECT_EQ(tally.seconds.front().latency_p50_ns, static_cast<std::uint64_t>(kMilli));
  EXPECT_EQ(tally.seconds.back().latency_p99_ns, static_cast<std::uint64_t>(kMilli));
}

class Nobody final : public AnswerSink {
 public:
  void answered(std::span<const Answer> answers, Nanos) override { count += answers.size(); }
  void given_up(const Batch&, const std::string&) override {}
  std::size_t count = 0;
};

TEST(Settle, WhatIsUnclearOrWithoutAnAnswerIsAskedAgainUnderItsId) {
  const Batch batch = batch_of(4, Nanos{0}, Nanos{kMilli});
  v1::StreamCommandsResponse response;
  *response.add_results() = executed();
  *response.add_results() = failed(14, "the log cannot be reached");
  *response.add_results() = failed(3, "wrong");
  Nobody sink;
  const Batch again = settle(batch, response, sink, Nanos{kMilli});
  EXPECT_EQ(sink.count, 2u);
  ASSERT_EQ(again.request.commands_size(), 2);
  EXPECT_EQ(again.request.commands(0).options().command_id(), "c1");
  EXPECT_EQ(again.request.commands(1).options().command_id(), "c3");
  EXPECT_EQ(again.stamps[1].intended, Nanos{3 * kMilli}) << "its latency goes on";
}

}  // namespace
}  // namespace sluice::load
