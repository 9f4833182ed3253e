#include "cli/flow_load.h"

#include <algorithm>
#include <cstdio>

#include "cli/flow.h"
#include "cli/validators.h"
#include "runtime/channel.h"
#include "runtime/clock.h"

namespace sluice::cli {

namespace {
constexpr int kGiveUpSeconds = 120;
constexpr std::uint32_t kBatchDefault = 32;
constexpr std::size_t kNamesMax = 100'000;
}  // namespace

void add_flow_options(CLI::App& load, FlowFlags& flags) {
  load.add_option("--orders", flags.orders, "send a seeded flow of so many orders, cancels and replaces");
  load.add_option("--seed", flags.seed, "seed of the flow")->capture_default_str();
  load.add_option("--rate", flags.rate, "commands a second; 0: as fast as answers come (closed loop)")
      ->check(not_negative())
      ->capture_default_str();
  load.add_option("--batch", flags.batch, "commands a message at most; default 32 with --orders, else 128")
      ->check(CLI::Range(1, 512));
  load.add_option("--in-flight", flags.in_flight, "closed loop: messages without an answer at most")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  load.add_option("--accounts", flags.accounts, "names, or how many; default A,B,C with --orders, else 8 (L0, L1, …)")
      ->delimiter(',');
  load.add_option("--symbols", flags.symbols, "names, or how many; default X,Y with --orders, else 4 (S0, S1, …)")
      ->delimiter(',');
  load.add_option("--wait", flags.wait, "logged or executed")
      ->check(CLI::IsMember({"logged", "executed"}))
      ->capture_default_str();
}

std::vector<std::string> names_of(const std::vector<std::string>& given, const std::string& letter,
                                  std::uint32_t count) {
  std::size_t wanted = count;
  if (!given.empty()) {
    const bool number = given.size() == 1 && given[0].size() <= 6 &&
                        given[0].find_first_not_of("0123456789") == std::string::npos && !given[0].empty();
    if (!number || given[0] == "0") return given;
    wanted = std::min<std::size_t>(std::stoul(given[0]), kNamesMax);
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < wanted; ++i) names.push_back(letter + std::to_string(i));
  return names;
}

int run_flow(const Context& context, const FlowFlags& flags) {
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return fail(endpoints.error());
  const auto channel = runtime::open_channel(endpoints.value().command);
  FlowOptions options;
  options.accounts =
      flags.accounts.empty() ? std::vector<std::string>{"A", "B", "C"} : names_of(flags.accounts, "L", 0);
  options.symbols = flags.symbols.empty() ? std::vector<std::string>{"X", "Y"} : names_of(flags.symbols, "S", 0);
  if (const Status named = register_names(channel, options.accounts, options.symbols); !named.ok())
    return fail(named.error());
  options.seed = flags.seed;
  options.commands = flags.orders;
  options.batch = flags.batch == 0 ? kBatchDefault : flags.batch;
  options.in_flight = flags.in_flight;
  options.rate = flags.rate;
  options.level = flags.wait == "logged" ? v1::WAIT_LEVEL_LOGGED : v1::WAIT_LEVEL_EXECUTED;
  Flow flow(channel, options);
  Nanos told = runtime::steady_now();
  const FlowTotals totals = flow.run(kGiveUpSeconds, [&](std::uint64_t answered) {
    const Nanos now = runtime::steady_now();
    if (now - told < Nanos{kNanosPerSecond}) return;
    told = now;
    std::fprintf(stderr, "%llu of %llu answered\n", static_cast<unsigned long long>(answered),
                 static_cast<unsigned long long>(flags.orders));
  });
  const double per_second = totals.seconds > 0 ? static_cast<double>(totals.commands) / totals.seconds : 0.0;
  if (context.json()) {
    std::printf("%s\n", nlohmann::json{{"commands", totals.commands},
                                       {"executed", totals.executed},
                                       {"rejected", totals.rejected},
                                       {"killed", totals.killed},
                                       {"unknown", totals.unknown},
                                       {"resent", totals.resent},
                                       {"seconds", totals.seconds},
                                       {"commands_per_s", per_second}}
                            .dump()
                            .c_str());
  } else {
    std::printf(
        "%llu commands in %.2f s (%.0f/s): %llu executed, %llu rejected (%llu killed), %llu without a result, %llu "
        "sent again\n",
        static_cast<unsigned long long>(totals.commands), totals.seconds, per_second,
        static_cast<unsigned long long>(totals.executed), static_cast<unsigned long long>(totals.rejected),
        static_cast<unsigned long long>(totals.killed), static_cast<unsigned long long>(totals.unknown),
        static_cast<unsigned long long>(totals.resent));
  }
  return totals.unknown == 0 ? kExitOk : kExitFailed;
}

}  // namespace sluice::cli
