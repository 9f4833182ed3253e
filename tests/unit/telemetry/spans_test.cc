#include "telemetry/spans.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

namespace sluice::telemetry {
namespace {

constexpr SpansOptions kSmall{.threads = 3, .entries = 4'096};
constexpr std::uint64_t kRoom = kSmall.entries - SpanRing::kReserved;

std::vector<SpanRecord> drained(Spans& spans) {
  std::vector<SpanRecord> records;
  spans.drain([&](const SpanRecord& record) { records.push_back(record); });
  return records;
}

TEST(Spans, ARingIsSmallerThanFiveMegabytes) {
  EXPECT_EQ(SpanRing::kEntries, 131'072u);
  EXPECT_LT(SpanRing::kEntries * sizeof(SpanRecord) + sizeof(SpanRing), 5'000'000u);
}

TEST(Spans, ASpanHasItsStageCorrelationAndTime) {
  Spans spans(kSmall);
  const Span span = spans.begin(Stage::kPublish, 77);
  const std::uint64_t before_end = runtime::ticks();
  spans.end(span);
  const auto records = drained(spans);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].stage, Stage::kPublish);
  EXPECT_EQ(records[0].correlation, 77u);
  EXPECT_EQ(records[0].weight, 1u);
  EXPECT_EQ(records[0].raw, 0u);
  EXPECT_GE(records[0].value, before_end - span.at);
}

TEST(Spans, NestedAndOverlappingSpansAreAllRecorded) {
  Spans spans(kSmall);
  const Span first = spans.begin(Stage::kHandle, 1);
  const Span second = spans.begin(Stage::kHandle, 2);
  {
    const ScopedSpan outer(spans, Stage::kQuery, 3);
    const ScopedSpan inner(spans, Stage::kProject, 3);
  }
  spans.end(first);
  spans.end(second);
  std::vector<std::uint64_t> order;
  for (const SpanRecord& record : drained(spans)) order.push_back(record.correlation);
  EXPECT_EQ(order, (std::vector<std::uint64_t>{3, 3, 1, 2}));
}

TEST(Spans, ASpanMayEndOnAnotherThread) {
  Spans spans(kSmall);
  const Span span = spans.begin(Stage::kAnswer, 9);
  std::thread([&] { spans.end(span); }).join();
  const auto records = drained(spans);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].correlation, 9u);
}

TEST(Spans, ASharedSpanCountsForEachWithItsPart) {
  Spans spans(kSmall);
  Span span = spans.begin(Stage::kDecide);
  spans.end_shared(span, span.at + 1'000, 10);
  spans.end_each(spans.begin_at(100, Stage::kHandle, 5), 350, 4);
  spans.end_each(span, span.at + 7, 0);
  const auto records = drained(spans);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].value, 100u);
  EXPECT_EQ(records[0].weight, 10u);
  EXPECT_EQ(records[1].value, 250u);
  EXPECT_EQ(records[1].weight, 4u);
}

TEST(Spans, AClockThatGoesBackGivesZeroNotALifetime) {
  Spans spans(kSmall);
  Span span = spans.begin(Stage::kDecide);
  spans.end_each(span, span.at - 5, 1);
  EXPECT_EQ(drained(spans).at(0).value, 0u);
}

TEST(Spans, WhatFindsNoRoomIsCountedAndTheOldestStay) {
  Spans spans(kSmall);
  for (std::uint64_t i = 0; i < kRoom + 10; ++i) spans.record(Stage::kDecide, i, i);
  EXPECT_EQ(spans.lost(), 10u);
  const auto records = drained(spans);
  ASSERT_EQ(records.size(), kRoom);
  EXPECT_EQ(records.front().correlation, 0u);
  EXPECT_EQ(records.back().correlation, kRoom - 1);
  spans.enable(false);
  spans.enable(true);
  spans.record(Stage::kKill, 1);
  EXPECT_EQ(drained(spans).size(), 1u);
}

TEST(Spans, KillsAndAuditHaveRoomWhenOthersHaveNone) {
  Spans spans(kSmall);
  for (std::uint64_t i = 0; i < kSmall.entries; ++i) spans.record(Stage::kDecide, i);
  const std::uint64_t lost = spans.lost();
  for (std::uint64_t i = 0; i < SpanRing::kReserved; ++i) spans.record(i % 2 == 0 ? Stage::kKill : Stage::kAudit, i);
  EXPECT_EQ(spans.lost(), lost);
  spans.record(Stage::kKill, 1);
  EXPECT_EQ(spans.lost(), lost + 1);
}

