// KillSwitchService over gRPC: a kill goes out at once by both paths and says how far it is; a release takes two
// people.
#include "command_rig.h"

namespace sluice::command {
namespace {

using test::eventually;

class KillSwitchTest : public testing::Test {
 protected:
  /// With engines and names, unless `engines` is false.
  CommandRig& rig(CommandRigOptions options = {}, bool engines = true) {
    rig_ = std::make_unique<CommandRig>(std::move(options));
    if (engines) rig_->start_engines();
    rig_->serve();
    if (engines) rig_->register_usual();
    return *rig_;
  }
  grpc::Status request_release(const v1::EngageRequest& kill, const std::string& principal) {
    v1::RequestReleaseRequest request;
    request.set_scope(kill.scope());
    request.set_key(kill.key());
    request.set_kill_id(kill.kill_id());
    requested_ = {};
    return CommandRig::call(*rig_->kills, &v1::KillSwitchService::Stub::RequestRelease, request, requested_, principal);
  }
  grpc::Status approve(const std::string& principal) {
    v1::ApproveReleaseRequest request;
    request.set_release_id(requested_.release_id());
    approved_ = {};
    return CommandRig::call(*rig_->kills, &v1::KillSwitchService::Stub::ApproveRelease, request, approved_, principal);
  }
  v1::StatusResponse status() {
    v1::StatusResponse response;
    EXPECT_TRUE(
        CommandRig::call(*rig_->kills, &v1::KillSwitchService::Stub::Status, v1::StatusRequest{}, response).ok());
    return response;
  }

