// EngageProgress: the best that any path said of a shard counts; a port that has not answered may hide a shard.
#include <gtest/gtest.h>

#include "cli/kill/progress.h"

namespace sluice::cli {
namespace {

constexpr std::size_t kEngine0 = 0, kEngine1 = 1, kService = 2;

v1::LatchResponse latch(std::uint32_t shard, bool owner, std::uint64_t executed = 0) {
  v1::LatchResponse response;
  response.set_shard(shard);
  response.set_owner(owner);
  response.set_last_executed_sequence(executed);
  return response;
}

v1::EngageResponse said(v1::KillProgress of_0, v1::KillProgress of_1) {
  v1::EngageResponse response;
  for (const auto progress : {of_0, of_1}) {
    v1::ShardKill& shard = *response.add_shards();
    shard.set_shard(static_cast<std::uint32_t>(response.shards_size() - 1));
    shard.set_progress(progress);
    if (progress == v1::KILL_PROGRESS_CONFIRMED) shard.set_event_sequence(9);
  }
  response.set_confirmed(of_0 == v1::KILL_PROGRESS_CONFIRMED && of_1 == v1::KILL_PROGRESS_CONFIRMED);
  return response;
}

class Progress : public testing::Test {
 protected:
  v1::ShardKill shard(int i) { return progress_.report().shards(i); }

  EngageProgress progress_{"k", {ShardId{0}, ShardId{1}}, {{"e0", ShardId{0}}, {"e1", ShardId{1}}}, true};
};

TEST_F(Progress, NothingHeardIsNotReached) {
  ASSERT_EQ(progress_.report().shards_size(), 2);
  EXPECT_EQ(shard(0).progress(), v1::KILL_PROGRESS_NOT_REACHED);
  EXPECT_FALSE(progress_.latched());
  EXPECT_FALSE(progress_.all_heard());
}

TEST_F(Progress, TheBestOfBothPathsCountsInEitherOrder) {
  progress_.take(kEngine0, latch(0, true, 17));
  progress_.take(kService, said(v1::KILL_PROGRESS_NOT_CONFIRMED, v1::KILL_PROGRESS_NOT_REACHED));
  EXPECT_EQ(shard(0).progress(), v1::KILL_PROGRESS_LATCHED);
  EXPECT_EQ(shard(0).last_executed_sequence(), 17u);
  EXPECT_FALSE(progress_.latched()) << "shard 1 has nothing";
  progress_.take(kService, said(v1::KILL_PROGRESS_CONFIRMED, v1::KILL_PROGRESS_LATCHED));
  EXPECT_TRUE(progress_.latched());
  EXPECT_EQ(shard(0).event_sequence(), 9u);
  EXPECT_EQ(shard(0).last_executed_sequence(), 17u) << "what the engine said is kept";
  progress_.take(kEngine0, latch(0, true, 18));
  EXPECT_EQ(shard(0).progress(), v1::KILL_PROGRESS_CONFIRMED);
  EXPECT_FALSE(progress_.confirmed());
}

TEST_F(Progress, OnlyServiceOrLogConfirm) {
  progress_.take(kEngine0, latch(0, true));
  progress_.take(kEngine1, latch(1, true));
  EXPECT_TRUE(progress_.latched());
  EXPECT_FALSE(progress_.confirmed());
  progress_.take(ShardId{0}, {4, "ab", 2});
  progress_.take(ShardId{1}, {5, "cd", 0});
  EXPECT_TRUE(progress_.confirmed());
  EXPECT_EQ(shard(0).orders_cancelled(), 2u);
  EXPECT_EQ(shard(1).chain(), "cd");
}

TEST_F(Progress, AStandbyAloneIsNotConfirmedAndThatIsExplained) {
  progress_.take(kEngine1, latch(1, false));
  EXPECT_EQ(shard(1).progress(), v1::KILL_PROGRESS_NOT_CONFIRMED);
  EXPECT_NE(shard(1).detail().find("on disk"), std::string::npos) << shard(1).detail();
}

TEST_F(Progress, ErrorsNameTheirPathAndShard) {
  progress_.fail(kEngine0, "connection refused");
  progress_.fail(kService, "gone");
  EXPECT_EQ(shard(0).detail(), "e0: connection refused; service: gone");
  EXPECT_EQ(shard(1).detail(), "service: gone");
  EXPECT_FALSE(progress_.refused());
  progress_.fail(kService, "no such name", true);
  EXPECT_TRUE(progress_.refused());
}

TEST(ProgressOfNamedEngines, AnEngineThatHasNotAnsweredMayHideAShard) {
  EngageProgress progress{"k", {}, {{"e0", {}}, {"e1", {}}}, false};
  progress.take(0, latch(0, true));
  EXPECT_FALSE(progress.latched());
  progress.fail(1, "connection refused");
  EXPECT_TRUE(progress.all_heard());
  EXPECT_FALSE(progress.latched()) << "whose shard it is nobody knows";
  progress.take(1, latch(3, true));
  EXPECT_TRUE(progress.latched());
  EXPECT_EQ(progress.report().shards(1).shard(), 3u);
}

}  // namespace
}  // namespace sluice::cli
