// bench core: the whole core in process, frames in -> bodies out. Started by scripts/bench.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>

#include "bench/core_flow.h"
#include "bench/report.h"
#include "engine/core/kill_latch.h"
#include "engine/core/state.h"
#include "eventlog/codec.h"

namespace sluice::bench {

namespace {

using telemetry::Histogram;

struct CoreOptions {
  bool json = false;
  std::string commit = "unknown";
  bool full = false;
  int rounds = 5;
  std::size_t commands = 0;  // of a round of throughput; 0: by default
  std::size_t arrivals = 0;  // of a round of latency; 0: by default
};

constexpr FlowOptions kOneSymbol{.seed = 11, .books = 1, .resting = 1'000, .commands = 0};
/// Log time moves as if this were the rate, so that a window of a second holds this many keys.
constexpr std::int64_t kPacePerSecond = 10'000'000;
constexpr std::int64_t kArrivalsPerSecond = 100'000;
/// Frames that are made before they are executed, and stay in the cache until then.
constexpr std::size_t kFramesAtOnce = 8;

/// An engine with its flow, ready for commands.
struct Rig {
  Rig(std::size_t commands, core::Capacity capacity)
      : options(with_commands(commands)), flow(make_flow(options)), source(options, flow) {
    engine = source.engine(capacity, latch, answer);
    source.open(*engine, latch, answer);
    now = source.start();
  }
  static FlowOptions with_commands(std::size_t commands) {
    FlowOptions options = kOneSymbol;
    options.commands = commands;
    return options;
  }

  /// Frame in, body out.
  void execute(std::span<const OrderCommand> orders, Nanos at) {
    CommandFrame frame;
    frame.sequence = CmdSequence{engine->cmd_sequence().value() + 1};
    frame.broker_time = at;
    frame.orders = orders;
    engine->execute(frame, latch, answer);
    for (const std::span<const std::byte> body : encoder.encode(answer)) bytes += body.size();
    events += answer.order_events.size();
  }
  bool agrees() const { return CoreFlow::hash_of(*engine, options.books) == source.hash(); }

  const FlowOptions options;
  const BookFlow flow;
  CoreFlow source;
  core::KillLatch latch;
  Answer answer;
  eventlog::BodyEncoder encoder;
  std::unique_ptr<core::Engine> engine;
  Nanos now;
  std::uint64_t bytes = 0;
  std::uint64_t events = 0;
};

/// Commands a second over the next `commands` of the flow; making them is not counted.
double throughput_of(Rig& rig, std::size_t commands) {
  std::vector<std::vector<OrderCommand>> frames(kFramesAtOnce);
  std::uint64_t spent = 0;
  std::size_t done = 0;
  constexpr std::int64_t kFrameNanos = static_cast<std::int64_t>(CoreFlow::kFrame) * kNanosPerSecond / kPacePerSecond;
  while (done < commands && !rig.source.ended()) {
    const Nanos from = rig.now;
    for (std::vector<OrderCommand>& orders : frames) {
      rig.now = rig.now + Nanos{kFrameNanos};
      rig.source.next(CoreFlow::kFrame, rig.now, orders);
    }
    Nanos at = from;
    const std::uint64_t begin = ticks();
    for (const std::vector<OrderCommand>& orders : frames) {
      at = at + Nanos{kFrameNanos};
      if (!orders.empty()) rig.execute(orders, at);
    }
    spent += ticks() - begin;
    for (const std::vector<OrderCommand>& orders : frames) done += orders.size();
  }
  return static_cast<double>(done) * 1e9 / static_cast<double>(nanos_of(spent));
}

/// The same commands by a bare book.
double bare_rate(const BookFlow& flow) {
  FastBooks books(1, static_cast<std::uint32_t>(flow.resting_max + 16));
  Tally tally;
  perform_all(books, flow.opening, tally);
  const std::uint64_t begin = ticks();
  perform_all(books, flow.commands, tally);
  return static_cast<double>(flow.commands.size()) * 1e9 / static_cast<double>(nanos_of(ticks() - begin));
}

/// False if engine and bare book end differently.
bool throughput(Report& report, const CoreOptions& options) {
  const std::size_t round = options.commands != 0 ? options.commands : options.full ? 4'000'000 : 1'000'000;
  const auto warm_up = static_cast<std::size_t>(kPacePerSecond);
  say("throughput: making " + std::to_string(warm_up + round * static_cast<std::size_t>(options.rounds)) + " commands");
  Rig rig(warm_up + round * static_cast<std::size_t>(options.rounds),
          {.orders = 1u << 16, .keys = static_cast<std::uint32_t>(kPacePerSecond * 5 / 4)});
  say("throughput: a second of log time to fill the window of keys");
  throughput_of(rig, warm_up);
  Rounds rates, bare;
  for (int i = 0; i < options.rounds; ++i) {
    say("throughput, round " + std::to_string(i + 1) + " of " + std::to_string(options.rounds));
    rates.push_back(throughput_of(rig, round));
    bare.push_back(bare_rate(rig.flow));
  }
  const core::State& state = rig.engine->state();
  const std::string workload =
      "one symbol, 1000 resting orders, the mix of bench book, 100 accounts with every limit, " +
      std::to_string(CoreFlow::kFrame) + " commands a frame, bodies encoded; " + std::to_string(state.keys().size()) +
      " live keys of 1 s";
  report.add(median_rate(rates, "core.commands_per_s", "commands/s", workload,
                         round * static_cast<std::size_t>(options.rounds), "the bare book", bare));
  const bool agrees = rig.agrees();
  say("throughput: " + std::to_string(rig.events) + " events, " + std::to_string(rig.bytes) + " bytes of bodies, " +
      std::to_string(state.keys().size()) + " live keys, state hash " + to_hex(rig.engine->state_hash()) +
      "; the bare book " + (agrees ? "agrees" : "DIFFERS"));
  return agrees;
}

/// One round of open loop: each arrival has its moment, whether the engine is free then or not, and its latency counts
/// from it. With `engine` null nothing is executed: what is left is the waiting itself.
void arrivals(Rig* rig, std::size_t count, std::uint64_t seed, Histogram& nanos) {
  std::mt19937_64 random(seed);
  const double ticks_per_nano = 1.0 / nanos_per_tick();
  std::vector<OrderCommand> orders;
  double due_nanos = 0;
  const std::uint64_t begin = ticks();
  for (std::size_t i = 0; i < count; ++i) {
    const double uniform = static_cast<double>((random() >> 11) + 1) * 0x1p-53;
    due_nanos -= std::log(uniform) * 1e9 / static_cast<double>(kArrivalsPerSecond);
    const auto due = begin + static_cast<std::uint64_t>(due_nanos * ticks_per_nano);
    const Nanos at = rig == nullptr ? Nanos{} : rig->now + Nanos{static_cast<std::int64_t>(due_nanos)};
    if (rig != nullptr) rig->source.next(1, at, orders);
    std::uint64_t now = ticks();
    while (now < due) now = ticks();
    if (rig != nullptr) rig->execute(orders, at);
    nanos.record(nanos_of(ticks() - due));
  }
  if (rig != nullptr) rig->now = rig->now + Nanos{static_cast<std::int64_t>(due_nanos)};
}

bool latency(Report& report, const CoreOptions& options) {
  const std::size_t round = options.arrivals != 0 ? options.arrivals : options.full ? 2'000'000 : 300'000;
  const auto warm_up = static_cast<std::size_t>(kArrivalsPerSecond) * 11 / 10;
  Rig rig(warm_up + round * static_cast<std::size_t>(options.rounds), {.orders = 1u << 16, .keys = 1u << 17});
  Histogram unused;
  arrivals(&rig, warm_up, 1, unused);
  std::vector<Histogram> loaded, empty;
  for (int i = 0; i < options.rounds; ++i) {
    say("latency, round " + std::to_string(i + 1) + " of " + std::to_string(options.rounds));
    const auto seed = static_cast<std::uint64_t>(i) + 2;
    arrivals(nullptr, round / 10, seed, empty.emplace_back());
    arrivals(&rig, round, seed, loaded.emplace_back());
  }
  const std::string workload = "open loop, Poisson, 100000/s, a frame each; from the intended moment to the body; " +
                               std::to_string(rig.engine->state().keys().size()) + " live keys";
  constexpr std::array<std::pair<double, const char*>, 6> kQuantiles{
      {{0.5, "p50"}, {0.99, "p99"}, {0.999, "p99.9"}, {0.9997, "p99.97"}, {0.9999, "p99.99"}, {1.0, "max"}}};
  for (const auto& [quantile, label] : kQuantiles) {
    report.add(percentile(loaded, quantile, std::string("core.") + label, workload,
                          "the same waiting, nothing executed", {&empty}, "ns"));
  }
  const bool agrees = rig.agrees();
  say(std::string("latency: the bare book ") + (agrees ? "agrees" : "DIFFERS"));
  return agrees;
}

int run(const CoreOptions& options) {
  Report report("core", options.json, options.commit);
  const bool latency_agrees = latency(report, options);
  const bool agrees = throughput(report, options) && latency_agrees;
  report.print_disturbances();
  return agrees ? 0 : 1;
}

}  // namespace

}  // namespace sluice::bench

int main(int argc, char** argv) {
  sluice::bench::CoreOptions options;
  std::string output = "text";
  CLI::App app("The whole core in process, frames in, bodies out");
  app.add_option("--output", output, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.add_option("--commit", options.commit, "what was built");
  app.add_flag("--full", options.full, "4 M commands and 2 M arrivals a round, not 1 M and 0.3 M");
  app.add_option("--rounds", options.rounds, "rounds of each")->check(CLI::Range(2, 100));
  app.add_option("--commands", options.commands, "commands of a round of throughput; 0: by default");
  app.add_option("--arrivals", options.arrivals, "arrivals of a round of latency; 0: by default");
  CLI11_PARSE(app, argc, argv);
  options.json = output == "json";
  return sluice::bench::run(options);
}
