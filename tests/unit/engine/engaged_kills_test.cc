// EngagedKills: what is engaged, put together from what kills and releases have changed.
#include "engine/engaged_kills.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace sluice::engine {
namespace {

class EngagedKillsTest : public testing::Test {
 protected:
  void engage(std::uint64_t id, const std::string& account, std::uint64_t number) {
    KillSwitchEngaged engaged;
    engaged.kill = {.kill_id = {id, id}, .scope = KillScope::kAccount, .key = *Name::from(account), .reason = {}};
    kills_.engage(engaged, Nanos{static_cast<std::int64_t>(id)});
    publish(engaged, number);
  }
  void release(std::uint64_t id, const std::string& account, std::uint64_t number) {
    const KillSwitchReleased released{{9, id}, KillScope::kAccount, *Name::from(account), {id, id}, {}, {}};
    RequestRelease request{{9, id}, KillScope::kAccount, *Name::from(account), {id, id}, {}, {}};
    kills_.add_request({request, *Principal::from("ann")}, Nanos{1});
    kills_.release(released);
    publish(released, number);
  }
  void publish(ControlEventBody body, std::uint64_t number) {
    Answer answer;
    answer.control_events.push_back({0, kNoCommand, std::move(body)});
    engaged_.publish(kills_, answer, number);
  }

  core::KillSwitch kills_;
  EngagedKills engaged_;
};

TEST_F(EngagedKillsTest, IsEmptyBeforeAnythingIsPublished) {
  EXPECT_TRUE(engaged_.load().empty());
  EXPECT_EQ(engaged_.count(KillScope::kAccount), 0u);
}

TEST_F(EngagedKillsTest, NamesTheAnswerThatEngagedEachScope) {
  engage(1, "B", 5);
  engaged_.begin(kills_);
  engage(2, "A", 7);
  engage(3, "C", 8);
  auto list = engaged_.load();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].kill.key.view(), "A");
  EXPECT_EQ(list[0].answer, 7u);
  EXPECT_EQ(list[1].answer, 0u) << "read from the log";
  EXPECT_EQ(list[2].answer, 8u);
  engage(4, "A", 9);
  list = engaged_.load();
  EXPECT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].answer, 9u) << "the newest kill of the scope counts";
  EXPECT_EQ(list[0].kill.newest.kill.kill_id, (Uuid{4, 4}));
}

TEST_F(EngagedKillsTest, AReleaseTakesItsScopeOff) {
  engage(1, "A", 1);
  engage(2, "B", 2);
  release(1, "A", 3);
  ASSERT_EQ(engaged_.load().size(), 1u);
  EXPECT_EQ(engaged_.load().front().kill.key.view(), "B");
  engage(3, "A", 4);
  EXPECT_EQ(engaged_.count(KillScope::kAccount), 2u);
  EXPECT_EQ(engaged_.count(KillScope::kGlobal), 0u);
}

TEST_F(EngagedKillsTest, LosesNothingWhenNobodyAsks) {
  const std::uint64_t count = 3 * EngagedKills::kChanges;
  for (std::uint64_t id = 1; id <= count; ++id) engage(id, "A" + std::to_string(id % 1'500), id);
  EXPECT_EQ(engaged_.count(KillScope::kAccount), 1'500u);
  for (const EngagedKills::Scope& scope : engaged_.load())
    EXPECT_EQ(scope.answer, kills_.find(KillScope::kAccount, scope.kill.key)->newest.kill.kill_id.hi);
}

TEST_F(EngagedKillsTest, IsReadWhileItIsWritten) {
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done.load()) {
      for (const EngagedKills::Scope& scope : engaged_.load()) ASSERT_TRUE(scope.kill.engaged);
    }
  });
  for (std::uint64_t id = 1; id <= 5'000; ++id) {
    engage(id, "A" + std::to_string(id % 7), id);
    if (id % 3 == 0) release(id, "A" + std::to_string(id % 7), id);
  }
  done.store(true);
  reader.join();
  std::size_t engaged = 0;
  for (const KillImage& scope : kills_.scopes()) engaged += scope.engaged ? 1 : 0;
  EXPECT_EQ(engaged_.load().size(), engaged);
}

}  // namespace
}  // namespace sluice::engine