TEST(Spans, SwitchedOffNothingIsRecordedButKillsAndAudit) {
  Spans spans(kSmall);
  spans.record(Stage::kDecide, 1);  // takes a ring before the switch
  spans.enable(false);
  EXPECT_FALSE(spans.enabled());
  spans.record(Stage::kDecide, 2);
  spans.end(spans.begin(Stage::kPublish));
  spans.record(Stage::kKill, 3);
  spans.end(spans.begin(Stage::kAudit));
  std::thread([&] { spans.record(Stage::kDecide, 4); }).join();  // one that takes its ring after it
  std::map<Stage, int> counts;
  for (const SpanRecord& record : drained(spans)) ++counts[record.stage];
  EXPECT_EQ(counts, (std::map<Stage, int>{{Stage::kDecide, 1}, {Stage::kKill, 1}, {Stage::kAudit, 1}}));
  spans.enable(true);
  spans.record(Stage::kDecide, 5);
  EXPECT_EQ(drained(spans).size(), 1u);
}

TEST(Spans, WhatIsKeptIsRecordedThoughSwitchedOff) {
  SpansOptions options = kSmall;
  options.kept.add(Stage::kDecide);
  Spans spans(options);
  spans.enable(false);
  spans.record(Stage::kPublish, 1);
  spans.record(Stage::kDecide, 2);
  const auto records = drained(spans);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records.front().stage, Stage::kDecide);
}

TEST(Spans, ASpanThatBeganBeforeTheSwitchIsStillRecorded) {
  Spans spans(kSmall);
  const Span span = spans.begin(Stage::kPublish);
  spans.enable(false);
  spans.end(span);
  EXPECT_EQ(drained(spans).size(), 1u);
}

TEST(Spans, AFollowedSpanIsInFlightUntilItEndsOrIsDropped) {
  Spans spans(kSmall);
  const InFlight& in_flight = spans.follow(Stage::kPublish);
  EXPECT_EQ(spans.followed(Stage::kDecide), nullptr);
  const auto open = [&] { return in_flight.older_than(Nanos{}, runtime::steady_now()).count; };
  FollowedSpan first(spans, Stage::kPublish, 1);
  {
    const FollowedSpan dropped(spans, Stage::kPublish, 2);
    EXPECT_EQ(open(), 2u);
  }
  EXPECT_EQ(open(), 1u);
  FollowedSpan second(std::move(first));
  EXPECT_EQ(open(), 1u);
  second = FollowedSpan(spans, Stage::kPublish, 3);
  EXPECT_EQ(open(), 1u) << "what it held before is dropped";
  second.end();
  second.end();
  EXPECT_EQ(open(), 0u);
  FollowedSpan(spans, Stage::kDecide, 4).end();
  const auto records = drained(spans);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].correlation, 3u);
  EXPECT_EQ(records[1].correlation, 4u) << "measured though nobody follows its stage";
}

TEST(Spans, UnderOverloadIsSampledAndTheCountsStayTrue) {
  Spans spans(kSmall);
  std::uint64_t recorded = 0;
  std::uint64_t weighed = 0;
  std::uint64_t strongest = 1;
  // Each turn brings more than half a ring: sampling grows until it does not.
  for (int turn = 0; turn < 400; ++turn) {
    for (std::uint64_t i = 0; i < kRoom; ++i) spans.record(Stage::kDecide, 1);
    recorded += kRoom;
    for (const SpanRecord& record : drained(spans)) weighed += record.weight;
    strongest = std::max(strongest, spans.sampling());
  }
  EXPECT_GE(strongest, 2u);
  EXPECT_EQ(spans.lost(), 0u);
  // 1.2 million drawn with at most 1 in 4: five standard deviations are less than 1 %.
  EXPECT_NEAR(static_cast<double>(weighed), static_cast<double>(recorded), 0.01 * static_cast<double>(recorded));
  for (int turn = 0; turn < 600; ++turn) drained(spans);
  EXPECT_EQ(spans.sampling(), 1u) << "calm again, everything is recorded";
}

TEST(Spans, ASampledSpanThatCountsForManyIsNotSampledTwice) {
  Spans spans(kSmall);
  for (int turn = 0; turn < 3; ++turn) {
    for (std::uint64_t i = 0; i < kRoom; ++i) spans.record(Stage::kDecide, 1);
    drained(spans);
  }
  ASSERT_GE(spans.sampling(), 2u);
  std::uint64_t weighed = 0;
  constexpr int kEach = 40'000;
  for (int i = 0; i < kEach; ++i) {
    const Span span = spans.begin(Stage::kOrderPlacement);
    spans.end_each(span, span.at + 5, 3);
    if (i % 500 == 499)
      for (const SpanRecord& record : drained(spans)) weighed += record.weight;
  }
  EXPECT_NEAR(static_cast<double>(weighed), 3.0 * kEach, 0.05 * 3 * kEach);
}

