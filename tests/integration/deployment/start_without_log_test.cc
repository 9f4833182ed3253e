// The services start while there is no log: a kill is taken at once, said to be what it is, and holds when the log
// comes.
#include <signal.h>

#include "crash/crash_rig.h"
#include "runtime/health_probe.h"

namespace sluice::test {
namespace {

constexpr Nanos kHealthWait{5 * kNanosPerSecond};

class StartWithoutLog : public testing::Test {
 protected:
  /// One order of A rests; then everything is stopped, and all but the broker are started again.
  void SetUp() override {
    v1::SubmitOrderResponse response;
    ASSERT_TRUE(client_.submit(Client::order("A", "resting"), response).ok());
    for (const char* name : {"query", "command", "engine-0", "nats"}) rig_.kill(name, SIGTERM);
    for (const char* name : {"engine-0", "command", "query"}) rig_.restart(name);
  }
  v1::ShardKill engage() {
    v1::EngageResponse response;
    const grpc::Status status = client_.engage(kill_, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_FALSE(response.confirmed()) << "nothing can be confirmed without a log";
    return response.shards_size() == 1 ? response.shards(0) : v1::ShardKill();
  }
  void expect_the_kill_holds_and_is_in_the_log() {
    EXPECT_TRUE(eventually([&] { return rig_.recorded(kill_.kill_id()).has_value(); }));
    const auto recorded = rig_.recorded(kill_.kill_id());
    ASSERT_TRUE(recorded.has_value());
    EXPECT_EQ(recorded->orders_cancelled, 1u);
    EXPECT_TRUE(eventually([&] { return runtime::is_serving(endpoints_.command, kHealthWait); }));
    v1::SubmitOrderResponse response;
    ASSERT_TRUE(client_.submit(Client::order("A", "after"), response).ok());
    EXPECT_EQ(response.result().reason(), v1::REJECT_REASON_KILLED);
    EXPECT_TRUE(client_.kill_status().complete());
    EXPECT_EQ(client_.kill_status().unconfirmed_size(), 0);
    rig_.expect_all_agree();
  }

  CrashRig rig_;
  const cli::Endpoints endpoints_ = rig_.deployment().endpoints();
  Client client_ = rig_.client();
  const v1::EngageRequest kill_ = Client::kill_of_account("A");
};

TEST_F(StartWithoutLog, EachPortSaysWhatItCanDo) {
  EXPECT_TRUE(runtime::is_serving(endpoints_.kill, kHealthWait));
  EXPECT_TRUE(runtime::is_serving(endpoints_.engines.at(0), kHealthWait));
  EXPECT_FALSE(runtime::is_serving(endpoints_.command, kHealthWait));
  EXPECT_FALSE(runtime::is_serving(endpoints_.query, kHealthWait));
  v1::SubmitOrderResponse response;
  EXPECT_EQ(client_.submit(Client::order("B", "b1"), response).error_code(), grpc::StatusCode::UNAVAILABLE);
  v1::RequestReleaseResponse release;
  EXPECT_EQ(client_.request_release("A", kill_.kill_id(), release).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(client_.kill_status().complete()) << "more may be engaged than this service knows";
  const auto engine = client_.engine();
  EXPECT_EQ(engine.role(), "recovering");
  EXPECT_EQ(engine.holds(0), "starting");
  EXPECT_EQ(rig_.metrics("engine-0")[R"(sluice_engine_hold{shard="0",hold="starting"})"], 1);
  EXPECT_GE(rig_.metrics("command")[R"(sluice_command_refusals_total{reason="not_ready"})"], 1);
}

TEST_F(StartWithoutLog, AKillIsKeptByTheEngineAndHolds) {
  const v1::ShardKill answer = engage();
  EXPECT_EQ(answer.progress(), v1::KILL_PROGRESS_NOT_CONFIRMED);
  EXPECT_NE(answer.detail().find("on disk"), std::string::npos) << answer.detail();
  const v1::StatusResponse status = client_.kill_status();
  ASSERT_EQ(status.unconfirmed_size(), 1);
  EXPECT_EQ(status.unconfirmed(0).kill_id(), kill_.kill_id());
  EXPECT_EQ(status.unconfirmed(0).key(), "A");
  EXPECT_EQ(status.unconfirmed(0).principal(), "alice");
  rig_.restart("nats");
  expect_the_kill_holds_and_is_in_the_log();
}

TEST_F(StartWithoutLog, TheDirectPathAloneIsEnough) {
  engage();
  // The engine's promise is all that is left of it: the command service forgets, the engine dies as well.
  for (const char* name : {"command", "engine-0"}) rig_.kill(name, SIGKILL);
  for (const char* name : {"nats", "engine-0", "command"}) rig_.restart(name);
  expect_the_kill_holds_and_is_in_the_log();
}

TEST_F(StartWithoutLog, TheLogPathAloneIsEnough) {
  rig_.kill("engine-0", SIGKILL);
  const v1::ShardKill answer = engage();
  EXPECT_EQ(answer.progress(), v1::KILL_PROGRESS_NOT_REACHED);
  EXPECT_NE(answer.detail().find("log has not been read"), std::string::npos) << answer.detail();
  rig_.restart("nats");
  // Logged before an engine is there that could have kept it.
  EXPECT_TRUE(eventually([&] {
    const auto shown = rig_.metrics("command");
    const auto logged = shown.find(R"(sluice_command_logged_total{shard="0",writer="kills"})");
    return logged != shown.end() && logged->second == 1;
  }));
  rig_.restart("engine-0");
  expect_the_kill_holds_and_is_in_the_log();
}

}  // namespace
}  // namespace sluice::test
