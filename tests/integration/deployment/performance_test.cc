// What processes measure, seen from outside: objectives that stop trade, performance over gRPC, measuring switched off,
// histories.
#include <signal.h>

#include <fstream>
#include <random>

#include "crash/crash_rig.h"
#include "runtime/channel.h"
#include "runtime/ids.h"
#include "sluice/v1/performance.grpc.pb.h"
#include "sluice/v1/query.grpc.pb.h"
#include "telemetry/history.h"

namespace sluice::test {
namespace {

constexpr const char* kSlow = "slow: order_placement p95 < 120ms over 1s for 2s kill flatten";

double value_of(const Metrics& metrics, const std::string& part) {
  for (const auto& [name, value] : metrics) {
    if (name.find(part) != std::string::npos) return value;
  }
  return -1;
}

/// Sends orders at a steady pace whether or not they are answered, from an account that goes on.
class Sender {
 public:
  explicit Sender(CrashRig& rig)
      : stub_(v1::CommandService::NewStub(runtime::open_channel(rig.deployment().endpoints().command))) {
    thread_ = std::thread([this] { run(); });
  }
  ~Sender() {
    stop_ = true;
    thread_.join();
  }

 private:
  void run() {
    grpc::ClientContext context;
    const auto stream = stub_->StreamCommands(&context);
    std::thread reading([&] {
      v1::StreamCommandsResponse response;
      while (stream->Read(&response)) {}
    });
    for (int number = 0; !stop_; ++number) {
      v1::StreamCommandsRequest request;
      const v1::SubmitOrderRequest order = Client::order("A", "s" + std::to_string(number));
      *request.add_commands()->mutable_options() = order.options();
      *request.mutable_commands(0)->mutable_submit() = order.order();
      if (!stream->Write(request)) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));  // its pace: the load, not a wait for something
    }
    context.TryCancel();
    reading.join();
    (void)stream->Finish();
  }
  std::unique_ptr<v1::CommandService::Stub> stub_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

TEST(ObjectiveKill, OrdersThatWaitTooLongForTooLongFlattenEverything) {
  CrashRig rig({.objectives = {{"command", kSlow}}});
  ASSERT_TRUE(rig.client().rest_orders("B", 5).ok());
  const auto violated = [&] {
    return value_of(rig.metrics("command"), "sluice_objective_violated{objective=\"slow\"");
  };
  EXPECT_EQ(violated(), 0);
  {
    const Sender sender(rig);
    ASSERT_TRUE(
        eventually([&] { return value_of(rig.metrics("command"), "sluice_order_placement_seconds_count") > 20; }));
    EXPECT_EQ(violated(), 0) << "a system that is fast enough is not stopped";
    rig.deployment().process("engine-0").kill(SIGSTOP);
    EXPECT_TRUE(eventually([&] { return violated() == 1; }, 30)) << "nothing ends, and that is seen";
    EXPECT_GT(value_of(rig.metrics("command"), "oldest_inflight_seconds{stage=\"order_placement\""), 1.9);
    rig.deployment().process("engine-0").kill(SIGCONT);
  }
  nlohmann::json status;
  ASSERT_TRUE(eventually([&] {
    status = rig.sluice({"kill", "status"}).second;
    return status.dump().find("objective:slow") != std::string::npos;
  })) << status;
  v1::SubmitOrderResponse response;
  ASSERT_TRUE(rig.client().submit(Client::order("B", "after"), response).ok());
  EXPECT_EQ(response.result().reason(), v1::REJECT_REASON_KILLED);
  EXPECT_TRUE(eventually([&] { return violated() == 0; }, 30)) << "the objective is met again; the kill stays";
  EXPECT_EQ(value_of(rig.metrics("engine-0"), "sluice_kills_engaged{shard=\"0\",scope=\"global\"}"), 1);
  rig.expect_all_agree();
}

TEST(ObjectiveKill, AnEngineStopsItsOwnShardByItsLatch) {
  CrashRig rig({.objectives = {{"engine", "tiny: decide p50 < 1ns over 1s kill block-only account A"}}});
  ASSERT_EQ(rig.sluice({"perf", "measuring", "off"}).first, 0) << "what a kill watches stays on";
  v1::SubmitOrderResponse response;
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(rig.client().submit(Client::order("B", "b" + std::to_string(i)), response).ok());
  nlohmann::json status;
  ASSERT_TRUE(eventually([&] {
    status = rig.sluice({"kill", "status"}).second;
    return status.dump().find("objective:tiny") != std::string::npos;
  })) << status;
  ASSERT_TRUE(rig.client().submit(Client::order("A", "x"), response).ok());
  EXPECT_EQ(response.result().reason(), v1::REJECT_REASON_KILLED);
  ASSERT_TRUE(rig.client().submit(Client::order("B", "y"), response).ok());
  EXPECT_EQ(response.result().reason(), v1::REJECT_REASON_UNSPECIFIED) << "another account goes on";
}

TEST(ObjectiveConfiguration, WhatCannotBeUnderstoodIsWrongUsageAndSaysWhy) {
  const TempDir folder;
  const auto out = folder.path() / "out";
  for (const auto& [program, objective, why] :
       {std::tuple{"sluice-command", "x: order_placement p95 < 120 over 1s", "a span, for example < 120ms"},
        std::tuple{"sluice-engine", "x: order_placement p95 < 120ms over 1s",
                   "this process does not measure that stage"},
        std::tuple{"sluice-query", "nothing: off", "there is no such objective"},
        std::tuple{"sluice-query", "x: query p95 < 1s over 1s kill flatten", "this process cannot stop trade"}}) {
    Process process({(cli::program_dir() / program).string(), "--data-dir", (folder.path() / "d").string(),
                     "--objectives", objective},
                    out);
    EXPECT_NE(process.wait(), 0);
    std::ifstream file(out);
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    EXPECT_NE(text.find(why), std::string::npos) << program << ": " << text;
  }
}

TEST(ObjectiveConfiguration, UpSaysWhatItsServiceSaid) {
  const TempDir folder;
  const auto out = folder.path() / "out";
  Process process({(cli::program_dir() / "sluice").string(), "up", "--data-dir", (folder.path() / "d").string(),
                   "--objective", "command=foo"},
                  out);
  EXPECT_EQ(process.wait(), 2);
  std::ifstream file(out);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_NE(text.find("objective 'foo': must be NAME: STAGE"), std::string::npos) << text;
}

class Performance : public testing::Test {
 protected:
  const nlohmann::json* process(const nlohmann::json& told, const std::string& name) {
    for (const auto& one : told["processes"])
      if (one["process"] == name) return &one;
    return nullptr;
  }
  CrashRig rig_;
};

TEST_F(Performance, OfEveryProcessIsToldInOnePlaceAndWhoIsMissing) {
  ASSERT_TRUE(rig_.client().rest_orders("A", 50).ok());
  nlohmann::json told;
  ASSERT_TRUE(eventually([&] {
    told = rig_.sluice({"perf", "status"}).second;
    const nlohmann::json* command = process(told, "command");
    return command != nullptr && command->dump().find("\"stage\":\"order_placement\"") != std::string::npos &&
           (*command)["stages"][0]["windows"][3].value("count", "0") == "50";
  })) << told;
  for (const char* name : {"command", "engine-0", "query"}) ASSERT_NE(process(told, name), nullptr) << told;
  EXPECT_TRUE((*process(told, "engine-0"))["measuring"]);
  EXPECT_FALSE(told.contains("unreached"));
  rig_.kill("engine-0", SIGKILL);
  const auto [code, without] = rig_.sluice({"perf", "status"});
  EXPECT_EQ(code, 4);
  ASSERT_EQ(without["unreached"].size(), 1u) << without;
  EXPECT_EQ(without["unreached"][0]["address"], rig_.deployment().endpoints().engines.at(0));
  EXPECT_EQ(rig_.sluice({"perf", "status", "--process", "engine-7"}).first, 2);
}

TEST_F(Performance, AMessageThatTheLogDoesNotAcknowledgeIsSeenBeforeItIs) {
  const auto oldest = [&](const std::string& process) {
    return value_of(rig_.metrics(process), "oldest_inflight_seconds{stage=\"publish\"");
  };
  ASSERT_TRUE(rig_.client().rest_orders("A", 5).ok());
  EXPECT_TRUE(eventually([&] { return oldest("command") == 0; }));
  const Sender sender(rig_);
  rig_.deployment().process("nats").kill(SIGSTOP);
  EXPECT_TRUE(eventually([&] { return oldest("command") > 0.5; }));
  rig_.deployment().process("nats").kill(SIGCONT);
  EXPECT_TRUE(eventually([&] { return oldest("command") < 0.2; }));
}

TEST_F(Performance, SwitchedOffNothingIsMeasuredButKillsAndAudit) {
  ASSERT_TRUE(rig_.client().rest_orders("A", 5).ok());
  EXPECT_EQ(rig_.sluice({"perf", "measuring", "off"}).first, 0);
  const auto decided = [&] { return value_of(rig_.metrics("engine-0"), "sluice_handle_seconds_count"); };
  const auto kills = [&] { return value_of(rig_.metrics("engine-0"), "sluice_kill_stop_seconds_count"); };
  EXPECT_EQ(value_of(rig_.metrics("engine-0"), "sluice_telemetry_enabled"), 0);
  // What was recorded before the switch is folded with the end of a slot.
  double before = -1;
  ASSERT_TRUE(eventually([&] { return std::exchange(before, decided()) == before && before > 0; }));
  v1::CancelAllResponse cancelled;
  ASSERT_TRUE(rig_.client().cancel_all("A", cancelled).ok());
  v1::EngageResponse engaged;
  ASSERT_TRUE(rig_.client().engage(Client::kill_of_account("B"), engaged).ok());
  EXPECT_TRUE(eventually([&] { return kills() == 1; }));
  EXPECT_EQ(decided(), before);
  EXPECT_EQ(rig_.sluice({"perf", "measuring", "on"}).first, 0);
  ASSERT_TRUE(rig_.client().rest_orders("A", 5).ok());
  EXPECT_TRUE(eventually([&] { return decided() > before; }));
}

class Histories : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, double median, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::lognormal_distribution<double> lognormal(std::log(median), 0.4);
    const auto path = folder_.path() / name;
    std::ofstream file(path);
    file << telemetry::history_header() << '\n';
    for (int row = 0; row < 20; ++row) {
      telemetry::Histogram histogram;
      for (int i = 0; i < 2'000; ++i) histogram.record(static_cast<std::uint64_t>(lognormal(random)));
      telemetry::Cut cut{2'000, 2'000, histogram.mean() * 2'000, {}};
      for (std::size_t i = 0; i < telemetry::Histogram::kBuckets; ++i)
        if (histogram.count_in(i) > 0) cut.buckets.push_back({static_cast<std::uint32_t>(i), histogram.count_in(i)});
      file << telemetry::line_of(
                  {Nanos{(1'795'262'400 + row * 10) * kNanosPerSecond}, "engine-0", telemetry::Stage::kDecide, 10, cut})
           << '\n';
    }
    return path;
  }
  /// Exit code and what was printed.
  std::pair<int, std::string> sluice(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), (cli::program_dir() / "sluice").string());
    const auto out = folder_.path() / "out";
    std::filesystem::remove(out);
    Process process(arguments, out);
    const int code = process.wait();
    std::ifstream file(out);
    return {code, {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()}};
  }
  TempDir folder_;
};

TEST_F(Histories, AreComparedWithAnIntervalAndASlowerOneIsToldByTheExitCode) {
  const auto base = write("base.csv", 5'000, 1), same = write("same.csv", 5'000, 2), slow = write("slow.csv", 6'000, 3);
  const auto [equal, equal_text] = sluice({"perf", "compare", base, same});
  EXPECT_EQ(equal, 0) << equal_text;
  EXPECT_NE(equal_text.find("no change shown"), std::string::npos) << equal_text;
  const auto [slower, slower_text] = sluice({"--output", "json", "perf", "compare", base, slow, "--stage", "decide"});
  ASSERT_EQ(slower, 1) << slower_text;
  ASSERT_TRUE(slower_text.starts_with('{')) << slower_text;
  const auto p50 = nlohmann::json::parse(slower_text.substr(0, slower_text.find('\n')));
  EXPECT_EQ(p50["moved"], "slower");
  EXPECT_NEAR(p50["ratio"].get<double>(), 1.2, 0.03);
  EXPECT_GT(p50["ci_low"].get<double>(), 1.1);
  EXPECT_EQ(sluice({"perf", "compare", slow, base}).first, 0) << "faster is no fault";
  EXPECT_EQ(sluice({"perf", "compare", base, folder_.path() / "none.csv"}).first, 2);
  EXPECT_EQ(sluice({"perf", "compare", base, same, "--stage", "decode"}).first, 2);
  EXPECT_EQ(sluice({"perf", "compare", base, same, "--stage", "publish"}).first, 2) << "no line is about that";
}

TEST_F(Histories, AreDrawnAndWrittenAsAPicture) {
  const auto base = write("base.csv", 5'000, 1);
  const auto picture = folder_.path() / "p.svg";
  const auto [code, text] = sluice({"perf", "trend", base, "--percentile", "p95", "--svg", picture});
  EXPECT_EQ(code, 0) << text;
  EXPECT_NE(text.find("engine-0 decide p95"), std::string::npos) << text;
  EXPECT_NE(text.find("2026-11-21T12:00:00Z"), std::string::npos) << text;
  std::ifstream file(picture);
  const std::string svg((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_NE(svg.find("<polyline"), std::string::npos);
  EXPECT_NE(svg.find("engine-0 decide p95"), std::string::npos);
  EXPECT_NE(svg.find("</svg>"), std::string::npos);
  const auto none = folder_.path() / "none.svg";
  const auto [too_few, why] = sluice({"perf", "trend", base, "--percentile", "p99.99", "--svg", none});
  EXPECT_EQ(too_few, 2) << "nothing to draw";
  EXPECT_NE(why.find("too few samples"), std::string::npos) << why;
  EXPECT_FALSE(std::filesystem::exists(none));
  EXPECT_EQ(sluice({"perf", "trend", base, "--since", "yesterday"}).first, 2);
}

}  // namespace
}  // namespace sluice::test