TEST(Spans, KillsAreNotSampled) {
  Spans spans(kSmall);
  for (int turn = 0; turn < 5; ++turn) {
    for (std::uint64_t i = 0; i < kRoom; ++i) spans.record(Stage::kDecide, 1);
    drained(spans);
  }
  ASSERT_GT(spans.sampling(), 1u);
  for (int i = 0; i < 100; ++i) spans.record(Stage::kKill, 1);
  std::uint64_t kills = 0;
  for (const SpanRecord& record : drained(spans)) {
    if (record.stage != Stage::kKill) continue;
    EXPECT_EQ(record.weight, 1u);
    ++kills;
  }
  EXPECT_EQ(kills, 100u);
}

TEST(Spans, AThreadThatEndsGivesItsRingBackAndLosesNothing) {
  Spans spans(kSmall);
  for (int round = 0; round < 20; ++round) {
    std::thread([&] {
      spans.attach();
      spans.record(Stage::kDecide, 1, static_cast<std::uint64_t>(round));
    }).join();
  }
  EXPECT_EQ(spans.threads(), 0u);
  EXPECT_EQ(spans.lost(), 0u);
  std::vector<std::uint64_t> rounds;
  for (const SpanRecord& record : drained(spans)) rounds.push_back(record.correlation);
  std::sort(rounds.begin(), rounds.end());
  ASSERT_EQ(rounds.size(), 20u);
  EXPECT_EQ(rounds.back(), 19u);
}

TEST(Spans, MoreThreadsThanRingsAreCountedAsLostNotServedLate) {
  Spans spans(kSmall);
  std::atomic<int> recorded{0};
  std::atomic<bool> go{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&] {
      spans.record(Stage::kDecide, 1);
      ++recorded;
      while (!go) std::this_thread::yield();
    });
  }
  while (recorded < 5) std::this_thread::yield();
  EXPECT_EQ(spans.threads(), 3u);
  EXPECT_EQ(spans.lost(), 2u);
  go = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(drained(spans).size(), 3u);
}

TEST(Spans, TwoOfAProcessDoNotMix) {
  Spans first(kSmall);
  auto second = std::make_unique<Spans>(kSmall);
  for (int i = 0; i < 3; ++i) {
    first.record(Stage::kDecide, 1);
    second->record(Stage::kHandle, 2);
  }
  EXPECT_EQ(drained(first).size(), 3u);
  EXPECT_EQ(drained(*second).size(), 3u);
  second = std::make_unique<Spans>(kSmall);
  second->record(Stage::kHandle, 2);
  EXPECT_EQ(drained(*second).size(), 1u);
  EXPECT_EQ(drained(first).size(), 0u);
}

TEST(Spans, ManyThreadsRecordWhileOneDrains) {
  constexpr std::uint64_t kEach = 100'000;
  Spans spans({.threads = 4, .entries = 8'192});
  std::atomic<bool> done{false};
  std::uint64_t weighed = 0;
  std::thread draining([&] {
    while (!done) spans.drain([&](const SpanRecord& record) { weighed += record.weight; });
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (std::uint64_t n = 0; n < kEach; ++n) spans.end(spans.begin(Stage::kQuery, n));
    });
  }
  for (std::thread& thread : threads) thread.join();
  done = true;
  draining.join();
  spans.drain([&](const SpanRecord& record) { weighed += record.weight; });
  // What was sampled is estimated; what was lost is known.
  EXPECT_NEAR(static_cast<double>(weighed + spans.lost()), 3.0 * kEach, 0.1 * 3 * kEach);
}

TEST(Stages, EachHasAnameAMetricHelpAndRisingBounds) {
  for (const StageInfo& info : stages()) {
    EXPECT_EQ(parse_stage(info.name), info.stage);
    EXPECT_FALSE(info.help.empty());
    EXPECT_TRUE(std::is_sorted(info.bounds.begin(), info.bounds.end())) << info.name;
    EXPECT_GE(info.bounds.size(), 8u);
    EXPECT_EQ(info.metric.ends_with("_seconds"), info.unit == Unit::kNanos) << info.metric;
  }
  EXPECT_FALSE(parse_stage("nothing"));
}

}  // namespace
}  // namespace sluice::telemetry
