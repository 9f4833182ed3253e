// P1, P4 and P5 of the kill switch on real processes, and its way back: two people.
#include <signal.h>
#include <sys/resource.h>

#include <thread>

#include "audit/segment_files.h"
#include "crash/crash_rig.h"
#include "engine/emergency_file.h"

namespace sluice::test {
namespace {

class KillPromises : public testing::Test {
 protected:
  v1::CommandResult submit(const std::string& account, const std::string& id,
                           v1::WaitLevel level = v1::WAIT_LEVEL_EXECUTED) {
    v1::SubmitOrderResponse response;
    const grpc::Status status = client_.submit(Client::order(account, id, level), response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.result();
  }
  /// An order of the account is rejected because of a kill.
  void expect_killed(const std::string& account) {
    const v1::CommandResult result = submit(account, "probe" + std::to_string(++probes_));
    EXPECT_EQ(result.outcome(), v1::OUTCOME_CODE_REJECTED);
    EXPECT_EQ(result.reason(), v1::REJECT_REASON_KILLED);
  }
  v1::ShardKill engage(const v1::EngageRequest& kill) {
    v1::EngageResponse response;
    const grpc::Status status = client_.engage(kill, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.shards_size() == 1 ? response.shards(0) : v1::ShardKill();
  }
  bool emergency_file_empty() {
    engine::EmergencyFile file(rig_.engine_dir() / "emergency.kills");
    return file.load().ok() && file.kills().empty();
  }
  std::string engine_address() { return rig_.deployment().endpoints().engines.at(0); }

  CrashRig rig_;
  Client client_ = rig_.client();
  const v1::EngageRequest kill_a_ = Client::kill_of_account("A");
  int probes_ = 0;
};

TEST_F(KillPromises, P1NothingOfAKilledAccountHappensAfterTheEvent) {
  rig_.start_flow();
  rig_.flow_goes_on(1'000);
  EXPECT_EQ(engage(kill_a_).progress(), v1::KILL_PROGRESS_CONFIRMED);
  rig_.flow_goes_on(2'000);
  rig_.expect_all_agree();
  EXPECT_EQ(rig_.audit().leaked, 0u);
  EXPECT_GE(rig_.totals().killed, 100u) << "the flow did not try the killed account";
}

TEST_F(KillPromises, P4AKillIsEngagedAfterTheEngineWasKilledBehindItsEvent) {
  EXPECT_EQ(engage(kill_a_).progress(), v1::KILL_PROGRESS_CONFIRMED);
  rig_.kill("engine-0", SIGKILL);
  rig_.restart("engine-0");
  expect_killed("A");
  EXPECT_TRUE(eventually([&] { return emergency_file_empty(); })) << "EVT records it: the file must let go of it";
  rig_.expect_all_agree();
}

TEST_F(KillPromises, P4AKillIsEngagedAfterTheEngineWasKilledBeforeItsEvent) {
  submit("A", "resting");
  rig_.kill("nats", SIGKILL);
  v1::LatchResponse latched;
  ASSERT_TRUE(Client::latch_at(engine_address(), kill_a_, latched).ok());
  EXPECT_TRUE(latched.owner());
  rig_.kill("engine-0", SIGKILL);  // its only traces are the emergency file and the promise
  EXPECT_FALSE(emergency_file_empty());
  rig_.restart("nats");
  rig_.restart("engine-0");
  EXPECT_TRUE(eventually([&] { return rig_.recorded(kill_a_.kill_id()).has_value(); }));
  EXPECT_EQ(rig_.recorded(kill_a_.kill_id())->orders_cancelled, 1u);
  EXPECT_TRUE(eventually([&] { return emergency_file_empty(); }));
  expect_killed("A");
  rig_.expect_all_agree();
}

TEST_F(KillPromises, P4LatchSetNothingLogged) {
  rig_.arm("engine-0", "engine_latched:1");
  std::thread engaging([&] { EXPECT_NE(engage(kill_a_).progress(), v1::KILL_PROGRESS_NOT_REACHED); });
  rig_.expect_crash_and_restart("engine-0");
  engaging.join();
  EXPECT_TRUE(eventually([&] { return rig_.recorded(kill_a_.kill_id()).has_value(); }));
  expect_killed("A");
  rig_.expect_all_agree();
}

TEST_F(KillPromises, P4OrdersThatStoodBeforeAKillInTheUnreadLogAreKilled) {
  rig_.kill("engine-0", SIGTERM);
  std::vector<Uuid> before;
  for (int i = 0; i < 20; ++i) {
    before.push_back(*parse_uuid(submit("A", "unread" + std::to_string(i), v1::WAIT_LEVEL_LOGGED).command_id()));
  }
  EXPECT_EQ(engage(kill_a_).progress(), v1::KILL_PROGRESS_NOT_CONFIRMED);
  rig_.restart("engine-0");
  EXPECT_TRUE(eventually([&] { return rig_.outcomes().contains(before.back()); }));
  const auto outcomes = rig_.outcomes();
  for (const Uuid& id : before) {
    ASSERT_TRUE(outcomes.contains(id));
    EXPECT_EQ(outcomes.at(id).reason, RejectReason::kKilled);
  }
  rig_.expect_all_agree();
}

TEST_F(KillPromises, P5AKillTakesEffectWithoutALogAndIsRecordedWhenItIsBack) {
  submit("A", "resting");
  rig_.kill("nats", SIGKILL);
  const long began = steady_millis();
  v1::LatchResponse latched;
  ASSERT_TRUE(Client::latch_at(engine_address(), kill_a_, latched).ok());
  EXPECT_LT(steady_millis() - began, 2'000);
  EXPECT_EQ(engage(kill_a_).progress(), v1::KILL_PROGRESS_LATCHED);
  EXPECT_TRUE(eventually([&] { return client_.engine().role() == "held"; }));
  EXPECT_EQ(client_.engine().command_sequence(), latched.last_executed_sequence());
  rig_.restart("nats");
  EXPECT_TRUE(eventually([&] { return engage(kill_a_).progress() == v1::KILL_PROGRESS_CONFIRMED; }));
  EXPECT_EQ(rig_.recorded(kill_a_.kill_id())->source, KillSource::kLatch);
  EXPECT_EQ(rig_.recorded(kill_a_.kill_id())->orders_cancelled, 1u);
  expect_killed("A");
  rig_.expect_all_agree();
}

// No file of the engine may grow beyond what its audit has now: each write is refused, as on a full disk.
TEST_F(KillPromises, P5AKillTakesEffectWhenTheAuditDiskIsFullAndIsAuditedWhenItIsNot) {
  const auto held = [&] { return rig_.metrics("engine-0")[R"(sluice_engine_hold{shard="0",hold="audit_full"})"] == 1; };
  const pid_t engine = rig_.deployment().process("engine-0").pid();
  const auto allow_bytes = [&](std::uintmax_t bytes) {
    const rlimit limit{bytes, RLIM_INFINITY};
    ASSERT_EQ(::prlimit(engine, RLIMIT_FSIZE, &limit, nullptr), 0);
  };
  cli::FlowOptions flow;
  flow.batch = 512;
  rig_.start_flow(flow);
  rig_.flow_goes_on(5'000);
  allow_bytes(std::filesystem::file_size(audit::segment_path(rig_.engine_dir() / "audit", 1)));
  ASSERT_TRUE(eventually(held, 120));
  const std::uint64_t executed = static_cast<std::uint64_t>(
      rig_.metrics("engine-0")[R"(sluice_engine_outcomes_total{shard="0",outcome="executed"})"]);
  EXPECT_EQ(engage(kill_a_).progress(), v1::KILL_PROGRESS_CONFIRMED);
  EXPECT_TRUE(held()) << "stopping asked the audit for nothing";
  EXPECT_EQ(static_cast<std::uint64_t>(
                rig_.metrics("engine-0")[R"(sluice_engine_outcomes_total{shard="0",outcome="executed"})"]),
            executed)
      << "and no command was executed for it";
  allow_bytes(RLIM_INFINITY);
  ASSERT_TRUE(eventually([&] { return !held(); }, 60));
  rig_.flow_goes_on(2'000);
  rig_.expect_all_agree();
  EXPECT_EQ(rig_.audit().leaked, 0u);
  const auto [verified, told] = rig_.sluice({"audit", "verify"});
  EXPECT_EQ(verified, 0) << told;
  for (const char* action : {"kill_latched", "kill_engaged"}) {
    const auto line = rig_.sluice({"audit", "query", "--action", action}).second;
    EXPECT_EQ(line["details"]["kill_id"], kill_a_.kill_id()) << action;
  }
}

TEST_F(KillPromises, AReleaseTakesTwoPeople) {
  engage(kill_a_);
  v1::RequestReleaseResponse requested;
  ASSERT_TRUE(client_.request_release("A", kill_a_.kill_id(), requested).ok());
  v1::ApproveReleaseResponse own;
  ASSERT_TRUE(client_.approve_release(requested.release_id(), own).ok());
  EXPECT_FALSE(own.released());
  EXPECT_EQ(own.results(0).reason(), v1::REJECT_REASON_SAME_PERSON);
  expect_killed("A");
  Client bob(rig_.deployment().endpoints(), "bob");
  v1::ApproveReleaseResponse other;
  ASSERT_TRUE(bob.approve_release(requested.release_id(), other).ok());
  EXPECT_TRUE(other.released());
  EXPECT_EQ(submit("A", "after").outcome(), v1::OUTCOME_CODE_EXECUTED);
  EXPECT_FALSE(client_.kill_status().kill_switches(0).engaged());
  rig_.expect_all_agree();
}

TEST_F(KillPromises, ANewerKillMakesAReleaseRequestSuperseded) {
  engage(kill_a_);
  v1::RequestReleaseResponse requested;
  ASSERT_TRUE(client_.request_release("A", kill_a_.kill_id(), requested).ok());
  engage(Client::kill_of_account("A"));
  EXPECT_EQ(client_.kill_status().kill_switches(0).open_releases_size(), 0);
  Client bob(rig_.deployment().endpoints(), "bob");
  v1::ApproveReleaseResponse response;
  ASSERT_TRUE(bob.approve_release(requested.release_id(), response).ok());
  EXPECT_EQ(response.results(0).reason(), v1::REJECT_REASON_SUPERSEDED);
  expect_killed("A");
}

TEST_F(KillPromises, AnUnregisteredNameIsEngagedOnlyOnPurposeAndCoversLaterAccounts) {
  v1::EngageRequest kill = Client::kill_of_account("Z");
  v1::EngageResponse response;
  EXPECT_EQ(client_.engage(kill, response).error_code(), grpc::StatusCode::NOT_FOUND);
  kill.set_allow_unknown_key(true);
  EXPECT_EQ(engage(kill).progress(), v1::KILL_PROGRESS_CONFIRMED);
  ASSERT_TRUE(client_.register_account("Z").ok());
  expect_killed("Z");
}

}  // namespace
}  // namespace sluice::test
