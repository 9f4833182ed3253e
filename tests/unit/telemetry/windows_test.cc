#include "telemetry/windows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <random>

#include "runtime/clock.h"
#include "telemetry/aggregator.h"

namespace sluice::telemetry {
namespace {

void roll(Windows& windows, std::size_t slots) {
  for (std::size_t i = 0; i < slots; ++i) windows.roll();
}

TEST(Windows, AValueIsInEachWindowForAsLongAsItsName) {
  for (const Window window : kWindows) {
    Windows windows;
    windows.record(1'000, 1, 7);
    EXPECT_EQ(windows.summary(window).samples, 0u) << "the slot is open";
    windows.roll();
    EXPECT_EQ(windows.summary(window).samples, 1u);
    EXPECT_EQ(windows.summary(window).slowest, 7u);
    roll(windows, slots_of(window) - 1);
    EXPECT_EQ(windows.summary(window).samples, 1u) << name_of(window);
    windows.roll();
    EXPECT_EQ(windows.summary(window).samples, 0u) << name_of(window);
    EXPECT_EQ(windows.summary(window).max, 0u);
    EXPECT_EQ(windows.total_summary().samples, 1u);
  }
}

// A model that keeps every value, slot by slot.
TEST(Windows, SayWhatTheValuesSayForKnownDistributions) {
  std::mt19937_64 random(3);
  std::lognormal_distribution<double> lognormal(9, 1.5);
  std::exponential_distribution<double> exponential(1e-5);
  Windows windows;
  std::deque<std::vector<std::uint64_t>> slots;
  for (int slot = 0; slot < 700; ++slot) {
    auto& values = slots.emplace_back();
    const int count = slot % 7 == 0 ? 0 : static_cast<int>(random() % 400);
    for (int i = 0; i < count; ++i) {
      const auto value = static_cast<std::uint64_t>(slot % 2 == 0 ? lognormal(random) : exponential(random));
      values.push_back(value);
      windows.record(value, 1, 0);
    }
    windows.roll();
    if (slots.size() > slots_of(Window::k60s)) slots.pop_front();
    if (slot % 50 != 49) continue;
    for (const Window window : kWindows) {
      std::vector<std::uint64_t> all;
      for (std::size_t i = 0; i < slots_of(window) && i < slots.size(); ++i) {
        const auto& one = slots[slots.size() - 1 - i];
        all.insert(all.end(), one.begin(), one.end());
      }
      std::sort(all.begin(), all.end());
      const Summary summary = windows.summary(window);
      ASSERT_EQ(summary.count, all.size());
      ASSERT_EQ(summary.min, all.empty() ? 0 : all.front());
      ASSERT_EQ(summary.max, all.empty() ? 0 : all.back());
      for (std::size_t q = 0; q < kQuantiles.size(); ++q) {
        ASSERT_EQ(summary.quantiles[q].has_value(), enough_for(all.size(), kQuantiles[q]));
        if (!summary.quantiles[q]) continue;
        const auto rank = static_cast<std::size_t>(std::ceil(kQuantiles[q] * static_cast<double>(all.size())));
        const auto exact = static_cast<double>(all[rank - 1]);
        ASSERT_NEAR(static_cast<double>(*summary.quantiles[q]), exact, exact * 0.01 + 1) << kQuantileNames[q];
      }
      const std::uint64_t limit = 20'000;
      const auto above = static_cast<std::uint64_t>(all.end() - std::upper_bound(all.begin(), all.end(), limit));
      ASSERT_NEAR(static_cast<double>(windows.above(window, limit)), static_cast<double>(above),
                  0.01 * static_cast<double>(all.size()) + 2);
    }
  }
}

TEST(Windows, APercentileWithTooFewSamplesIsNotThere) {
  Windows windows;
  for (int i = 1; i <= 999; ++i) windows.record(static_cast<std::uint64_t>(i), 1, 0);
  windows.roll();
  const Summary summary = windows.summary(Window::k1s);
  EXPECT_TRUE(summary.quantiles[0]);   // p50
  EXPECT_TRUE(summary.quantiles[1]);   // p95
  EXPECT_FALSE(summary.quantiles[2]);  // p99 wants a thousand
  EXPECT_EQ(summary.max, 999u);
}

TEST(Windows, WeightsCountButAreNoSamples) {
  Windows windows;
  windows.record(10, 1'000'000, 0);
  windows.roll();
  const Summary summary = windows.summary(Window::k1s);
  EXPECT_EQ(summary.samples, 1u);
  EXPECT_EQ(summary.count, 1'000'000u);
  EXPECT_FALSE(summary.quantiles[0]) << "one record, however heavy, is one";
  EXPECT_DOUBLE_EQ(summary.mean, 10);
}

TEST(Windows, AbsurdValuesAreCut) {
  Windows windows;
  windows.record(UINT64_MAX, 2, 0);
  windows.roll();
  EXPECT_EQ(windows.summary(Window::k1s).max, Windows::kValueMax);
}

TEST(Aggregator, FoldsSpansOfThreadsAndExportsTheStagesBuckets) {
  Spans spans({.threads = 2, .entries = 4'096});
  Aggregator aggregator(spans);
  for (std::uint64_t i = 1; i <= 100; ++i) spans.record(Stage::kDecide, i * 100, i);  // 100 ns … 10 us
  EXPECT_FALSE(aggregator.recorded(Stage::kDecide));
  EXPECT_EQ(aggregator.drain(), 100u);
  aggregator.roll();
  EXPECT_TRUE(aggregator.recorded(Stage::kDecide));
  EXPECT_FALSE(aggregator.recorded(Stage::kPublish));
  EXPECT_EQ(aggregator.summary(Stage::kPublish, Window::k1s).samples, 0u);
  const BucketTotals totals = aggregator.totals(Stage::kDecide);
  const auto bounds = info_of(Stage::kDecide).bounds;
  ASSERT_EQ(totals.cumulative.size(), bounds.size());
  for (std::size_t i = 0; i < bounds.size(); ++i)
    EXPECT_NEAR(static_cast<double>(totals.cumulative[i]),
                static_cast<double>(std::min<std::uint64_t>(bounds[i] / 100, 100)), 1.0)
        << bounds[i];
  EXPECT_EQ(totals.count, 100u);
  EXPECT_DOUBLE_EQ(totals.sum, 505'000);
  EXPECT_EQ(aggregator.records(), 100u);
}

TEST(Aggregator, ATimedSpanIsInNanoseconds) {
  Spans spans({.threads = 2, .entries = 4'096});
  Aggregator aggregator(spans);
  const Span span = spans.begin(Stage::kQuery);
  const Nanos from = runtime::steady_now();
  while (runtime::steady_now() - from < Nanos{2 * kNanosPerMilli}) {}
  spans.end(span);
  const Nanos passed = runtime::steady_now() - from;
  aggregator.drain();
  aggregator.roll();
  const Summary summary = aggregator.summary(Stage::kQuery, Window::k1s);
  EXPECT_GE(summary.max, 1'980'000u);
  EXPECT_LE(static_cast<double>(summary.max), static_cast<double>(passed.value()) * 1.02 + 100'000);
}

TEST(Aggregator, ACutMinusAnEarlierOneIsWhatCameBetween) {
  Spans spans({.threads = 2, .entries = 4'096});
  Aggregator aggregator(spans);
  const auto bring = [&](std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) spans.record(Stage::kDecide, value);
    aggregator.drain();
    aggregator.roll();
  };
  bring(100, 3);
  const Cut before = aggregator.cut(Stage::kDecide);
  bring(100, 2);
  bring(5'000, 4);
  const Cut cut = between(before, aggregator.cut(Stage::kDecide));
  EXPECT_EQ(cut.samples, 6u);
  EXPECT_EQ(cut.count, 6u);
  EXPECT_DOUBLE_EQ(cut.sum, 2 * 100 + 4 * 5'000);
  ASSERT_EQ(cut.buckets.size(), 2u);
  EXPECT_EQ(cut.buckets[0].count, 2u);
  EXPECT_EQ(cut.buckets[1].count, 4u);
}

}  // namespace
}  // namespace sluice::telemetry
