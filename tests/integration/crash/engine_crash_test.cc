// The engine dies between a decision and its place in EVT, and two engines live at once.
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "crash/crash_rig.h"
#include "engine/snapshot_store.h"
#include "eventlog/codec.h"

namespace sluice::test {
namespace {

class EngineCrash : public testing::Test {
 protected:
  void die_at(const std::string& failpoint) {
    rig_.arm("engine-0", failpoint);
    rig_.start_flow();
    rig_.expect_crash_and_restart("engine-0");
    rig_.flow_goes_on();
    rig_.expect_all_agree();
  }
  CrashRig rig_{{.snapshot_messages = 200}};
};

TEST_F(EngineCrash, DecidedNotPublishedIsDecidedAgain) { die_at("engine_decided:100"); }
TEST_F(EngineCrash, PublishedNotAcknowledgedStandsOnce) { die_at("engine_published:100"); }

TEST_F(EngineCrash, SnapshotHalfWrittenIsPassedOver) {
  die_at("snapshot_half_written:1");
  const engine::SnapshotStore store(rig_.engine_dir() / "snapshots");
  for (const auto& path : store.list()) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    EXPECT_TRUE(eventlog::decode_snapshot(std::as_bytes(std::span(bytes))).ok()) << path;
  }
}

/// Part numbers of EVT messages of the newest CMD message that was answered in parts.
std::vector<std::uint32_t> parts_in_log(eventlog::EventLog& log) {
  std::vector<std::uint32_t> parts;
  const eventlog::StreamId stream{eventlog::StreamKind::kEvent, ShardId{0}};
  const std::uint64_t last = log.info(stream).value().last_sequence;
  for (std::uint64_t sequence = 1; sequence <= last; ++sequence) {
    const auto message = log.get(stream, sequence);
    Answer answer;
    const auto info = eventlog::decode_body(eventlog::open_sealed(message.value().payload()).value().body, answer);
    if (info.ok() && info.value().last_part > 1) parts.push_back(info.value().part);
  }
  return parts;
}

TEST_F(EngineCrash, BetweenPartsTheAnswerIsGivenAgainFromItsFirstPart) {
  constexpr int kOrders = 5'000;  // their cancellations fill more than one part of 512 KiB
  Client client = rig_.client();
  ASSERT_TRUE(client.rest_orders("A", kOrders).ok());
  rig_.arm("engine-0", "engine_between_parts:1");
  grpc::Status asked;
  v1::CancelAllResponse response;
  std::thread asking([&] { asked = client.cancel_all("A", response); });
  rig_.expect_crash_and_restart("engine-0");
  asking.join();
  EXPECT_TRUE(eventually([&] {
    return parts_in_log(rig_.log()) == std::vector<std::uint32_t>{1, 1, 2};
  })) << "the unfinished first part, then the whole answer by the next owner";
  EXPECT_EQ(client.engine().epoch(), 3u);
  rig_.expect_all_agree();
}

TEST_F(EngineCrash, OfTwoEnginesExactlyOneOwnsTheShard) {
  rig_.start_flow();
  rig_.flow_goes_on();
  const auto ready = rig_.dir() / "second.json";
  Process second({(cli::program_dir() / "sluice-engine").string(), "--nats-url", rig_.deployment().endpoints().nats,
                  "--data-dir", (rig_.dir() / "second").string(), "--listen", "127.0.0.1:0", "--metrics-listen",
                  "127.0.0.1:0", "--orders-max", "65536", "--keys-expected", "65536", "--ready-file", ready.string()},
                 rig_.dir() / "second.log");
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(ready); }));
  const std::string second_address = nlohmann::json::parse(std::ifstream(ready))["engine"];
  Client client = rig_.client();
  // The later one takes the shard; the first is fenced at its next append and stands by.
  EXPECT_TRUE(eventually([&] { return client.engine().role() == "standby"; })) << client.engine().role();
  EXPECT_TRUE(eventually([&] { return Client::engine_at(second_address).role() == "owner"; }));
  rig_.flow_goes_on();
  EXPECT_EQ(client.engine().role(), "standby");
  EXPECT_TRUE(client.engine().state_hash().empty()) << "only the owner speaks for the state";
  // Back to the first, for good: it takes the shard when it is started again.
  rig_.kill("engine-0", SIGKILL);
  rig_.restart("engine-0");
  EXPECT_TRUE(eventually([&] { return Client::engine_at(second_address).role() == "standby"; }));
  EXPECT_TRUE(eventually([&] { return client.engine().role() == "owner"; }));
  rig_.flow_goes_on();
  rig_.expect_all_agree();
}

}  // namespace
}  // namespace sluice::test
