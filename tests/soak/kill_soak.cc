#include "kill_soak.h"

#include <signal.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "engine/core/engine.h"
#include "engine/recovery.h"
#include "eventlog/jetstream_log.h"
#include "runtime/channel.h"
#include "runtime/clock.h"
#include "sluice/v1/engine.grpc.pb.h"
#include "sluice/v1/query.grpc.pb.h"
#include "support/process.h"

namespace sluice::test {

namespace {

constexpr int kPatienceSeconds = 60;
constexpr std::uint64_t kAnsweredBetweenKills = 500;

v1::EngineControlServiceStatusResponse engine_status(const std::string& address) {
  const auto stub = v1::EngineControlService::NewStub(runtime::open_channel(address));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(2));
  v1::EngineControlServiceStatusResponse response;
  const auto status = stub->Status(&context, {}, &response);
  if (!status.ok()) response.set_role("unreachable");
  return response;
}

v1::GetStatusResponse projection_status(const std::string& address) {
  const auto stub = v1::QueryService::NewStub(runtime::open_channel(address));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  v1::GetStatusRequest request;
  request.set_with_hash(true);
  v1::GetStatusResponse response;
  (void)stub->GetStatus(&context, request, &response).ok();
  return response;
}

/// The state hash that the shard's owner reports; empty if no engine owns it just now.
std::string live_hash(const cli::Endpoints& at, std::uint16_t shard) {
  std::string hash = engine_status(at.engines[shard]).state_hash();
  if (hash.empty() && shard < at.standbys.size()) hash = engine_status(at.standbys[shard]).state_hash();
  return hash;
}

/// The projection of every shard has come to the end of its log.
bool caught_up(const v1::GetStatusResponse& status, eventlog::EventLog& log) {
  if (status.shards().empty()) return false;
  for (const auto& shard : status.shards()) {
    const auto info = log.info({eventlog::StreamKind::kEvent, ShardId{static_cast<std::uint16_t>(shard.shard())}});
    if (!info.ok() || shard.event_sequence() != info.value().last_sequence) return false;
  }
  return true;
}

}  // namespace

void compare_replicas(cli::Deployment& deployment, const std::filesystem::path& scratch,
                      std::vector<std::string>& failures) {
  const cli::Endpoints& at = deployment.endpoints();
  const auto log = eventlog::open_jetstream({.url = at.nats, .name = "compare"});
  for (std::uint16_t shard = 0; shard < at.shards; ++shard) {
    auto replica = engine::start_replica(*log, ShardId{shard}, nullptr, {1u << 18, 1u << 18}, "compare");
    if (!replica.ok()) {
      failures.push_back("replay of shard " + std::to_string(shard) + ": " + replica.error().message);
      continue;
    }
    const bool equal = eventually([&] {
      const Status followed =
          engine::catch_up(*log, replica.value(), [](std::uint64_t, std::uint64_t) { return true; });
      return followed.ok() && live_hash(at, shard) == to_hex(replica.value().engine->state_hash());
    });
    if (!equal) failures.push_back("shard " + std::to_string(shard) + ": replayed and live state differ");
  }
  v1::GetStatusResponse kept_up;
  if (!eventually([&] { return caught_up(kept_up = projection_status(at.query), *log); }))
    failures.push_back("the projection does not come to the end of the log");
  runtime::ChildProcess rebuilt(
      {(cli::program_dir() / "sluice-query").string(), "--nats-url", at.nats, "--shards", std::to_string(at.shards),
       "--data-dir", (scratch / "rebuilt").string(), "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0",
       "--ready-file", (scratch / "rebuilt.json").string()},
      scratch / "rebuilt.log");
  if (!eventually([&] { return std::filesystem::exists(scratch / "rebuilt.json"); })) {
    failures.push_back("a second query process does not start");
    return;
  }
  const auto addresses = nlohmann::json::parse(std::ifstream(scratch / "rebuilt.json"));
  v1::GetStatusResponse anew;
  if (!eventually([&] { return caught_up(anew = projection_status(addresses["query"]), *log); }, kPatienceSeconds)) {
    failures.push_back("the rebuild does not come to the end of the log");
    return;
  }
  kept_up = projection_status(at.query);
  for (int i = 0; i < kept_up.shards_size() && i < anew.shards_size(); ++i) {
    if (kept_up.shards(i).hash().empty() || kept_up.shards(i).hash() != anew.shards(i).hash()) {
      failures.push_back("shard " + std::to_string(i) + ": rows rebuilt from nothing differ from those kept up");
    }
  }
}