  std::unique_ptr<CommandRig> rig_;
  v1::RequestReleaseResponse requested_;
  v1::ApproveReleaseResponse approved_;
};

TEST_F(KillSwitchTest, AKillIsConfirmedByTheEventLogOfEveryShard) {
  CommandRig& rig = this->rig({.shards = 2});
  ASSERT_TRUE(rig.submit(CommandRig::order("a")).ok());
  const v1::EngageRequest kill = rig.kill_of("A");
  v1::EngageResponse response;
  ASSERT_TRUE(rig.engage(kill, response).ok());
  EXPECT_TRUE(response.confirmed());
  EXPECT_EQ(response.kill_id(), kill.kill_id());
  ASSERT_EQ(response.shards_size(), 2);
  for (const auto& shard : response.shards()) {
    EXPECT_EQ(shard.progress(), v1::KILL_PROGRESS_CONFIRMED);
    EXPECT_GT(shard.event_sequence(), 0u);
    EXPECT_EQ(shard.chain().size(), 64u);
    EXPECT_EQ(shard.orders_cancelled(), shard.shard() == 0 ? 1u : 0u);
  }
  ASSERT_TRUE(rig.submit(CommandRig::order("b")).ok());
  EXPECT_EQ(rig.submitted.result().reason(), v1::REJECT_REASON_KILLED);
  const auto states = status();
  ASSERT_EQ(states.kill_switches_size(), 2);
  EXPECT_TRUE(states.kill_switches(0).engaged());
}

TEST_F(KillSwitchTest, ARepeatedKillChangesNothing) {
  CommandRig& rig = this->rig();
  const v1::EngageRequest kill = rig.kill_of("A");
  v1::EngageResponse first;
  v1::EngageResponse again;
  ASSERT_TRUE(rig.engage(kill, first).ok());
  ASSERT_TRUE(rig.engage(kill, again, "bob").ok());
  EXPECT_EQ(again.shards(0).event_sequence(), first.shards(0).event_sequence());
}

TEST_F(KillSwitchTest, BadRequestsAreRefusedAndNothingIsLogged) {
  CommandRig& rig = this->rig();
  struct Row {
    const char* field;  // nullptr: NOT_FOUND
    std::function<void(v1::EngageRequest&)> spoil;
  };
  const std::vector<Row> rows{
      {"scope", [](auto& r) { r.clear_scope(); }},
      {"scope", [](auto& r) { r.set_scope(v1::KillScope(5)); }},
      {"key", [](auto& r) { r.clear_key(); }},
      {"key", [](auto& r) { r.set_scope(v1::KILL_SCOPE_GLOBAL); }},
      {"mode",
       [](auto& r) {
         r.set_scope(v1::KILL_SCOPE_STRATEGY);
         r.set_mode(v1::KILL_MODE_FLATTEN);
       }},
      {"mode", [](auto& r) { r.set_mode(v1::KillMode(9)); }},
      {"reason", [](auto& r) { r.set_reason(std::string(129, 'r')); }},
      {"kill_id", [](auto& r) { r.set_kill_id("now!"); }},
      {nullptr, [](auto& r) { r.set_key("Z"); }},
      {nullptr, [](auto& r) { r.set_scope(v1::KILL_SCOPE_STRATEGY); }},  // A is no strategy
  };
  const std::uint64_t before = rig.messages();
  for (const Row& row : rows) {
    v1::EngageRequest kill = rig.kill_of("A");
    row.spoil(kill);
    v1::EngageResponse response;
    const grpc::Status status = rig.engage(kill, response);
    if (row.field == nullptr) {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND) << kill.ShortDebugString();
    } else {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << kill.ShortDebugString();
      EXPECT_EQ(test::wrong_fields(status), std::vector<std::string>{row.field});
    }
  }
  EXPECT_EQ(rig.messages(), before);
  v1::EngageRequest on_purpose = rig.kill_of("Z");
  on_purpose.set_allow_unknown_key(true);
  v1::EngageResponse response;
  EXPECT_TRUE(rig.engage(on_purpose, response).ok());
  EXPECT_TRUE(response.confirmed());
}

TEST_F(KillSwitchTest, AKillIsTakenBeforeTheNamesAreRead) {
  CommandRig rig;
  rig.log.withhold_messages(true);
  rig.serve(false);
  ASSERT_FALSE(rig.link().caught_up());
  std::thread later([&rig] {
    ASSERT_TRUE(eventually([&rig] { return rig.messages() == 2; })) << "the kill is not in the log";
    rig.log.withhold_messages(false);
    rig.start_engines();
  });
  v1::EngageResponse response;
  const grpc::Status status = rig.engage(rig.kill_of("A"), response);
  later.join();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(response.confirmed());
}

TEST_F(KillSwitchTest, WithoutAnEngineTheLogHasItAndThatIsSaid) {
  CommandRig& rig = this->rig({.kill_wait = Nanos{kNanosPerSecond}}, false);
  v1::EngageRequest kill = rig.kill_of("A");
  kill.set_allow_unknown_key(true);
  v1::EngageResponse response;
  ASSERT_TRUE(rig.engage(kill, response).ok());
  EXPECT_FALSE(response.confirmed());
  ASSERT_EQ(response.shards_size(), 1);
  EXPECT_EQ(response.shards(0).progress(), v1::KILL_PROGRESS_NOT_CONFIRMED);
  EXPECT_EQ(rig.messages(), 2u);
}

TEST_F(KillSwitchTest, WithoutALogItIsNotReachedButKeepsTrying) {
  CommandRig& rig = this->rig({.kill_wait = Nanos{kNanosPerSecond}}, false);
  v1::EngageRequest kill = rig.kill_of("A");
  kill.set_allow_unknown_key(true);
  rig.log.set_available(false);
  v1::EngageResponse response;
  ASSERT_TRUE(rig.engage(kill, response).ok());
  EXPECT_FALSE(response.confirmed());
  EXPECT_EQ(response.shards(0).progress(), v1::KILL_PROGRESS_NOT_REACHED);
  rig.log.set_available(true);
  EXPECT_TRUE(eventually([&] { return rig.messages() == 2; })) << "the log path gave up";
}

/// An engine's control port that takes every kill and says so.
class Latching final : public v1::EngineControlService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Latch(grpc::CallbackServerContext* context, const v1::LatchRequest*,
                                  v1::LatchResponse* response) override {
    latched.fetch_add(1);
    response->set_owner(true);
    response->set_last_executed_sequence(17);
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  std::atomic<int> latched{0};
};

TEST_F(KillSwitchTest, NoKillWaitsForAnotherOnesConfirmation) {
  constexpr int kKills = 300;  // more than may wait for their confirmation
  Latching engine;
  const auto server = std::move(runtime::GrpcServer::start({}, {&engine})).value();
  CommandRig& rig = this->rig({.engines = {{ShardId{0}, server->address()}}}, false);
  rig.log.set_available(false);  // no confirmation can come
  struct Call {
    grpc::ClientContext context;
    v1::EngageRequest request;
    v1::EngageResponse response;
    grpc::Status status;
    std::atomic<bool> done{false};
  };
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < kKills; ++i) {
    Call& call = *calls.emplace_back(std::make_unique<Call>());
    call.request = rig.kill_of("A");
    call.request.set_allow_unknown_key(true);
    rig.kills->async()->Engage(&call.context, &call.request, &call.response, [&call](const grpc::Status& status) {
      call.status = status;
      call.done = true;
    });
  }
  EXPECT_TRUE(eventually([&] { return engine.latched == kKills; })) << engine.latched << " latched";
  rig.log.set_available(true);
  rig.start_engines();
  int confirmed = 0;
  for (const auto& call : calls) {
    ASSERT_TRUE(eventually([&] { return call->done.load(); }));
    EXPECT_TRUE(call->status.ok()) << "a kill is never refused: " << call->status.error_message();
    if (call->response.confirmed()) ++confirmed;
  }
  EXPECT_GE(confirmed, 256) << "those who wait hear of it";
}

