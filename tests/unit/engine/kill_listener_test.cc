// The direct path of a kill over gRPC.
#include "engine/kill_listener.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "runtime/grpc_server.h"
#include "runtime/ids.h"
#include "support/few_spans.h"
#include "support/process.h"

namespace sluice::engine {
namespace {

class KillListenerTest : public testing::Test {
 protected:
  KillListenerTest() {
    auto server = runtime::GrpcServer::start({.listen = "127.0.0.1:0"}, {&listener_});
    INVARIANT(server.ok());
    server_ = std::move(server).value();
    stub_ =
        v1::EngineControlService::NewStub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }
  ~KillListenerTest() override {
    stop_.store(true);
    if (executing_.joinable()) executing_.join();
  }
  static v1::LatchRequest request() {
    v1::LatchRequest request;
    request.set_kill_id(to_string(runtime::new_uuid()));
    request.set_scope(v1::KILL_SCOPE_ACCOUNT);
    request.set_key("A");
    request.set_principal("alice");
    return request;
  }
  grpc::StatusCode latch(const v1::LatchRequest& request) {
    grpc::ClientContext context;
    return stub_->Latch(&context, request, &response_).error_code();
  }
  /// An executing thread that takes kills as they come.
  void execute() {
    executing_ = std::thread([this] {
      while (!stop_.load()) {
        const std::uint32_t seen = bell_.value();
        while (latch_.pending()) (void)latch_.take();
        bell_.wait(seen, Nanos{10 * kNanosPerMilli});
      }
    });
  }