KillSoakReport run_kill_soak(const KillSoakOptions& options) {
  KillSoakReport report;
  TempDir dir;
  cli::Deployment deployment({.data_dir = dir.path() / "d",
                              .bin_dir = {},
                              .shards = options.shards,
                              .sync = options.sync,
                              .orders_max = 1u << 16,
                              .keys_expected = 1u << 16,
                              .snapshot_messages = 500});
  if (const Status started = deployment.start(); !started.ok()) {
    report.failures.push_back(started.error().message);
    return report;
  }
  const auto channel = runtime::open_channel(deployment.endpoints().command);
  const std::vector<std::string> accounts{"A", "B", "C", "D"};
  // Enough for each of a few shards: the service puts a symbol where its hash says.
  const std::vector<std::string> symbols{"W", "X", "Y", "Z"};
  if (const Status named = cli::register_names(channel, accounts, symbols); !named.ok())
    report.failures.push_back(named.error().message);
  cli::Flow flow(channel, {.seed = options.seed,
                           .commands = ~std::uint64_t{0},
                           .accounts = accounts,
                           .symbols = symbols,
                           .batch = 32,
                           .in_flight = 16});
  std::thread sending([&] { report.flow = flow.run(3600, [](std::uint64_t) {}); });
  for (; report.kills < options.kills && report.failures.empty(); ++report.kills) {
    const std::uint64_t before = flow.answered();
    if (!eventually(
            [&] {
              return flow.answered() >= before + kAnsweredBetweenKills && flow.unanswered() >= options.unanswered_min;
            },
            kPatienceSeconds)) {
      report.failures.push_back("the flow stands still before kill " + std::to_string(report.kills + 1));
      break;
    }
    const long killed_at = steady_millis();
    const std::string name =
        options.process == "engine" ? "engine-" + std::to_string(report.kills % options.shards) : options.process;
    deployment.process(name).kill(SIGKILL);
    deployment.process(name).wait();
    if (const Status restarted = deployment.restart(name); !restarted.ok())
      report.failures.push_back(restarted.error().message);
    report.restart_ms_max = std::max(report.restart_ms_max, static_cast<std::uint64_t>(steady_millis() - killed_at));
  }
  const std::uint64_t before = flow.answered();
  if (!eventually([&] { return flow.answered() > before + kAnsweredBetweenKills; }, kPatienceSeconds))
    report.failures.push_back("no answers after the last kill");
  flow.stop();
  sending.join();
  for (const auto& [id, entry] : flow.journal()) {
    if (!entry.last_error.empty()) ++report.errors[entry.last_error];
  }
  const auto log = eventlog::open_jetstream({.url = deployment.endpoints().nats, .name = "audit"});
  const auto audit = cli::audit_log(*log, options.shards, flow.journal());
  if (!audit.ok()) report.failures.push_back("the log: " + audit.error().message);
  else report.audit = audit.value();
  if (!report.audit.clean())
    report.failures.insert(report.failures.end(), report.audit.examples.begin(), report.audit.examples.end());
  if (report.flow.unknown > 0)
    report.failures.push_back(std::to_string(report.flow.unknown) + " commands never got a result");
  compare_replicas(deployment, dir.path(), report.failures);
  if (!deployment.stop()) report.failures.push_back("a process did not stop cleanly");
  return report;
}

}  // namespace sluice::test
