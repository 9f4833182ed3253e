// Latency of a command, beside its floors.
#include <algorithm>

#include "bench/chain_rig.h"
#include "bench/floors.h"

namespace sluice::bench {

namespace {

using telemetry::Histogram;
using HistogramRounds = std::vector<Histogram>;

constexpr std::size_t kPayload = 320;  // bytes of a frame of one command
constexpr ShardId kSpare{1};

struct Latencies {
  HistogramRounds grpc_unary, grpc_stream, append, two_hops;  // floors
  HistogramRounds unary_logged, unary_executed, stream_logged, stream_executed;
};

/// The floors and the chain take turns, so that a noisy minute hits both.
void measure_round(Latencies& all, Chain& chain, const std::string& bare, double rate, Nanos slice, bool streams) {
  const auto loaded = [&](const std::string& address, load::Via via, v1::WaitLevel level) {
    return chain.run(address, {.via = via, .level = level, .rate = rate, .duration = slice}).tally.latency;
  };
  const Paced paced{rate, slice, static_cast<std::uint64_t>(all.append.size()) + 1, kPayload};
  all.grpc_unary.push_back(loaded(bare, load::Via::kUnary, v1::WAIT_LEVEL_LOGGED));
  all.append.push_back(need(bare_append(chain.nats(), kSpare, paced), "bare append"));
  all.unary_logged.push_back(loaded(chain.command(), load::Via::kUnary, v1::WAIT_LEVEL_LOGGED));
  all.two_hops.push_back(need(two_hop_echo(chain.nats(), paced), "two-hop echo"));
  all.unary_executed.push_back(loaded(chain.command(), load::Via::kUnary, v1::WAIT_LEVEL_EXECUTED));
  if (!streams) return;
  all.grpc_stream.push_back(loaded(bare, load::Via::kStream, v1::WAIT_LEVEL_LOGGED));
  all.stream_logged.push_back(loaded(chain.command(), load::Via::kStream, v1::WAIT_LEVEL_LOGGED));
  all.stream_executed.push_back(loaded(chain.command(), load::Via::kStream, v1::WAIT_LEVEL_EXECUTED));
}

/// The parts of a floor lie one behind the other: their percentiles are added.
void add(Report& report, const HistogramRounds& rounds, const std::string& metric, const std::string& workload,
         const std::string& reference = "", const std::vector<const HistogramRounds*>& parts = {}) {
  for (const auto& [name, quantile] : {std::pair{"p50", 0.5}, std::pair{"p99", 0.99}, std::pair{"p99.9", 0.999}}) {
    if (const std::uint64_t count = merged(rounds).count(); !merged(rounds).resolves(quantile)) {
      say(metric + '.' + name + ": not resolved by " + std::to_string(count) + " samples");
      continue;
    }
    report.add(percentile(rounds, quantile, metric + '.' + name, workload, reference, parts));
  }
}

}  // namespace

/// With fsync the floors of one message a command saturate at a few thousand a second: frames are what lets the chain
/// go beyond them, and its ratio fall below one.
void latencies(Report& report, const ChainOptions& options, Chain& chain, const std::string& bare, double rate,
               bool streams) {
  // Fast floors with fsync need seconds to work off what a slice brought, and a shorter slice has samples enough.
  const bool fast = rate > 5'000;
  const Nanos slice = fast ? Nanos{options.slice.value() * 2 / 5} : options.slice;
  const int rounds = fast ? std::max(2, options.rounds * 3 / 5) : options.rounds;
  Latencies all;
  for (int round = 1; round <= rounds; ++round) {
    say(std::string(chain.label()) + ", latency at " + std::to_string(static_cast<int>(rate)) + "/s, round " +
        std::to_string(round) + " of " + std::to_string(rounds));
    measure_round(all, chain, bare, rate, slice, streams);
  }
  const std::string at = std::string(chain.label()) + '.' + std::to_string(static_cast<int>(rate / 1000)) + "k.";
  const std::string open = chain.workload("open loop, Poisson, one command a message");
  const std::string bytes = chain.workload("open loop, Poisson, messages of 320 bytes");
  add(report, all.grpc_unary, at + "floor.grpc_unary", "open loop, Poisson, one command a message, no log");
  add(report, all.append, at + "floor.append", bytes);
  add(report, all.two_hops, at + "floor.two_hops", bytes);
  add(report, all.unary_logged, at + "unary.logged", open, "bare gRPC + bare append", {&all.grpc_unary, &all.append});
  add(report, all.unary_executed, at + "unary.executed", open, "bare gRPC + two hops with nats.c",
      {&all.grpc_unary, &all.two_hops});
  if (!streams) return;
  add(report, all.grpc_stream, at + "floor.grpc_stream", "open loop, Poisson, one command a message, no log");
  add(report, all.stream_logged, at + "stream.logged", open, "bare stream + bare append",
      {&all.grpc_stream, &all.append});
  add(report, all.stream_executed, at + "stream.executed", open, "bare stream + two hops with nats.c",
      {&all.grpc_stream, &all.two_hops});
}

}  // namespace sluice::bench
