// Kills of a deployment of two shards, afterwards: what kill status tells, what kill prove proves and kill check
// believes, and a release that reaches one shard only.
#include <signal.h>

#include <fstream>

#include "cli/kill/certificate.h"
#include "crash/crash_rig.h"

namespace sluice::test {
namespace {

class KillAfterwards : public testing::Test {
 protected:
  v1::EngageResponse engage(const v1::EngageRequest& kill) {
    v1::EngageResponse response;
    const grpc::Status status = client_.engage(kill, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  std::string file() const { return (rig_.dir() / "kill.json").string(); }
  nlohmann::json read_certificate() {
    std::ifstream in(file());
    return nlohmann::json::parse(in, nullptr, false);
  }
  void write_certificate(const nlohmann::json& certificate) {
    std::ofstream(file()) << cli::certificate_text(certificate);
  }
  std::pair<int, std::string> check() {
    const auto [code, told] = rig_.sluice({"kill", "check", file()});
    return {code, told.value("error", "")};
  }

  CrashRig rig_{{.shards = 2}};
  Client client_ = rig_.client();
  const v1::EngageRequest kill_ = Client::kill_of_account("A");
};

TEST_F(KillAfterwards, AKillUnderLoadIsProvenAndItsCertificateHolds) {
  rig_.start_flow();
  rig_.flow_goes_on(500);
  const v1::EngageResponse engaged = engage(kill_);
  ASSERT_TRUE(engaged.confirmed());
  rig_.flow_goes_on(1'000);
  const auto [code, told] = rig_.sluice({"kill", "prove", "--id", kill_.kill_id(), "--out", file()});
  EXPECT_EQ(code, 0) << told;
  const nlohmann::json certificate = read_certificate();
  EXPECT_EQ(told, certificate);
  ASSERT_EQ(certificate["shards"].size(), 2u);
  std::uint64_t refused = 0;
  for (int i = 0; i < 2; ++i) {
    const auto& shard = certificate["shards"][static_cast<std::size_t>(i)];
    EXPECT_EQ(shard["event_sequence"], engaged.shards(i).event_sequence());
    EXPECT_EQ(shard["chain"], engaged.shards(i).chain());
    EXPECT_EQ(shard["orders_cancelled"], engaged.shards(i).orders_cancelled());
    EXPECT_EQ(shard["violations"], 0);
    refused += shard["commands_refused"].get<std::uint64_t>();
  }
  EXPECT_GT(refused, 0u) << "the flow did not try the killed account";
  rig_.flow_goes_on(300);
  EXPECT_EQ(check().first, 0) << "the log has grown meanwhile";

  nlohmann::json forged = certificate;
  forged["shards"][1]["orders_cancelled"] = 12345;
  write_certificate(forged);
  EXPECT_EQ(check().first, 1);
  EXPECT_EQ(check().second.rfind("tampered: ", 0), 0u);
  write_certificate(cli::seal_certificate(forged));
  EXPECT_EQ(check().second.rfind("line ", 0), 0u) << check().second;
  rig_.end_flow();
}

TEST_F(KillAfterwards, TheAuditsOfAllProcessesAreListedByTheQueryService) {
  ASSERT_TRUE(engage(kill_).confirmed());
  v1::EngageResponse none;
  EXPECT_EQ(client_.engage(Client::kill_of_account("typo"), none).error_code(), grpc::StatusCode::NOT_FOUND);
  const auto newest = [&](const std::string& source, const std::string& action) {
    return rig_.sluice({"audit", "list", "--source", source, "--action", action}).second;
  };
  for (const char* engine : {"engine-0", "engine-1"}) {
    // The sink writes a moment later.
    EXPECT_TRUE(eventually([&] {
      const nlohmann::json line = newest(engine, "kill_engaged");
      return line.is_object() && line.contains("details") && line["details"]["kill_id"] == kill_.kill_id();
    })) << engine;
    EXPECT_EQ(newest(engine, "configuration")["source"], engine);
  }
  EXPECT_TRUE(eventually([&] {
    const nlohmann::json line = newest("command", "refused");
    return line.is_object() && line.contains("key") && line["key"] == "typo" &&
           line["details"]["status"] == "not_found";
  }));
  const auto [code, told] = rig_.sluice({"audit", "list", "--source", "engine-7"});
  EXPECT_NE(code, 0) << told;
}

TEST_F(KillAfterwards, TheLogOfAnotherDeploymentDoesNotBelieveIt) {
  engage(kill_);
  ASSERT_EQ(rig_.sluice({"kill", "prove", "--id", kill_.kill_id(), "--out", file()}).first, 0);
  CrashRig other{{.shards = 2}};
  const auto [code, told] = other.sluice({"kill", "check", file()});
  EXPECT_EQ(code, 1);
  EXPECT_EQ(told.value("error", "").rfind("deployment: ", 0), 0u) << told;
  const auto here = other.sluice({"kill", "check", file(), "--nats-url", rig_.deployment().endpoints().nats});
  EXPECT_EQ(here.first, 0) << "the same from there, if it is pointed to the log";
}

TEST_F(KillAfterwards, WhatCannotBeProvenIsSaid) {
  EXPECT_EQ(rig_.sluice({"kill", "prove", "--id", kill_.kill_id()}).first, 1) << "no such kill";
  EXPECT_EQ(rig_.sluice({"kill", "prove", "--id", "now"}).first, 2);
  EXPECT_EQ(rig_.sluice({"kill", "check", file()}).first, 2) << "no such file";
  rig_.kill("nats", SIGKILL);
  EXPECT_EQ(rig_.sluice({"kill", "prove", "--id", kill_.kill_id()}).first, 4);
}

TEST_F(KillAfterwards, StatusWorksWithAndWithoutTheCommandService) {
  ASSERT_TRUE(engage(kill_).confirmed());
  auto [code, told] = rig_.sluice({"kill", "status"});
  EXPECT_EQ(code, 0) << told;
  ASSERT_EQ(told["scopes"].size(), 2u);
  EXPECT_EQ(told["scopes"][0]["told_by"], "service");
  EXPECT_EQ(told["scopes"][1]["key"], "A");
  EXPECT_EQ(told["scopes"][1]["engaged_by"], "alice");
  EXPECT_EQ(told["scopes"][1]["confirmed"], true);
  EXPECT_EQ(told["engines"][0]["role"], "owner");
  rig_.kill("command", SIGKILL);
  std::tie(code, told) = rig_.sluice({"kill", "status"});
  EXPECT_EQ(code, 4) << "a part of the system is missing";
  ASSERT_EQ(told["scopes"].size(), 2u) << told;
  EXPECT_EQ(told["scopes"][0]["told_by"], "engine");
  EXPECT_EQ(told["scopes"][0]["kill_id"], kill_.kill_id());
  EXPECT_EQ(told["scopes"][0]["confirmed"], true);
  EXPECT_EQ(told["scopes"][0]["mode"], "block_and_cancel");
  EXPECT_EQ(told["service"]["reached"], false);
  // The engine alone tells of a kill that it has only on disk.
  rig_.kill("engine-1", SIGKILL);
  std::tie(code, told) = rig_.sluice({"kill", "status"});
  EXPECT_EQ(told["engines"][1]["reached"], false) << told;
  EXPECT_EQ(told["scopes"].size(), 1u);
}

TEST_F(KillAfterwards, ARestartedEngineTellsOfItsKillsFromTheLog) {
  ASSERT_TRUE(engage(kill_).confirmed());
  rig_.kill("engine-0", SIGKILL);
  rig_.restart("engine-0");
  rig_.kill("command", SIGKILL);
  EXPECT_TRUE(eventually([&] {
    const auto told = rig_.sluice({"kill", "status"}).second;
    return told["scopes"].size() == 2 && told["scopes"][0]["confirmed"] == true;
  }));
}

TEST_F(KillAfterwards, AReleaseThatReachesOneShardIsNotCalledOne) {
  ASSERT_TRUE(engage(kill_).confirmed());
  v1::RequestReleaseResponse requested;
  ASSERT_TRUE(client_.request_release("A", kill_.kill_id(), requested).ok());
  rig_.kill("engine-1", SIGKILL);
  const std::vector<std::string> approve{"--principal", "bob",          "--timeout-ms",
                                         "20000",       "kill",         "release",
                                         "approve",     "--release-id", requested.release_id()};
  const auto [code, told] = rig_.sluice(approve);
  EXPECT_EQ(code, 1) << told;
  ASSERT_EQ(told["shards"].size(), 2u) << told;
  EXPECT_EQ(told["shards"][0]["done"], true);
  EXPECT_FALSE(told["shards"][1].contains("done")) << told;
  EXPECT_FALSE(told["shards"][1].value("detail", "").empty());
  rig_.restart("engine-1");
  EXPECT_TRUE(eventually([&] { return rig_.sluice(approve).first == 0; })) << "approving again says what is so";
  const auto proven = rig_.sluice({"kill", "prove", "--id", kill_.kill_id()});
  EXPECT_EQ(proven.first, 0) << proven.second;
  for (const auto& shard : proven.second["shards"]) EXPECT_EQ(shard["until"]["approved_by"], "bob");
}

}  // namespace
}  // namespace sluice::test
