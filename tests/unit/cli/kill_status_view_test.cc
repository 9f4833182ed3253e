// StatusView: the service's word where it has one, the engines' where it has none, and what is missing is said.
#include <gtest/gtest.h>

#include "cli/kill/status_view.h"

namespace sluice::cli {
namespace {

v1::KillSwitchState state(std::uint32_t shard, const std::string& kill, bool engaged = true) {
  v1::KillSwitchState state;
  state.set_shard(shard);
  state.set_engaged(engaged);
  state.mutable_newest()->set_kill_id(kill);
  state.mutable_newest()->set_scope(v1::KILL_SCOPE_ACCOUNT);
  state.mutable_newest()->set_key("A");
  state.mutable_newest()->set_mode(v1::KILL_MODE_BLOCK_ONLY);
  state.mutable_newest()->set_engaged_by("zoe");
  state.set_effective_mode(v1::KILL_MODE_BLOCK_AND_CANCEL);
  state.set_since_unix_nanos(1'000'000'000);
  state.set_event_sequence(17);
  return state;
}

EngineAnswer engine(const std::string& address, std::uint32_t shard, const std::string& role) {
  EngineAnswer answer{address, shard, v1::EngineControlServiceStatusResponse(), {}};
  answer.status->set_shard(shard);
  answer.status->set_role(role);
  return answer;
}

v1::EngagedScope& engage(EngineAnswer& answer, const std::string& kill, bool in_effect, bool recorded) {
  v1::EngagedScope& scope = *answer.status->add_engaged();
  scope.set_kill_id(kill);
  scope.set_scope(v1::KILL_SCOPE_GLOBAL);
  scope.set_mode(v1::KILL_MODE_BLOCK_AND_CANCEL);
  scope.set_engaged_by("kim");
  scope.set_in_effect(in_effect);
  scope.set_recorded(recorded);
  return scope;
}

v1::StatusResponse complete() {
  v1::StatusResponse service;
  service.set_complete(true);
  return service;
}

TEST(KillStatus, TheServiceSaysWhatHolds) {
  StatusAnswers answers{complete(), {}, {engine("e0", 0, "owner")}};
  *answers.service->add_kill_switches() = state(0, "k1");
  engage(answers.engines[0], "k1", true, false);
  const auto rows = scope_rows(answers);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].mode, v1::KILL_MODE_BLOCK_AND_CANCEL) << "the strictest, not the newest";
  EXPECT_TRUE(rows[0].confirmed);
  EXPECT_TRUE(is_complete(answers));
  const std::string text = status_text(answers);
  EXPECT_NE(text.find("1970-01-01T00:00:01.000000000Z"), std::string::npos) << text;
  EXPECT_NE(text.find("ENGAGED"), std::string::npos) << text;
}

TEST(KillStatus, WithoutTheServiceTheEnginesAreEnoughAndThatIsSaid) {
  StatusAnswers answers{{}, "connection refused", {engine("s0", 0, "standby"), engine("e0", 0, "owner")}};
  engage(answers.engines[0], "k1", false, false);
  engage(answers.engines[1], "k1", true, true);
  const auto rows = scope_rows(answers);
  ASSERT_EQ(rows.size(), 1u) << "owner and standby tell of the same kill";
  EXPECT_EQ(rows[0].state, ScopeRow::State::kEngaged);
  EXPECT_TRUE(rows[0].confirmed);
  EXPECT_FALSE(is_complete(answers));
  EXPECT_NE(status_text(answers).find("command service: NOT REACHED: connection refused"), std::string::npos);
}

TEST(KillStatus, AKillThatOnlyAnEngineKeepsIsShownBesideTheServices) {
  StatusAnswers answers{complete(), {}, {engine("e0", 0, "recovering")}};
  *answers.service->add_kill_switches() = state(0, "k1", false);
  engage(answers.engines[0], "k2", false, false);
  const auto rows = scope_rows(answers);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].state, ScopeRow::State::kReleased);
  EXPECT_EQ(rows[1].state, ScopeRow::State::kKept);
  EXPECT_FALSE(rows[1].confirmed);
  EXPECT_NE(status_text(answers).find("KEPT"), std::string::npos);
}

TEST(KillStatus, WhatCannotBeReachedIsNamed) {
  StatusAnswers answers{complete(), {}, {engine("e0", 0, "owner"), {"e1", 1, {}, "connection refused"}}};
  answers.engines[0].status->add_holds("log_lost");
  EXPECT_FALSE(is_complete(answers));
  const std::string text = status_text(answers);
  EXPECT_NE(text.find("nothing that could be reached"), std::string::npos) << text;
  EXPECT_NE(text.find("NOT REACHED"), std::string::npos) << text;
  EXPECT_NE(text.find("log_lost"), std::string::npos) << text;
  const auto told = status_json(answers);
  EXPECT_TRUE(told["complete"]);
  EXPECT_EQ(told["engines"][1]["reached"], false);
  EXPECT_EQ(told["engines"][0]["holds"][0], "log_lost");
}

TEST(KillStatus, NothingEngagedIsSaidOnlyIfThatIsKnown) {
  StatusAnswers answers{complete(), {}, {engine("e0", 0, "owner")}};
  EXPECT_NE(status_text(answers).find("no kill switch was ever engaged"), std::string::npos);
  answers.service->set_complete(false);
  EXPECT_EQ(status_text(answers).find("no kill switch was ever engaged"), std::string::npos);
  EXPECT_NE(status_text(answers).find("NOT COMPLETE"), std::string::npos);
}

}  // namespace
}  // namespace sluice::cli
