// A release by two people, abused: the same person in other words, replays, another kill, a shard that is not there.
// Whatever goes wrong, the kill holds where it was not released, and the answer says where that is.
#include "command_rig.h"

namespace sluice::command {
namespace {

using test::eventually;

class ReleaseAbuse : public testing::Test {
 protected:
  ReleaseAbuse() {
    rig_.start_engines();
    rig_.serve();
    rig_.register_usual();
    v1::EngageResponse engaged;
    EXPECT_TRUE(rig_.engage(kill_, engaged).ok());
    EXPECT_TRUE(engaged.confirmed());
  }
  v1::RequestReleaseRequest request_of(const v1::EngageRequest& kill) const {
    v1::RequestReleaseRequest request;
    request.set_scope(kill.scope());
    request.set_key(kill.key());
    request.set_kill_id(kill.kill_id());
    request.set_release_id(to_string(runtime::new_uuid()));
    return request;
  }
  v1::RequestReleaseResponse request(const v1::RequestReleaseRequest& request, const std::string& by) {
    v1::RequestReleaseResponse response;
    const grpc::Status status =
        CommandRig::call(*rig_.kills, &v1::KillSwitchService::Stub::RequestRelease, request, response, by);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  grpc::Status approve(const std::string& release_id, const std::string& by) {
    v1::ApproveReleaseRequest request;
    request.set_release_id(release_id);
    approved_ = {};
    return CommandRig::call(*rig_.kills, &v1::KillSwitchService::Stub::ApproveRelease, request, approved_, by);
  }
  void expect_refused(const std::string& release_id, const std::string& by, v1::RejectReason reason) {
    ASSERT_TRUE(approve(release_id, by).ok());
    EXPECT_FALSE(approved_.released());
    ASSERT_EQ(approved_.shards_size(), 2);
    for (const v1::ShardRelease& shard : approved_.shards()) {
      EXPECT_FALSE(shard.done());
      EXPECT_EQ(shard.reason(), reason) << v1::RejectReason_Name(shard.reason());
    }
    EXPECT_EQ(engaged_shards(), 2);
  }
  int engaged_shards() {
    v1::StatusResponse response;
    EXPECT_TRUE(
        CommandRig::call(*rig_.kills, &v1::KillSwitchService::Stub::Status, v1::StatusRequest{}, response).ok());
    int engaged = 0;
    for (const auto& state : response.kill_switches()) engaged += state.engaged() && state.newest().key() == "A";
    return engaged;
  }

  CommandRig rig_{{.shards = 2, .kill_wait = Nanos{3 * kNanosPerSecond}}};
  const v1::EngageRequest kill_ = rig_.kill_of("A");
  v1::ApproveReleaseResponse approved_;
};

TEST_F(ReleaseAbuse, TheSamePersonCannotApproveHoweverOften) {
  const auto asked = request(request_of(kill_), "alice");
  ASSERT_EQ(asked.shards_size(), 2);
  EXPECT_TRUE(asked.shards(0).done());
  for (int i = 0; i < 3; ++i) expect_refused(asked.release_id(), "alice", v1::REJECT_REASON_SAME_PERSON);
  const auto second = request(request_of(kill_), "alice");
  expect_refused(second.release_id(), "alice", v1::REJECT_REASON_SAME_PERSON);
}

TEST_F(ReleaseAbuse, ARequestThatIsRepeatedStandsOnce) {
  const v1::RequestReleaseRequest same = request_of(kill_);
  EXPECT_TRUE(request(same, "alice").shards(1).done());
  EXPECT_TRUE(request(same, "alice").shards(1).done());
  ASSERT_TRUE(approve(same.release_id(), "bob").ok());
  EXPECT_TRUE(approved_.released());
}

TEST_F(ReleaseAbuse, AReleaseIdIsBoundToItsPersonKillAndScope) {
  const v1::RequestReleaseRequest first = request_of(kill_);
  request(first, "alice");
  EXPECT_EQ(request(first, "bob").shards(0).reason(), v1::REJECT_REASON_ALREADY_DEFINED) << "another person";
  v1::EngageResponse engaged;
  const v1::EngageRequest of_b = rig_.kill_of("B");
  ASSERT_TRUE(rig_.engage(of_b, engaged).ok());
  v1::RequestReleaseRequest other = request_of(of_b);
  other.set_release_id(first.release_id());
  EXPECT_EQ(request(other, "alice").shards(0).reason(), v1::REJECT_REASON_ALREADY_DEFINED) << "another scope";
  ASSERT_TRUE(approve(first.release_id(), "bob").ok());
  EXPECT_TRUE(approved_.released());
  v1::SubmitOrderRequest order = CommandRig::order("b");
  order.mutable_order()->set_account("B");
  ASSERT_TRUE(rig_.submit(order).ok());
  EXPECT_EQ(rig_.submitted.result().reason(), v1::REJECT_REASON_KILLED) << "B was not released with A";
}

TEST_F(ReleaseAbuse, ARequestForAScopeThatTheKillDoesNotHaveIsUnknown) {
  v1::RequestReleaseRequest global = request_of(kill_);
  global.set_scope(v1::KILL_SCOPE_GLOBAL);
  global.clear_key();
  const auto asked = request(global, "alice");
  EXPECT_EQ(asked.shards(0).reason(), v1::REJECT_REASON_UNKNOWN_KILL);
  expect_refused(asked.release_id(), "bob", v1::REJECT_REASON_UNKNOWN_RELEASE);
}

TEST_F(ReleaseAbuse, ANewerKillSupersedesWhatWasAskedBefore) {
  const auto asked = request(request_of(kill_), "alice");
  v1::EngageResponse engaged;
  ASSERT_TRUE(rig_.engage(rig_.kill_of("A"), engaged).ok());
  expect_refused(asked.release_id(), "bob", v1::REJECT_REASON_SUPERSEDED);
  EXPECT_EQ(request(request_of(kill_), "alice").shards(0).reason(), v1::REJECT_REASON_SUPERSEDED);
}

TEST_F(ReleaseAbuse, AReleaseCannotBeUsedAgainForALaterKill) {
  const auto asked = request(request_of(kill_), "alice");
  ASSERT_TRUE(approve(asked.release_id(), "bob").ok());
  EXPECT_TRUE(approved_.released());
  v1::EngageResponse engaged;
  ASSERT_TRUE(rig_.engage(rig_.kill_of("A"), engaged).ok());
  ASSERT_TRUE(approve(asked.release_id(), "bob").ok());
  EXPECT_EQ(approved_.results(0).reason(), v1::REJECT_REASON_UNKNOWN_RELEASE);
  EXPECT_FALSE(approved_.released()) << "it released an earlier kill; this one holds";
  EXPECT_EQ(engaged_shards(), 2);
}

TEST_F(ReleaseAbuse, AShardThatIsNotReachedIsNotReleasedAndNamed) {
  const auto asked = request(request_of(kill_), "alice");
  rig_.stop_engine(1);
  ASSERT_TRUE(approve(asked.release_id(), "bob").ok()) << "what shard 0 did must reach the caller";
  EXPECT_FALSE(approved_.released());
  ASSERT_EQ(approved_.shards_size(), 2);
  EXPECT_TRUE(approved_.shards(0).done());
  EXPECT_FALSE(approved_.shards(1).done());
  EXPECT_FALSE(approved_.shards(1).detail().empty());
  EXPECT_EQ(engaged_shards(), 1);
  rig_.start_engine(1);
  ASSERT_TRUE(eventually([&] { return engaged_shards() == 0; })) << "the approval stands in the log of shard 1";
  ASSERT_TRUE(approve(asked.release_id(), "bob").ok());
  EXPECT_TRUE(approved_.released()) << "approved again, it says what is so";
  EXPECT_TRUE(approved_.shards(0).done());
}

TEST_F(ReleaseAbuse, WhereNoShardAnswersTheCallFails) {
  const auto asked = request(request_of(kill_), "alice");
  rig_.stop_engines();
  EXPECT_FALSE(approve(asked.release_id(), "bob").ok());
  EXPECT_EQ(engaged_shards(), 2);
}

TEST_F(ReleaseAbuse, ARequestThatReachedOneShardOnlyIsNamedAndCanBeCompleted) {
  rig_.stop_engine(1);
  const v1::RequestReleaseRequest same = request_of(kill_);
  const auto asked = request(same, "alice");
  EXPECT_TRUE(asked.shards(0).done());
  EXPECT_FALSE(asked.shards(1).done());
  rig_.start_engine(1);
  ASSERT_TRUE(eventually([&] { return request(same, "alice").shards(1).done(); }));
  ASSERT_TRUE(approve(same.release_id(), "bob").ok());
  EXPECT_TRUE(approved_.released());
}

}  // namespace
}  // namespace sluice::command
