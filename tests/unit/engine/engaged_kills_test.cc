// EngagedKills: copied when a kill or a release has changed it, and not otherwise.
#include "engine/engaged_kills.h"

#include <gtest/gtest.h>

namespace sluice::engine {
namespace {

class EngagedKillsTest : public testing::Test {
 protected:
  void engage(std::uint64_t id, const char* account) {
    KillSwitchEngaged engaged;
    engaged.kill = {.kill_id = {id, id}, .scope = KillScope::kAccount, .key = *Name::from(account), .reason = {}};
    kills_.engage(engaged, Nanos{static_cast<std::int64_t>(id)});
  }
  void release(std::uint64_t id, const char* account) {
    RequestRelease request{{9, id}, KillScope::kAccount, *Name::from(account), {id, id}, {}, {}};
    kills_.add_request({request, *Principal::from("ann")}, Nanos{1});
    kills_.release({{9, id}, KillScope::kAccount, *Name::from(account), {id, id}, {}, {}});
  }

  core::KillSwitch kills_;
  EngagedKills engaged_;
};

TEST_F(EngagedKillsTest, IsEmptyBeforeAnythingIsPublished) { EXPECT_TRUE(engaged_.load()->empty()); }

TEST_F(EngagedKillsTest, NamesTheAnswerThatEngagedEachScope) {
  engage(1, "A");
  engaged_.begin(kills_);
  engage(2, "B");
  engaged_.publish(kills_, 7);
  engage(3, "C");
  engaged_.publish(kills_, 8);
  const auto list = engaged_.load();
  ASSERT_EQ(list->size(), 3u);
  EXPECT_EQ((*list)[0].answer, 0u) << "read from the log";
  EXPECT_EQ((*list)[1].answer, 7u);
  EXPECT_EQ((*list)[2].answer, 8u);
  engage(4, "B");
  engaged_.publish(kills_, 9);
  EXPECT_EQ((*engaged_.load())[1].answer, 9u) << "the newest kill of the scope counts";
  EXPECT_EQ((*list)[1].answer, 7u) << "who has a list keeps it";
}

TEST_F(EngagedKillsTest, AReleaseTakesItsScopeOff) {
  engage(1, "A");
  engage(2, "B");
  engaged_.publish(kills_, 1);
  release(1, "A");
  engaged_.publish(kills_, 2);
  ASSERT_EQ(engaged_.load()->size(), 1u);
  EXPECT_EQ(engaged_.load()->front().kill.key.view(), "B");
  engage(3, "A");
  engaged_.publish(kills_, 3);
  EXPECT_EQ(engaged_.load()->size(), 2u);
}

TEST_F(EngagedKillsTest, CopiesNothingWhenNothingChanged) {
  engage(1, "A");
  engaged_.publish(kills_, 1);
  const auto before = engaged_.load();
  engaged_.publish(kills_, 2);
  EXPECT_EQ(engaged_.load(), before);
}

}  // namespace
}  // namespace sluice::engine
