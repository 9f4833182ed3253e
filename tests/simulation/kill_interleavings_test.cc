// The kill switch in random interleavings of kills by both paths, releases, frames, crashes, takeovers and recoveries.
// scripts/soak --interleavings runs as many as one likes.
#include <gtest/gtest.h>

#include "runtime/clock.h"
#include "support/process.h"
#include "tests/simulation/kill_world.h"

namespace sluice::test {
namespace {

constexpr int kHistories = 1500;
constexpr int kSteps = 60;

TEST(KillInterleavings, WhatWasPromisedHolds) {
  const TempDir folder;
  const runtime::SystemClock clock;
  const auto black_box = audit::BlackBox::open({.folder = folder.path() / "audit"}, clock).value();
  for (int seed = 1; seed <= kHistories; ++seed) {
    KillWorld world(static_cast<std::uint64_t>(seed), folder.path(), *black_box);
    const auto wrong = world.run(kSteps);
    ASSERT_FALSE(wrong.has_value()) << "seed " << seed << ": " << *wrong << '\n' << world.story();
  }
  // It was no quiet world.
  const KillWorld::Counts& seen = KillWorld::counts();
  EXPECT_GT(seen.trades, 500u);
  EXPECT_GT(seen.latches, 1000u);
  EXPECT_GT(seen.crashes, 1000u);
  EXPECT_GT(seen.takeovers, 1000u);
  EXPECT_GT(seen.depositions, 100u);
  EXPECT_GT(seen.releases, 100u);
}

}  // namespace
}  // namespace sluice::test
