// When commands are meant to be sent.
#include "cli/load/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace sluice::load {
namespace {

std::vector<double> gaps(Schedule schedule, int count) {
  std::vector<double> found;
  double last = 0;
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<double>(schedule.next(Nanos{}).value());
    found.push_back(at - last);
    last = at;
  }
  return found;
}

TEST(Schedule, AConstantRateDoesNotDrift) {
  Schedule schedule = Schedule::constant(3);  // a third of a second is no whole number of nanoseconds
  Nanos at;
  for (int i = 0; i <= 3'000'000; ++i) at = schedule.next(Nanos{});
  EXPECT_EQ(at, Nanos{1'000'000 * kNanosPerSecond});
}

TEST(Schedule, PoissonGapsHaveTheMeanAndTheVarianceOfTheExponential) {
  constexpr int kCount = 200'000;
  constexpr double kMean = 1e9 / 10'000;
  const auto found = gaps(Schedule::poisson(10'000, 7), kCount);
  double sum = 0, squares = 0;
  for (const double gap : found) {
    EXPECT_GE(gap, 0);
    sum += gap;
    squares += gap * gap;
  }
  const double mean = sum / kCount;
  const double variance = squares / kCount - mean * mean;
  EXPECT_NEAR(mean, kMean, 0.01 * kMean);
  EXPECT_NEAR(variance, kMean * kMean, 0.03 * kMean * kMean);
}

TEST(Schedule, ASeedIsOneScheduleAndAnotherSeedAnother) {
  EXPECT_EQ(gaps(Schedule::poisson(1'000, 1), 100), gaps(Schedule::poisson(1'000, 1), 100));
  EXPECT_NE(gaps(Schedule::poisson(1'000, 1), 100), gaps(Schedule::poisson(1'000, 2), 100));
}

TEST(Schedule, SpeedDividesTheOwnTimes) {
  Schedule schedule = Schedule::natural(4);
  EXPECT_EQ(schedule.next(Nanos{1'000}), Nanos{250});
  EXPECT_EQ(schedule.next(Nanos{10'000}), Nanos{2'500});
  EXPECT_EQ(Schedule::natural(0.5).next(Nanos{10}), Nanos{20});
}

TEST(Schedule, InAClosedLoopEverythingIsDueAtOnce) {
  Schedule schedule = Schedule::closed_loop();
  EXPECT_TRUE(schedule.closed());
  EXPECT_EQ(schedule.next(Nanos{1'000}), Nanos{0});
}

}  // namespace
}  // namespace sluice::load
