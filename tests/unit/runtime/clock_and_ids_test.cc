#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "runtime/clock.h"
#include "runtime/ids.h"

namespace sluice::runtime {
namespace {

TEST(Clock, SteadyTimeNeverStepsBack) {
  Nanos last = steady_now();
  for (int i = 0; i < 1000; ++i) {
    const Nanos now = steady_now();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(Ids, CommandIdsAreVersion7OfTheWallClock) {
  const Nanos before = wall_now();
  const Uuid id = new_command_id();
  const Nanos after = wall_now();
  EXPECT_TRUE(is_version7(id));
  EXPECT_GE(time_of(id).value(), before.value() - kNanosPerMilli);
  EXPECT_LE(time_of(id), after);
}

TEST(Ids, UuidsAreVersion4) {
  const Uuid id = new_uuid();
  EXPECT_EQ((id.hi >> 12) & 0xf, 4u);
  EXPECT_EQ(id.lo >> 62, 2u);
}

TEST(Ids, IdsOfManyThreadsDiffer) {
  std::vector<std::vector<Uuid>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < 1000; ++i) mine.push_back(new_command_id());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<Uuid> all;
  for (const auto& mine : made) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 4000u);
}

}  // namespace
}  // namespace sluice::runtime
