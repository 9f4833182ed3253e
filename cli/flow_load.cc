#include "cli/flow_load.h"

#include <cstdio>

#include "cli/flow.h"
#include "runtime/clock.h"

namespace sluice::cli {

namespace {
constexpr int kGiveUpSeconds = 120;
}

void add_flow_options(CLI::App& load, FlowFlags& flags) {
  load.add_option("--orders", flags.orders, "send a seeded flow of so many orders, cancels and replaces");
  load.add_option("--seed", flags.seed, "seed of the flow")->capture_default_str();
  load.add_option("--rate", flags.rate, "commands a second; 0: as fast as answers come")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  load.add_option("--batch", flags.batch, "commands a message")->check(CLI::Range(1, 512))->capture_default_str();
  load.add_option("--in-flight", flags.in_flight, "messages without an answer at most")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  load.add_option("--accounts", flags.accounts, "accounts of the flow")->delimiter(',')->capture_default_str();
  load.add_option("--symbols", flags.symbols, "instruments of the flow")->delimiter(',')->capture_default_str();
  load.add_option("--wait", flags.wait, "logged or executed")
      ->check(CLI::IsMember({"logged", "executed"}))
      ->capture_default_str();
}

int run_flow(const Context& context, const FlowFlags& flags) {
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return fail(endpoints.error());
  const auto channel = Context::channel(endpoints.value().command);
  if (const Status named = register_names(channel, flags.accounts, flags.symbols); !named.ok())
    return fail(named.error());
  FlowOptions options;
  options.seed = flags.seed;
  options.commands = flags.orders;
  options.accounts = flags.accounts;
  options.symbols = flags.symbols;
  options.batch = flags.batch;
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