TEST_F(KillSwitchTest, ALatchedKillSaysWhereTheEngineStopped) {
  Latching engine;
  const auto server = std::move(runtime::GrpcServer::start({}, {&engine})).value();
  CommandRig& rig =
      this->rig({.kill_wait = Nanos{3 * kNanosPerSecond}, .engines = {{ShardId{0}, server->address()}}}, false);
  v1::EngageRequest kill = rig.kill_of("A");
  kill.set_allow_unknown_key(true);
  v1::EngageResponse response;
  ASSERT_TRUE(rig.engage(kill, response).ok());
  EXPECT_EQ(response.shards(0).progress(), v1::KILL_PROGRESS_LATCHED);
  EXPECT_EQ(response.shards(0).last_executed_sequence(), 17u);
}

TEST_F(KillSwitchTest, OnePersonCannotRelease) {
  CommandRig& rig = this->rig();
  const v1::EngageRequest kill = rig.kill_of("A");
  v1::EngageResponse engaged;
  ASSERT_TRUE(rig.engage(kill, engaged).ok());
  const grpc::Status nobody = request_release(kill, "anonymous");
  EXPECT_EQ(nobody.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(test::wrong_fields(nobody), std::vector<std::string>{"metadata sluice-principal"});

  ASSERT_TRUE(request_release(kill, "alice").ok());
  EXPECT_EQ(requested_.results(0).outcome(), v1::OUTCOME_CODE_EXECUTED);
  ASSERT_EQ(status().kill_switches(0).open_releases_size(), 1);
  ASSERT_TRUE(approve("alice").ok());
  EXPECT_FALSE(approved_.released());
  EXPECT_EQ(approved_.results(0).reason(), v1::REJECT_REASON_SAME_PERSON);
  EXPECT_TRUE(status().kill_switches(0).engaged());

  ASSERT_TRUE(approve("bob").ok());
  EXPECT_TRUE(approved_.released());
  EXPECT_FALSE(status().kill_switches(0).engaged());
  ASSERT_TRUE(rig.submit(CommandRig::order("after")).ok());
  EXPECT_EQ(rig.submitted.result().outcome(), v1::OUTCOME_CODE_EXECUTED);
}

TEST_F(KillSwitchTest, AReleaseThatAnswersAnOlderKillIsSuperseded) {
  CommandRig& rig = this->rig();
  const v1::EngageRequest older = rig.kill_of("A");
  v1::EngageResponse engaged;
  ASSERT_TRUE(rig.engage(older, engaged).ok());
  ASSERT_TRUE(request_release(older, "alice").ok());
  ASSERT_TRUE(rig.engage(rig.kill_of("A"), engaged).ok());
  ASSERT_TRUE(approve("bob").ok());
  EXPECT_FALSE(approved_.released());
  EXPECT_TRUE(status().kill_switches(0).engaged());
}

}  // namespace
}  // namespace sluice::command
