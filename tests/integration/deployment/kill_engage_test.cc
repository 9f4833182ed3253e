// sluice kill engage with any part of the system away: one kill, by whatever path there is, and what is said of it.
#include <signal.h>

#include <fstream>
#include <thread>

#include "crash/crash_rig.h"
#include "runtime/ids.h"

namespace sluice::test {
namespace {

class KillEngage : public testing::Test {
 protected:
  std::pair<int, nlohmann::json> engage(std::vector<std::string> more = {}, const std::string& account = "A",
                                        const std::string& timeout_ms = "15000") {
    std::vector<std::string> arguments{"--principal", "zoe",     "--timeout-ms", timeout_ms, "kill",      "engage",
                                       "--scope",     "account", "--key",        account,    "--kill-id", kill_id_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto result = rig_.sluice(arguments);
    EXPECT_EQ(result.second.value("kill_id", kill_id_), kill_id_) << result.second;
    return result;
  }
  static std::string progress(const nlohmann::json& told, std::size_t shard = 0) {
    return told.contains("shards") ? told["shards"].at(shard).value("progress", "") : told.dump();
  }
  void expect_recorded_by(KillSource source) {
    ASSERT_TRUE(eventually([&] { return rig_.recorded(kill_id_).has_value(); }));
    const auto recorded = rig_.recorded(kill_id_);
    ASSERT_TRUE(recorded.has_value());
    EXPECT_EQ(recorded->source, source);
    EXPECT_EQ(recorded->by.view(), "zoe");
  }

  CrashRig rig_;
  const std::string kill_id_ = to_string(runtime::new_uuid());
};

TEST_F(KillEngage, IsConfirmedWhenAllIsWell) {
  const auto [code, told] = engage();
  EXPECT_EQ(code, 0) << told;
  EXPECT_TRUE(told["confirmed"]);
  EXPECT_EQ(progress(told), "KILL_PROGRESS_CONFIRMED");
  EXPECT_EQ(told["paths"].size(), 2u);
  EXPECT_EQ(engage().first, 0) << "the same again changes nothing";
}

TEST_F(KillEngage, WithoutTheServiceTheEngineHasItAndTheLogConfirmsIt) {
  rig_.kill("command", SIGKILL);
  const auto [code, told] = engage();
  EXPECT_EQ(code, 0) << told;
  EXPECT_EQ(progress(told), "KILL_PROGRESS_CONFIRMED") << "read from the event log";
  EXPECT_FALSE(told["shards"][0].value("chain", "").empty());
  expect_recorded_by(KillSource::kLatch);
  rig_.restart("command");
  v1::SubmitOrderResponse response;
  ASSERT_TRUE(rig_.client().submit(Client::order("A", "after"), response).ok());
  EXPECT_EQ(response.result().reason(), v1::REJECT_REASON_KILLED);
  rig_.expect_all_agree();
}

TEST_F(KillEngage, WithAServiceThatHangsItDoesNotWait) {
  rig_.deployment().process("command").kill(SIGSTOP);
  const auto [code, told] = engage();
  rig_.deployment().process("command").kill(SIGCONT);
  EXPECT_EQ(code, 0) << told;
  expect_recorded_by(KillSource::kLatch);
}

TEST_F(KillEngage, WithoutTheLogItIsLatchedAndThatIsSaid) {
  rig_.kill("nats", SIGKILL);
  const auto [code, told] = engage({}, "A", "3000");
  EXPECT_EQ(code, 1) << told;
  EXPECT_EQ(progress(told), "KILL_PROGRESS_LATCHED");
  rig_.restart("nats");
  EXPECT_EQ(engage({"--keep-trying"}).first, 0);
  expect_recorded_by(KillSource::kLatch);
}

TEST_F(KillEngage, WithoutServiceAndLogTheEngineIsEnough) {
  for (const char* name : {"command", "nats"}) rig_.kill(name, SIGKILL);
  const auto [code, told] = engage({}, "A", "3000");
  EXPECT_EQ(code, 1) << told;
  EXPECT_EQ(progress(told), "KILL_PROGRESS_LATCHED");
}

TEST_F(KillEngage, WithoutTheEngineTheLogHasItAndTryingOnConfirmsIt) {
  rig_.kill("engine-0", SIGKILL);
  const auto [code, told] = engage({}, "A", "3000");
  EXPECT_EQ(code, 4) << told;
  EXPECT_EQ(progress(told), "KILL_PROGRESS_NOT_CONFIRMED");
  std::thread trying([&] { EXPECT_EQ(engage({"--keep-trying"}, "A", "1").first, 0); });
  rig_.restart("engine-0");
  trying.join();
  rig_.expect_all_agree();
}

TEST_F(KillEngage, WithNothingAtAllItIsNotReached) {
  for (const char* name : {"command", "engine-0", "nats"}) rig_.kill(name, SIGKILL);
  const auto [code, told] = engage({}, "A", "1500");
  EXPECT_EQ(code, 4) << told;
  EXPECT_EQ(progress(told), "KILL_PROGRESS_NOT_REACHED");
  EXPECT_FALSE(told["shards"][0].value("detail", "").empty());
}

TEST_F(KillEngage, DirectAsksNoService) {
  const auto [code, told] = engage({"--direct"});
  EXPECT_EQ(code, 0) << told;
  EXPECT_EQ(told["paths"].size(), 1u);
  expect_recorded_by(KillSource::kLatch);
}

TEST_F(KillEngage, ANameThatNobodyRegisteredIsRefusedWhileTheServiceIsThere) {
  EXPECT_EQ(engage({}, "Q").first, 1);
  EXPECT_FALSE(rig_.recorded(kill_id_).has_value()) << "a typing error must not be engaged";
  EXPECT_EQ(engage({"--allow-unknown"}, "Q").first, 0);
}

TEST_F(KillEngage, NamedEnginesAreEnoughWithoutEndpoints) {
  const auto out = rig_.dir() / "direct.out";
  const std::string engine = rig_.deployment().endpoints().engines.at(0);
  Process named({(cli::program_dir() / "sluice").string(), "--data-dir", (rig_.dir() / "nowhere").string(),
                 "--principal", "zoe", "kill", "engage", "--kill-id", kill_id_, "--engine", engine},
                out);
  EXPECT_EQ(named.wait(), 1) << "latched; nothing can confirm it";
  std::ifstream file(out);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_NE(text.find("shard 0: LATCHED"), std::string::npos) << text;
  expect_recorded_by(KillSource::kLatch);
  Process nowhere(
      {(cli::program_dir() / "sluice").string(), "--data-dir", (rig_.dir() / "nowhere").string(), "kill", "engage"},
      out);
  EXPECT_EQ(nowhere.wait(), 4);
}

TEST_F(KillEngage, WhatNoShardWouldTakeIsWrongUsage) {
  EXPECT_EQ(rig_.sluice({"kill", "engage", "--key", "A"}).first, 2);
  EXPECT_EQ(rig_.sluice({"kill", "engage", "--scope", "account"}).first, 2);
  EXPECT_EQ(rig_.sluice({"kill", "engage", "--kill-id", "now"}).first, 2);
  EXPECT_EQ(rig_.sluice({"kill", "engage", "--reason", std::string(129, 'r')}).first, 2);
  EXPECT_EQ(rig_.sluice({"kill", "engage", "--scope", "strategy", "--key", "S", "--mode", "flatten"}).first, 2);
}

}  // namespace
}  // namespace sluice::test
