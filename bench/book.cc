// bench book: the bare book, in process, beside a simple peer that does the same commands. Started by scripts/bench.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "bench/book_run.h"
#include "bench/report.h"

namespace sluice::bench {

namespace {

using telemetry::Histogram;

struct BookOptions {
  bool json = false;
  std::string commit = "unknown";
  bool full = false;
  int rounds = 5;
  std::size_t commands = 0;  // of a round; 0: by default
  std::uint32_t thin = 1;    // resting orders are divided by it
};

/// Above this many resting orders a command's memory is more often far than near, and looking ahead pays.
constexpr std::uint64_t kLookAheadOrders = 50'000;

constexpr std::array<const char*, kBookActions> kActionNames{"new", "ioc", "cancel", "replace"};

struct Setting {
  std::uint16_t books;
  std::uint32_t resting;
  std::string name() const { return std::to_string(books) + "x" + std::to_string(resting); }
};

/// What all rounds of one setting have shown.
struct Results {
  Rounds fast_rates;
  Rounds peer_rates;
  std::array<std::vector<Histogram>, kBookActions> fast_nanos;
  std::array<std::vector<Histogram>, kBookActions> peer_nanos;
  Outcomes outcomes;
  std::uint64_t hash = 0;
  bool agreed = true;
};

/// One book, twice from the beginning: at full speed, then with each command timed.
template <typename Books, typename Perform>
void measure(const BookFlow& flow, const Setting& setting, Perform&& run, Rounds& rates,
             std::array<std::vector<Histogram>, kBookActions>& nanos, Results& results, bool first) {
  const auto orders = static_cast<std::uint32_t>(flow.resting_max + 16);
  for (const bool timed : {false, true}) {
    Books books(setting.books, orders);
    Tally opening;
    perform_all(books, flow.opening, opening);
    Tally tally;
    if (timed) {
      std::array<Histogram, kBookActions> round;
      perform_timed(books, flow.commands, tally, round);
      for (std::size_t i = 0; i < kBookActions; ++i) nanos[i].push_back(std::move(round[i]));
    } else {
      const std::uint64_t begin = ticks();
      run(books, flow.commands, tally);
      const auto elapsed = static_cast<double>(nanos_of(ticks() - begin));
      rates.push_back(static_cast<double>(flow.commands.size()) * 1e9 / elapsed);
    }
    if (first && !timed) {
      results.outcomes = tally.outcomes;
      results.hash = books.hash();
    }
    results.agreed = results.agreed && tally.outcomes == results.outcomes && books.hash() == results.hash;
  }
}

void report_on(Report& report, const Setting& setting, const BookFlow& flow, const Results& results, bool ahead) {
  const std::string name = setting.name();
  const std::string workload = std::to_string(setting.books) + (setting.books == 1 ? " book of " : " books of ") +
                               std::to_string(setting.resting) +
                               " orders; 47 passive new / 10 crossing / 10 IOC / 23 cancel / 10 replace" +
                               (ahead ? ", looking 24 commands ahead" : "");
  report.add(median_rate(results.fast_rates, name + ".mixed.ops_per_s", "ops/s", workload,
                         flow.commands.size() * results.fast_rates.size(), "std::map + std::list + std::unordered_map",
                         results.peer_rates));
  constexpr std::array<std::pair<double, const char*>, 4> kQuantiles{
      {{0.5, "p50"}, {0.99, "p99"}, {0.999, "p99.9"}, {1.0, "max"}}};
  for (std::size_t i = 0; i < kBookActions; ++i) {
    for (const auto& [quantile, label] : kQuantiles) {
      report.add(percentile(results.fast_nanos[i], quantile, name + "." + kActionNames[i] + "." + label,
                            std::string("each ") + kActionNames[i] + " timed by itself, the time stamp included",
                            "the peer", {&results.peer_nanos[i]}, "ns"));
    }
  }
  say(name + ": hash " + std::to_string(results.hash) + ", accepted " + std::to_string(results.outcomes.accepted) +
      ", trades " + std::to_string(results.outcomes.trades) + ", cancelled " +
      std::to_string(results.outcomes.cancelled) + ", rejected " + std::to_string(results.outcomes.rejected) +
      ", resting " + std::to_string(flow.resting_min) + " to " + std::to_string(flow.resting_max) + "; the peer " +
      (results.agreed ? "agrees" : "DIFFERS"));
}

/// False if the two books disagree.
bool run_setting(Report& report, const BookOptions& options, const Setting& setting) {
  const std::size_t commands = options.commands != 0 ? options.commands : options.full ? 5'000'000 : 1'000'000;
  const BookFlow flow =
      make_flow({.seed = 7, .books = setting.books, .resting = setting.resting / options.thin, .commands = commands});
  const bool ahead = std::uint64_t{setting.books} * setting.resting >= kLookAheadOrders;
  Results results;
  for (int round = 1; round <= options.rounds; ++round) {
    say(setting.name() + ", round " + std::to_string(round) + " of " + std::to_string(options.rounds));
    measure<FastBooks>(
        flow, setting,
        [&](FastBooks& books, std::span<const BookCommand> all, Tally& tally) {
          if (ahead) perform_ahead(books, all, tally);
          else perform_all(books, all, tally);
        },
        results.fast_rates, results.fast_nanos, results, round == 1);
    measure<PeerBooks>(flow, setting, perform_all<PeerBooks>, results.peer_rates, results.peer_nanos, results, false);
  }
  report_on(report, setting, flow, results, ahead);
  return results.agreed;
}

int run(const BookOptions& options) {
  Report report("book", options.json, options.commit);
  std::vector<Histogram> clock(1);
  for (int i = 0; i < 1'000'000; ++i) {
    const std::uint64_t begin = ticks();
    clock[0].record(nanos_of(ticks() - begin));
  }
  report.add(percentile(clock, 0.5, "floor.clock.p50", "two time stamps with nothing between", "", {}, "ns"));
  bool agreed = true;
  for (const Setting& setting : {Setting{1, 1'000}, Setting{1, 10'000}, Setting{100, 1'000}, Setting{100, 10'000}})
    agreed = run_setting(report, options, setting) && agreed;
  report.print_disturbances();
  return agreed ? 0 : 1;
}

}  // namespace

}  // namespace sluice::bench

int main(int argc, char** argv) {
  sluice::bench::BookOptions options;
  std::string output = "text";
  CLI::App app("The bare book beside a simple peer");
  app.add_option("--output", output, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.add_option("--commit", options.commit, "what was built");
  app.add_flag("--full", options.full, "5 M commands a round, not 1 M");
  app.add_option("--rounds", options.rounds, "how often book and peer take turns")->check(CLI::Range(2, 100));
  app.add_option("--commands", options.commands, "commands of a round; 0: 1 M, with --full 5 M");
  app.add_option("--thin", options.thin, "divides the resting orders, for tests of the output")
      ->check(CLI::Range(1, 100));
  CLI11_PARSE(app, argc, argv);
  options.json = output == "json";
  return sluice::bench::run(options);
}
