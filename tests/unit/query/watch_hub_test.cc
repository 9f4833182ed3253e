#include "query/watch_hub.h"

#include <gtest/gtest.h>

namespace sluice::query {
namespace {

class Listener final : public WatchListener {
 public:
  void on_news() override {}
};

FoldedAnswer answer(std::uint64_t after, std::uint64_t sequence) {
  return {EvtSequence{after}, EvtSequence{sequence}, Answer{}};
}
constexpr ShardId kShard{0};

TEST(WatchHub, GivesWhatFollowsAPositionAndNothingAtTheHead) {
  WatchHub hub(1);
  hub.deliver(kShard, {answer(4, 5), answer(5, 8)}, EvtSequence{8});
  SharedAnswer next;
  ASSERT_EQ(hub.next(kShard, EvtSequence{4}, next), WatchHub::Next::kAnswer);
  EXPECT_EQ(next->sequence, EvtSequence{5});
  ASSERT_EQ(hub.next(kShard, EvtSequence{6}, next), WatchHub::Next::kAnswer);
  EXPECT_EQ(next->sequence, EvtSequence{8}) << "6 and 7 are parts or void";
  EXPECT_EQ(hub.next(kShard, EvtSequence{8}, next), WatchHub::Next::kNothing);
  EXPECT_EQ(hub.next(kShard, EvtSequence{99}, next), WatchHub::Next::kNothing);
}

TEST(WatchHub, PositionBeforeTheRingIsBehind) {
  WatchHub hub(1, {.answers_max = 2, .events_max = 100});
  hub.deliver(kShard, {answer(1, 2), answer(2, 3), answer(3, 4)}, EvtSequence{4});
  SharedAnswer next;
  EXPECT_EQ(hub.next(kShard, EvtSequence{1}, next), WatchHub::Next::kBehind);
  EXPECT_EQ(hub.next(kShard, EvtSequence{2}, next), WatchHub::Next::kAnswer);
}

TEST(WatchHub, GapEmptiesTheRing) {
  WatchHub hub(1);
  hub.deliver(kShard, {answer(1, 2)}, EvtSequence{2});
  hub.deliver(kShard, {}, EvtSequence{5});
  SharedAnswer next;
  EXPECT_EQ(hub.next(kShard, EvtSequence{1}, next), WatchHub::Next::kBehind);
  hub.deliver(kShard, {answer(5, 6)}, EvtSequence{6});
  EXPECT_EQ(hub.next(kShard, EvtSequence{2}, next), WatchHub::Next::kBehind);
  EXPECT_EQ(hub.next(kShard, EvtSequence{5}, next), WatchHub::Next::kAnswer);
}

TEST(WatchHub, WantsAnswersWhileSomebodyListens) {
  WatchHub hub(1);
  EXPECT_FALSE(hub.wants_answers());
  const auto listener = std::make_shared<Listener>();
  hub.add(listener);
  EXPECT_TRUE(hub.wants_answers());
  hub.remove(listener.get());
  EXPECT_FALSE(hub.wants_answers());
}

}  // namespace
}  // namespace sluice::query
