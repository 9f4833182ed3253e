#include "bench/report.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sluice::bench {
namespace {

using telemetry::Histogram;

Histogram of(std::uint64_t first_ns, std::uint64_t last_ns) {
  Histogram histogram;
  for (std::uint64_t value = first_ns; value <= last_ns; ++value) histogram.record(value * 1000);
  return histogram;
}

std::vector<Histogram> rounds_of(std::initializer_list<std::pair<std::uint64_t, std::uint64_t>> spans) {
  std::vector<Histogram> rounds;
  for (const auto& [first, last] : spans) rounds.push_back(of(first, last));
  return rounds;
}

TEST(Interval, OfEqualRoundsIsTheValue) {
  const Interval interval = interval_of(7, {7, 7, 7}, {});
  EXPECT_NEAR(interval.low, 7, 1e-9);
  EXPECT_NEAR(interval.high, 7, 1e-9);
}

TEST(Interval, IsStudentsOfTheLogarithms) {
  // Logarithms -1, 0, 1: deviation 1, and t of two degrees of freedom is 4.303.
  const double factor = std::exp(4.303 / std::sqrt(3.0));
  const Interval interval = interval_of(10, {std::exp(-1), 1, std::exp(1)}, {});
  EXPECT_NEAR(interval.high, 10 * factor, 1e-9 * factor);
  EXPECT_NEAR(interval.low, 10 / factor, 1e-9);
}

TEST(Interval, AReferenceThatWaversWidensIt) { EXPECT_GT(interval_of(10, {10, 10, 10}, {5, 10, 20}).high, 20); }

TEST(Interval, ARatioThatHoldsDoesNotNarrowTheValues) {
  const Interval alone = interval_of(10, {5, 10, 20}, {});
  const Interval beside = interval_of(10, {5, 10, 20}, {1, 2, 4});
  EXPECT_DOUBLE_EQ(beside.low, alone.low);
  EXPECT_DOUBLE_EQ(beside.high, alone.high);
}

TEST(MedianRate, OfAnEvenNumberOfRoundsLiesBetweenTheMiddleTwo) {
  const Measure measure = median_rate({4, 1, 3, 2}, "m", "1/s", "w", 10, "floor", {8, 2, 6, 4});
  EXPECT_DOUBLE_EQ(measure.value, 2.5);
  EXPECT_DOUBLE_EQ(measure.reference_value, 5);
  EXPECT_FALSE(measure.lower_is_better);
}

TEST(Percentile, IsOfAllRoundsTogetherAndItsReferenceTheSumOfTheParts) {
  const auto rounds = rounds_of({{1, 100}, {1, 100}});
  const auto first = rounds_of({{1, 100}, {1, 100}});
  const auto second = rounds_of({{101, 200}, {101, 200}});
  const Measure measure = percentile(rounds, 0.5, "m", "w", "both", {&first, &second});
  EXPECT_EQ(measure.samples, 200);
  EXPECT_NEAR(measure.value, 50, 1);
  EXPECT_NEAR(measure.reference_value, 200, 2);
  EXPECT_TRUE(measure.lower_is_better);
}

TEST(Percentile, HasAtLeastTheIntervalByRanks) {
  const Measure measure = percentile(rounds_of({{1, 1000}, {1, 1000}}), 0.5, "m", "w");
  // 1.96 · √(0.25 / 2000) = 2.2 % of the ranks to each side.
  EXPECT_NEAR(measure.confidence.low, 478, 3);
  EXPECT_NEAR(measure.confidence.high, 522, 3);
}

TEST(Percentile, RoundsThatDisagreeSayMoreThanTheirRanks) {
  const Measure measure = percentile(rounds_of({{1, 1000}, {1001, 2000}}), 0.5, "m", "w");
  EXPECT_GT(measure.confidence.high, 2000);
}

}  // namespace
}  // namespace sluice::bench
