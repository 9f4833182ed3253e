#include "telemetry/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace sluice::telemetry {
namespace {

TEST(Histogram, EveryBucketHoldsItsMiddleAndBucketsAreInOrder) {
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < Histogram::kBuckets; ++i) {
    const std::uint64_t middle = Histogram::value_of(i);
    ASSERT_EQ(Histogram::bucket(middle), i);
    ASSERT_TRUE(i == 0 || middle > last) << i;
    last = middle;
  }
  EXPECT_EQ(Histogram::bucket(UINT64_MAX), Histogram::kBuckets - 1);
}

TEST(Histogram, QuantilesAreWithinOneTwoHundredFiftySixthOfTheExactOnes) {
  std::mt19937_64 random(7);
  const auto check = [](std::vector<std::uint64_t> values, const char* what) {
    Histogram histogram;
    for (const std::uint64_t v : values) histogram.record(v);
    std::sort(values.begin(), values.end());
    for (const double q : {0.001, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
      const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
      const auto exact = static_cast<double>(values[rank - 1]);
      EXPECT_NEAR(static_cast<double>(histogram.quantile(q)), exact, exact / 256 + 0.5) << what << ' ' << q;
    }
    EXPECT_EQ(histogram.min(), values.front());
    EXPECT_EQ(histogram.max(), values.back());
  };
  std::vector<std::uint64_t> values(200'000);
  std::lognormal_distribution<double> lognormal(10, 2);
  for (auto& v : values) v = static_cast<std::uint64_t>(lognormal(random));
  check(values, "log-normal");
  for (auto& v : values) v = random() % 100;
  check(values, "small and exact");
  for (auto& v : values) v = random();
  check(values, "all 64 bits");
}

TEST(Histogram, MergingIsRecordingTogether) {
  Histogram a, b, both;
  for (std::uint64_t v = 1; v < 100'000; v += 7) {
    (v % 2 == 0 ? a : b).record(v * v);
    both.record(v * v);
  }
  a.merge(b);
  EXPECT_EQ(a.count(), both.count());
  EXPECT_DOUBLE_EQ(a.mean(), both.mean());
  for (double q = 0; q <= 1; q += 0.01) EXPECT_EQ(a.quantile(q), both.quantile(q));
  a.clear();
  EXPECT_EQ(a.count(), 0u);
  EXPECT_EQ(a.quantile(0.5), 0u);
}

TEST(Histogram, SaysWhetherAPercentileHasSamplesBehindIt) {
  Histogram histogram;
  histogram.record(5, 9'999);
  EXPECT_TRUE(histogram.resolves(0.99));
  EXPECT_FALSE(histogram.resolves(0.9999));
  EXPECT_EQ(histogram.count_up_to(4), 0u);
  EXPECT_EQ(histogram.count_up_to(5), 9'999u);
}

}  // namespace
}  // namespace sluice::telemetry