  test::TempDir dir_;
  core::KillLatch latch_;
  runtime::Doorbell bell_;
  EmergencyFile emergency_{dir_.path() / "emergency.kills"};
  telemetry::Spans spans_{test::kFewSpans};
  EngineStatus status_{spans_};
  std::unique_ptr<runtime::Callers> callers_ = runtime::callers_by_metadata();
  KillDesk desk_{latch_, bell_, emergency_, status_};
  KillListener listener_{ShardId{0}, latch_, desk_, emergency_, status_, *callers_};
  std::unique_ptr<runtime::GrpcServer> server_;
  std::unique_ptr<v1::EngineControlService::Stub> stub_;
  v1::LatchResponse response_;
  std::atomic<bool> stop_{false};
  std::thread executing_;
};

TEST_F(KillListenerTest, TheOwnersAnswerComesWhenTheKillIsTakenAndSynced) {
  status_.role.store(Role::kOwner);
  status_.executed.store(42, {});
  execute();
  EXPECT_EQ(latch(request()), grpc::StatusCode::OK);
  EXPECT_TRUE(response_.owner());
  EXPECT_EQ(response_.last_executed_sequence(), 42u);
  EXPECT_EQ(latch_.taken(), 1u);
  EmergencyFile after_a_crash(dir_.path() / "emergency.kills");
  ASSERT_TRUE(after_a_crash.load().ok());
  EXPECT_EQ(after_a_crash.kills().size(), 1u);
}

TEST_F(KillListenerTest, AKillThatIsNotTakenKeepsNoLaterOneFromTheDisk) {
  status_.role.store(Role::kOwner);
  std::atomic<int> answered{0};
  const auto ask = [&] {
    grpc::ClientContext context;
    v1::LatchResponse response;
    EXPECT_TRUE(stub_->Latch(&context, request(), &response).ok());
    ++answered;
  };
  std::thread first(ask);
  ASSERT_TRUE(test::eventually([&] { return emergency_.kills().size() == 1; }));
  std::thread second(ask);
  ASSERT_TRUE(test::eventually([&] { return emergency_.kills().size() == 2; }));
  EXPECT_EQ(answered.load(), 0) << "the second waited for the first";
  execute();
  first.join();
  second.join();
}

TEST_F(KillListenerTest, ADirectCallerIsRecordedUnlessItSpeaksForAnother) {
  status_.role.store(Role::kStandby);
  const auto latched_by = [this](const std::string& field, const char* metadata) {
    v1::LatchRequest request = KillListenerTest::request();
    request.set_principal(field);
    grpc::ClientContext context;
    if (metadata != nullptr) context.AddMetadata("sluice-principal", metadata);
    const grpc::Status status = stub_->Latch(&context, request, &response_);
    return status.ok() ? emergency_.kills().back().by.str() : status.error_message();
  };
  EXPECT_EQ(latched_by("", "bob"), "bob");
  EXPECT_EQ(latched_by("alice", "sluice-command"), "alice") << "forwarded on behalf of someone";
  EXPECT_EQ(latched_by("", nullptr), "anonymous");
  EXPECT_NE(latched_by("", std::string(65, 'b').c_str()).find("1..64 printable"), std::string::npos);
}

TEST_F(KillListenerTest, AStandbyKeepsTheKillInItsFileAndSaysThatItIsNotTheOwner) {
  status_.role.store(Role::kStandby);
  EXPECT_EQ(latch(request()), grpc::StatusCode::OK);
  EXPECT_FALSE(response_.owner());
  EXPECT_EQ(latch_.stored(), 0u);
  EXPECT_EQ(emergency_.kills().size(), 1u);
}

TEST_F(KillListenerTest, AFullLatchIsSaidAndTheFileIsNotTouched) {
  status_.role.store(Role::kOwner);
  for (std::uint64_t i = 0; i < core::KillLatch::kCapacity; ++i) ASSERT_TRUE(latch_.store({}));
  EXPECT_EQ(latch(request()), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(emergency_.kills().empty());
}

TEST_F(KillListenerTest, WrongShapesAreInvalidArguments) {
  status_.role.store(Role::kStandby);
  const std::vector<std::pair<const char*, std::function<void(v1::LatchRequest&)>>> table{
      {"no id", [](auto& r) { r.clear_kill_id(); }},
      {"id is no UUID", [](auto& r) { r.set_kill_id("kill"); }},
      {"no scope", [](auto& r) { r.clear_scope(); }},
      {"unknown scope", [](auto& r) { r.set_scope(static_cast<v1::KillScope>(9)); }},
      {"no key", [](auto& r) { r.clear_key(); }},
      {"key of the global scope", [](auto& r) { r.set_scope(v1::KILL_SCOPE_GLOBAL); }},
      {"key too long", [](auto& r) { r.set_key(std::string(33, 'a')); }},
      {"reason too long", [](auto& r) { r.set_reason(std::string(129, 'a')); }},
      {"principal too long", [](auto& r) { r.set_principal(std::string(65, 'a')); }},
      {"mode that is none", [](auto& r) { r.set_mode(v1::KillMode(9)); }},
  };
  for (const auto& [name, spoil] : table) {
    v1::LatchRequest wrong = request();
    spoil(wrong);
    EXPECT_EQ(latch(wrong), grpc::StatusCode::INVALID_ARGUMENT) << name;
  }
  EXPECT_TRUE(emergency_.kills().empty());
}

TEST_F(KillListenerTest, ADrillTakesTheWholePathAndIsNotKept) {
  status_.role.store(Role::kOwner);
  execute();
  v1::LatchRequest drill = request();
  drill.set_drill(true);
  EXPECT_EQ(latch(drill), grpc::StatusCode::OK);
  EXPECT_EQ(latch_.taken(), 1u);
  EXPECT_TRUE(std::filesystem::exists(dir_.path() / "emergency.kills")) << "the disk takes part";
  EXPECT_TRUE(emergency_.kills().empty());
}

TEST_F(KillListenerTest, AHeartbeatIsNoted) {
  status_.heartbeat_hold_after.store(5);
  grpc::ClientContext context;
  v1::HeartbeatResponse response;
  EXPECT_TRUE(stub_->Heartbeat(&context, {}, &response).ok());
  EXPECT_EQ(response.hold_after_nanos(), 5);
  EXPECT_GT(status_.heartbeat.load(), 0);
}

TEST_F(KillListenerTest, StatusNamesRoleAndHolds) {
  status_.role.store(Role::kOwner);
  const auto ask = [this] {
    grpc::ClientContext context;
    v1::EngineControlServiceStatusResponse response;
    EXPECT_TRUE(stub_->Status(&context, {}, &response).ok());
    return response;
  };
  EXPECT_EQ(ask().role(), "held");
  EXPECT_EQ(ask().holds(0), "starting");
  status_.holds.set(Hold::kStarting, false);
  EXPECT_EQ(ask().role(), "owner");
  EXPECT_FALSE(ask().state_hash().empty());
  status_.role.store(Role::kStandby);
  EXPECT_TRUE(ask().state_hash().empty()) << "only the owner speaks for the state";
}

TEST_F(KillListenerTest, StatusNamesWhatIsEngagedAndWhatIsOnlyKept) {
  const auto ask = [this] {
    grpc::ClientContext context;
    v1::EngineControlServiceStatusResponse response;
    EXPECT_TRUE(stub_->Status(&context, {}, &response).ok());
    return response;
  };
  EXPECT_EQ(ask().engaged_size(), 0);
  core::KillSwitch kills;
  KillSwitchEngaged engaged;
  engaged.kill = {.kill_id = {1, 1},
                  .scope = KillScope::kSymbol,
                  .mode = KillMode::kReduceOnly,
                  .key = *Name::from("X"),
                  .reason = *Note::from("why")};
  engaged.by = *Principal::from("zoe");
  engaged.orders_cancelled = 3;
  kills.engage(engaged, Nanos{77});
  Answer answer;
  answer.control_events.push_back({0, kNoCommand, engaged});
  status_.engaged_kills.publish(kills, answer, 1);
  v1::EngagedScope scope = ask().engaged(0);
  EXPECT_EQ(scope.scope(), v1::KILL_SCOPE_SYMBOL);
  EXPECT_EQ(scope.key(), "X");
  EXPECT_EQ(scope.mode(), v1::KILL_MODE_REDUCE_ONLY);
  EXPECT_EQ(scope.kill_id(), to_string(engaged.kill.kill_id));
  EXPECT_EQ(scope.engaged_by(), "zoe");
  EXPECT_EQ(scope.reason(), "why");
  EXPECT_EQ(scope.since_unix_nanos(), 77);
  EXPECT_EQ(scope.orders_cancelled(), 3u);
  EXPECT_TRUE(scope.in_effect());
  EXPECT_FALSE(scope.recorded()) << "its answer is not acknowledged";
  status_.answers_acknowledged.store(1);
  EXPECT_TRUE(ask().engaged(0).recorded());

  status_.role.store(Role::kStandby);
  EXPECT_EQ(latch(request()), grpc::StatusCode::OK);
  ASSERT_EQ(ask().engaged_size(), 2);
  scope = ask().engaged(1);
  EXPECT_EQ(scope.key(), "A");
  EXPECT_EQ(scope.engaged_by(), "alice");
  EXPECT_FALSE(scope.in_effect());
  EXPECT_FALSE(scope.recorded());
}

}  // namespace
}  // namespace sluice::engine
