// bench chain: the whole way of a command, beside the floors of the same run. Started by scripts/bench.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "bench/floors.h"
#include "bench/report.h"
#include "cli/deployment.h"
#include "cli/flow.h"
#include "cli/load/load_run.h"
#include "engine/core/state.h"
#include "engine/recovery.h"
#include "eventlog/jetstream_log.h"
#include "runtime/clock.h"
#include "runtime/doorbell.h"
#include "runtime/grpc_server.h"
#include "sluice/v1/query.grpc.pb.h"

namespace sluice::bench {

namespace {

using telemetry::Histogram;

constexpr std::size_t kPayload = 320;  // bytes of a frame of one command
constexpr std::uint32_t kAccounts = 8;
constexpr ShardId kSpare{1};

struct Options {
  bool json = false;
  bool full = false;
  std::string commit = "unknown";

  Nanos slice() const { return full ? Nanos{10 * kNanosPerSecond} : Nanos{kNanosPerSecond / 2}; }
  int rounds() const { return full ? 5 : 3; }
};

std::vector<std::string> names(const char* prefix, std::uint32_t count) {
  std::vector<std::string> all;
  for (std::uint32_t i = 0; i < count; ++i) all.push_back(prefix + std::to_string(i));
  return all;
}

/// What fails ends the run: a figure of half a measurement would be believed.
template <typename T>
T need(Result<T>&& result, const char* what) {
  if (result.ok()) return std::move(result).value();
  throw std::runtime_error(std::string(what) + ": " + result.error().message);
}
class Chain {
 public:
  Chain(const Options& options, bool sync) : options_(options), sync_(sync) {
    dir_ = std::filesystem::temp_directory_path() / ("sluice-bench-" + std::to_string(::getpid()) + (sync ? "s" : "n"));
    cli::DeploymentOptions deployment;
    deployment.data_dir = dir_;
    deployment.sync = sync;
    deployment.stream_bytes_max = std::uint64_t{4} << 30;
    deployment_ = std::make_unique<cli::Deployment>(deployment);
    need(deployment_->start(), "start");
    const auto& at = deployment_->endpoints();
    need(cli::register_names(cli::Context::channel(at.command), names("L", kAccounts), names("S", 4)), "names");
  }
  ~Chain() {
    deployment_->stop();
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }

  const std::string& nats() const { return deployment_->endpoints().nats; }
  std::string workload(const std::string& what) const {
    return what + (sync_ ? ", fsync of every append" : ", no fsync");
  }

  load::LoadResult run(const std::string& address, load::Via via, v1::WaitLevel level, double rate,
                       std::uint32_t batch = 1, std::uint32_t in_flight = 16) {
    load::LoadOptions load;
    load.rate = rate;
    load.duration = options_.slice();
    load.arrivals = load::Arrivals::kPoisson;
    load.via = via;
    load.level = level;
    load.batch = batch;
    load.in_flight = in_flight;
    load.seed = ++seed_;
    load.accounts = names("L", kAccounts);
    load.symbols = names("S", 4);
    auto result = need(load::run_load({.commands = {cli::Context::channel(address)}}, load), "load");
    if (result.tally.of(load::Outcome::kUnknown) + result.tally.of(load::Outcome::kRefused) > 0)
      throw std::runtime_error("load: " + result.tally.error);
    if (result.sender_was_slow())
      std::fprintf(stderr, "bench chain: the sender was late (p99 %.0f us): the figure is the sender's too\n",
                   static_cast<double>(result.tally.lateness.quantile(0.99)) / 1e3);
    return result;
  }
  const std::string& command() const { return deployment_->endpoints().command; }
  void delete_read_models() {
    runtime::ChildProcess& query = deployment_->process("query");
    query.kill(SIGTERM);
    query.wait();
    std::filesystem::remove_all(dir_ / "query");
  }
  /// Its address.
  std::string start_query() {
    need(deployment_->restart("query"), "query service");
    return deployment_->endpoints().query;
  }

