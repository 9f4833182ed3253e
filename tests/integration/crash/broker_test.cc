// The broker dies, comes back with an older log, or is full.
#include <signal.h>

#include <filesystem>

#include "crash/crash_rig.h"
#include "engine/snapshot_store.h"
#include "runtime/exit.h"

namespace sluice::test {
namespace {

TEST(Broker, RestartedUnderLoadLosesAndDoublesNothing) {
  CrashRig rig;
  rig.start_flow();
  for (int kill = 0; kill < 3; ++kill) {
    rig.flow_goes_on(2'000);
    rig.kill("nats", SIGKILL);
    rig.restart("nats");
  }
  rig.flow_goes_on();
  rig.expect_all_agree();
}

TEST(Broker, LostItsTailHaltsEngineAndQueryWithANamedReason) {
  CrashRig rig({.snapshot_messages = 50});
  cli::Deployment& deployment = rig.deployment();
  const auto store = rig.dir() / "d" / "nats";
  const std::vector<std::string> all{"query", "command", "engine-0", "nats"};
  const auto stop_all = [&] {
    for (const std::string& name : all) rig.kill(name, SIGTERM);
  };
  stop_all();
  std::filesystem::copy(store, rig.dir() / "older", std::filesystem::copy_options::recursive);
  for (const char* name : {"nats", "engine-0", "command", "query"}) rig.restart(name);
  rig.start_flow();
  const engine::SnapshotStore snapshots(rig.engine_dir() / "snapshots");
  EXPECT_TRUE(eventually([&] { return !snapshots.list().empty(); })) << "no snapshot to start from";
  rig.flow_goes_on();
  rig.end_flow();
  EXPECT_TRUE(eventually([&] {
    const auto status = rig.client().query_status();
    return status.shards_size() == 1 && status.shards(0).event_sequence() > 50;
  }));
  stop_all();
  std::filesystem::remove_all(store);
  std::filesystem::rename(rig.dir() / "older", store);

  rig.restart("nats");
  (void)deployment.restart("engine-0").ok();  // it may halt before or after it is ready
  EXPECT_TRUE(eventually([&] { return !deployment.process("engine-0").running(); }))
      << "the engine goes on with a log that lost its tail";
  EXPECT_EQ(deployment.process("engine-0").exit_code(), runtime::kHaltedExitCode);
  EXPECT_NE(rig.printed("engine-0").find("truncated"), std::string::npos);
  (void)deployment.restart("query").ok();
  EXPECT_TRUE(eventually([&] {
    const auto status = rig.client().query_status();
    return status.shards_size() == 1 && !status.shards(0).halted().empty();
  }));
  const std::string halted = rig.client().query_status().shards(0).halted();
  EXPECT_NE(halted.find("truncated"), std::string::npos) << halted;
}

}  // namespace
}  // namespace sluice::test
