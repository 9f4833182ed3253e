// bench chain: the whole way of a command, beside the floors of the same run. Started by scripts/bench.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "bench/chain_rig.h"

namespace sluice::bench {

namespace {

constexpr Nanos kFullSlice{2500 * kNanosPerMilli};  // 5 rounds at 1,000/s resolve a p99.9

/// A default run is to end within 50 s: without fsync it shows unary calls at one rate, and fewer batch sizes.
void measure(Report& report, const ChainOptions& options) {
  const BareServer server;
  const std::string& bare = server.address();
  using Batches = std::vector<std::uint32_t>;
  const Batches all{1, 8, 32, 128, 512};
  {
    Chain synced(true);
    for (const double rate : {1'000.0, 10'000.0}) latencies(report, options, synced, bare, rate, true);
    throughput(report, options, synced, bare, all);
  }
  {
    Chain unsynced(false);
    replays(report, options, unsynced);
    latencies(report, options, unsynced, bare, 1'000, options.full);
    if (options.full) latencies(report, options, unsynced, bare, 10'000, true);
    throughput(report, options, unsynced, bare, options.full ? all : Batches{1, 512});
  }
}

int run(const ChainOptions& options) {
  Report report("chain", options.json, options.commit);
  int code = 0;
  try {
    measure(report, options);
  } catch (const std::exception& error) {
    say(std::string("error: ") + error.what());
    code = 1;
  }
  report.print_disturbances();
  return code;
}

}  // namespace

}  // namespace sluice::bench

int main(int argc, char** argv) {
  sluice::bench::ChainOptions options;
  std::string output = "text";
  std::int64_t slice_ms = 0;
  CLI::App app("The way of a command, beside the floors of the same run");
  app.add_option("--output", output, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.add_option("--commit", options.commit, "what was built");
  app.add_flag("--full", options.full, "longer, and all of it without fsync too: the figures for docs");
  app.add_option("--slice-ms", slice_ms, "length of each measurement of a round; 0: 220, with --full 2500")
      ->check(CLI::Range(0, 60'000));
  app.add_option("--rounds", options.rounds, "how often the floors and the chain take turns")
      ->check(CLI::Range(2, 100))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  options.json = output == "json";
  if (options.full) options.slice = sluice::bench::kFullSlice;
  if (slice_ms > 0) options.slice = sluice::Nanos{slice_ms * sluice::kNanosPerMilli};
  return sluice::bench::run(options);
}