 private:
  const Options options_;
  const bool sync_;
  std::filesystem::path dir_;
  std::unique_ptr<cli::Deployment> deployment_;
  std::uint64_t seed_ = 0;
};

void say(const std::string& what) { std::fprintf(stderr, "bench chain: %s\n", what.c_str()); }

struct Floor {
  Histogram grpc_unary, grpc_stream, append, two_hops;
};

void add_latency(Report& report, const Histogram& value, const std::string& metric, const std::string& workload,
                 const std::string& reference, const Histogram* first, const Histogram* second) {
  for (const auto& [name, quantile] : {std::pair{"p50", 0.5}, std::pair{"p99", 0.99}, std::pair{"p99.9", 0.999}}) {
    if (!value.resolves(quantile)) {
      say(metric + '.' + name + ": not resolved by " + std::to_string(value.count()) + " samples");
      continue;
    }
    Measure measure = percentile(value, quantile, metric + '.' + name, workload);
    if (first != nullptr) {
      measure.reference = reference;
      measure.reference_value = static_cast<double>(first->quantile(quantile)) / 1e3;
      if (second != nullptr) measure.reference_value += static_cast<double>(second->quantile(quantile)) / 1e3;
    }
    report.add(measure);
  }
}

/// The floors and the chain take turns, so that a noisy minute hits both. With fsync the floors of one message a
/// command saturate at a few thousand a second: frames are what lets the chain go beyond them, and its ratio fall below
/// one.
void latencies(Report& report, const Options& options, Chain& chain, const std::string& bare, double rate) {
  Floor floor;
  Histogram logged, executed, stream_logged, stream_executed;
  const auto rounds = options.rounds();
  for (int round = 0; round < rounds; ++round) {
    say("latency at " + std::to_string(static_cast<int>(rate)) + "/s, round " + std::to_string(round + 1) + " of " +
        std::to_string(rounds));
    const auto loaded = [&](const std::string& address, load::Via via, v1::WaitLevel level) {
      return chain.run(address, via, level, rate);
    };
    const Paced paced{rate, options.slice(), kPayload};
    floor.grpc_unary.merge(loaded(bare, load::Via::kUnary, v1::WAIT_LEVEL_LOGGED).tally.latency);
    floor.append.merge(need(bare_append(chain.nats(), kSpare, paced), "bare append"));
    logged.merge(loaded(chain.command(), load::Via::kUnary, v1::WAIT_LEVEL_LOGGED).tally.latency);
    floor.two_hops.merge(need(two_hop_echo(chain.nats(), paced), "two-hop echo"));
    executed.merge(loaded(chain.command(), load::Via::kUnary, v1::WAIT_LEVEL_EXECUTED).tally.latency);
    floor.grpc_stream.merge(loaded(bare, load::Via::kStream, v1::WAIT_LEVEL_LOGGED).tally.latency);
    stream_logged.merge(loaded(chain.command(), load::Via::kStream, v1::WAIT_LEVEL_LOGGED).tally.latency);
    stream_executed.merge(loaded(chain.command(), load::Via::kStream, v1::WAIT_LEVEL_EXECUTED).tally.latency);
  }
  const std::string at = std::to_string(static_cast<int>(rate / 1000)) + "k.";
  const std::string open = chain.workload("open loop, Poisson, one command a message");
  add_latency(report, floor.grpc_unary, at + "floor.grpc_unary", open, "", nullptr, nullptr);
  add_latency(report, floor.grpc_stream, at + "floor.grpc_stream", open, "", nullptr, nullptr);
  add_latency(report, floor.append, at + "floor.append", open, "", nullptr, nullptr);
  add_latency(report, floor.two_hops, at + "floor.two_hops", open, "", nullptr, nullptr);
  add_latency(report, logged, at + "unary.logged", open, "bare gRPC + bare append", &floor.grpc_unary, &floor.append);
  add_latency(report, executed, at + "unary.executed", open, "bare gRPC + two hops with nats.c", &floor.grpc_unary,
              &floor.two_hops);
  add_latency(report, stream_logged, at + "stream.logged", open, "bare stream + bare append", &floor.grpc_stream,
              &floor.append);
  add_latency(report, stream_executed, at + "stream.executed", open, "bare stream + two hops with nats.c",
              &floor.grpc_stream, &floor.two_hops);
}

Measure rate_of(std::vector<double> rounds, const std::string& metric, const std::string& unit,
                const std::string& workload, std::uint64_t samples) {
  std::sort(rounds.begin(), rounds.end());
  return {.metric = metric,
          .value = rounds[rounds.size() / 2],
          .unit = unit,
          .samples = samples,
          .workload = workload,
          .lower_is_better = false,
          .confidence = {rounds.front(), rounds.back()},
          .reference = {},
          .reference_value = 0};
}

void throughput(Report& report, const Options& options, Chain& chain, const std::string& bare, const char* label) {
  for (const std::uint32_t batch : {1u, 8u, 32u, 128u, 512u}) {
    say("commands a second, " + std::to_string(batch) + " a message");
    std::vector<double> floor, executed;
    std::uint64_t commands = 0;
    std::uint64_t of_floor = 0;  // not a sample of the chain
    for (int round = 0; round < options.rounds(); ++round) {
      const auto per_second = [&](const std::string& address, v1::WaitLevel level, std::uint64_t& answered) {
        const auto result = chain.run(address, load::Via::kStream, level, 0, batch, 16);
        answered += result.tally.answered();
        const double seconds = static_cast<double>(result.tally.last_answered.value()) / 1e9;
        return static_cast<double>(result.tally.answered()) / seconds;
      };
      if (round == 0) floor.push_back(per_second(bare, v1::WAIT_LEVEL_LOGGED, of_floor));
      executed.push_back(per_second(chain.command(), v1::WAIT_LEVEL_EXECUTED, commands));
    }
    Measure measure = rate_of(executed, std::string(label) + ".executed.batch" + std::to_string(batch), "commands/s",
                              chain.workload("closed loop, 16 messages in flight, one stream"), commands);
    measure.reference = "bare gRPC stream";
    measure.reference_value = floor.front();
    report.add(measure);
  }
}

/// EVT → state in this process, EVT → read models in a query service that starts without its data.
void replays(Report& report, Chain& chain) {
  say("replay");
  const RawRead raw = need(raw_read(chain.nats(), ShardId{0}), "raw read");
  const auto log = eventlog::open_jetstream({.url = chain.nats(), .name = "bench"});
  const Nanos begin = runtime::steady_now();
  auto replica = need(engine::start_replica(*log, ShardId{0}, nullptr, {1u << 20, 1u << 18}, "bench-replay"), "replay");
  need(engine::catch_up(*log, replica, [](std::uint64_t, std::uint64_t) { return true; }), "replay");
  const double seconds = static_cast<double>((runtime::steady_now() - begin).value()) / 1e9;
  const auto commands = static_cast<double>(replica.engine->cmd_sequence().value());
  const std::uint64_t events = replica.engine->state().counters().events;
  const std::string workload = chain.workload("the log of this run");
  Measure state = rate_of({static_cast<double>(events) / seconds}, "replay.state", "events/s", workload, events);
  state.reference = "raw read of CMD, as many messages";
  state.reference_value = static_cast<double>(events) / (raw.seconds * commands / static_cast<double>(raw.messages));
  report.add(state);

  chain.delete_read_models();
  const Nanos again = runtime::steady_now();
  const auto query = v1::QueryService::NewStub(cli::Context::channel(chain.start_query()));
  runtime::Doorbell pause;
  while (true) {
    grpc::ClientContext context;
    v1::GetStatusResponse status;
    if (query->GetStatus(&context, {}, &status).ok() &&
        status.shards(0).event_sequence() >= replica.fold->last_sequence())
      break;
    pause.wait(pause.value(), Nanos{10 * kNanosPerMilli});
  }
  const double rebuilt = static_cast<double>((runtime::steady_now() - again).value()) / 1e9;
  report.add(rate_of({static_cast<double>(events) / rebuilt}, "replay.read_models", "events/s", workload, events));
}

int run(const Options& options) {
  Report report("chain", options.json, options.commit);
  BareService bare;
  const auto server = need(runtime::GrpcServer::start({.receive_bytes_max = 4 << 20}, {&bare}), "bare gRPC");
  {
    Chain synced(options, true);
    for (const double rate : {1'000.0, 10'000.0}) latencies(report, options, synced, server->address(), rate);
    throughput(report, options, synced, server->address(), "synced");
    replays(report, synced);
  }
  if (options.full) {
    Chain unsynced(options, false);
    for (const double rate : {1'000.0, 10'000.0}) latencies(report, options, unsynced, server->address(), rate);
    throughput(report, options, unsynced, server->address(), "unsynced");
  }
  server->shutdown(Nanos{kNanosPerSecond});
  report.print_disturbances();
  return 0;
}

}  // namespace

}  // namespace sluice::bench

int main(int argc, char** argv) {
  sluice::bench::Options options;
  std::string output = "text";
  CLI::App app("The way of a command, beside the floors of the same run");
  app.add_option("--output", output, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.add_option("--commit", options.commit, "what was built");
  app.add_flag("--full", options.full, "longer, and without fsync too: the figures for docs");
  CLI11_PARSE(app, argc, argv);
  options.json = output == "json";
  try {
    return sluice::bench::run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench chain: error: %s\n", error.what());
    return 1;
  }
}
