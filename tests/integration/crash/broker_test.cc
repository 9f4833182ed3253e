// The broker dies, comes back with an older log, or is full.
#include <signal.h>

#include <filesystem>

#include "crash/crash_rig.h"
#include "engine/snapshot_store.h"
#include "runtime/exit.h"
#include "support/cmd_feed.h"

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

/// The folder in which nats-server keeps a stream.
std::filesystem::path folder_of(const std::filesystem::path& store, eventlog::StreamId stream) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(store)) {
    if (entry.is_directory() && entry.path().filename() == eventlog::stream_name(stream)) return entry.path();
  }
  return {};
}

TEST(Broker, LostTheTailOfCmdWhichWasRefilledHaltsTheEngineBeforeItWritesAnything) {
  constexpr eventlog::StreamId kCmd{eventlog::StreamKind::kCommand, ShardId{0}};
  constexpr eventlog::StreamId kEvt{eventlog::StreamKind::kEvent, ShardId{0}};
  CrashRig rig;
  const auto stop_all = [&] {
    for (const char* name : {"query", "command", "engine-0", "nats"}) rig.kill(name, SIGTERM);
  };
  stop_all();
  const auto stream = folder_of(rig.dir() / "d" / "nats", kCmd);
  ASSERT_FALSE(stream.empty());
  std::filesystem::copy(stream, rig.dir() / "older", std::filesystem::copy_options::recursive);
  for (const char* name : {"nats", "engine-0", "command", "query"}) rig.restart(name);
  rig.start_flow();
  rig.flow_goes_on();
  rig.end_flow();
  const std::uint64_t answered = rig.log().info(kCmd).value().last_sequence;
  stop_all();
  std::filesystem::remove_all(stream);
  std::filesystem::rename(rig.dir() / "older", stream);

  rig.restart("nats");
  ASSERT_TRUE(eventually([&] { return rig.log().info(kEvt).ok(); }));
  const std::uint64_t events = rig.log().info(kEvt).value().last_sequence;
  ASSERT_LT(rig.log().info(kCmd).value().last_sequence, answered) << "no tail was lost";
  CmdFeed feed(rig.log());
  while (feed.orders({CmdFeed::order(AccountId{1}, "refill")}) <= answered) {}
  (void)rig.deployment().restart("engine-0").ok();  // it may halt before or after it is ready
  EXPECT_TRUE(eventually([&] { return !rig.deployment().process("engine-0").running(); }))
      << "the engine goes on with other commands than those it answered";
  EXPECT_EQ(rig.deployment().process("engine-0").exit_code(), runtime::kHaltedExitCode);
  EXPECT_NE(rig.printed("engine-0").find("refilled"), std::string::npos);
  EXPECT_EQ(rig.log().info(kEvt).value().last_sequence, events) << "not even an epoch may begin";
}

}  // namespace
}  // namespace sluice::test
