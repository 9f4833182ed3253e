// sluice load: orders in quantity. An open-loop load with latencies (cli/open_load.h); real market data as commands
// through the live system, with the result that a correct matching engine must have; a seeded flow (cli/flow_load.h).
#include <cstdio>

#include "cli/context.h"
#include "cli/flow_load.h"
#include "cli/live_gate.h"
#include "cli/open_load.h"
#include "marketdata/lobster.h"

namespace sluice::cli {

namespace {

int load(const Context& context, const std::string& folder, const std::string& symbol) {
  const auto sample = marketdata::load_lobster(folder);
  // A sample that is not there or not in the format is the caller's mistake, not the system's state.
  if (!sample.ok()) return fail(Error{ErrorCode::kInvalidArgument, sample.error().message});
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return fail(endpoints.error());
  LiveClient client(context, endpoints.value());
  LiveGate gate(client, symbol);
  if (const Status prepared = gate.prepare(); !prepared.ok()) return fail(prepared.error());
  const auto result = LobsterOracle(gate).run(sample.value());
  if (!result.ok()) return fail(result.error());
  if (context.json()) {
    std::printf("%s\n", result.value().dump(1).c_str());
    return kExitOk;
  }
  std::printf("%zu messages of %s as commands through the live system\n", sample.value().messages.size(),
              symbol.c_str());
  for (const auto& [what, count] : result.value()["counts"].items())
    std::printf("  %-18s %s\n", what.c_str(), count.dump().c_str());
  std::printf("the same resting order was hit as on the exchange: %s of executions\n",
              result.value()["maker_agreement"].dump().c_str());
  std::printf("best bids %s\nbest asks %s\nlive orders %s\n", result.value()["final_best_bid"].dump().c_str(),
              result.value()["final_best_ask"].dump().c_str(), result.value()["resting_orders"].dump().c_str());
  return kExitOk;
}

}  // namespace

void add_load(CLI::App& app, Context& context, Action& action) {
  static std::string folder;
  static std::string symbol = "AAPL";
  static FlowFlags flow;
  static OpenFlags open;
  auto* command =
      app.add_subcommand("load", "load the system and measure it, or compare it with a recorded trading day");
  command->footer(
      "Examples: sluice load --rate 10000 --duration 30 --sample 100 --html load.html\n          sluice load --lobster "
      "samples/aapl --speed 10 --output json\n          sluice load --lobster samples/aapl --symbol AAPL    (one "
      "command "
      "at a time, compared with the exchange)\n          sluice load --orders 10000 --seed 7                (closed "
      "loop, "
      "each command until it is clear)");
  command->add_option("--lobster", folder, "folder with a LOBSTER message file and order book file");
  command->add_option("--symbol", symbol, "LOBSTER without --speed: instrument to trade; its book must be empty")
      ->capture_default_str();
  add_flow_options(*command, flow);
  add_open_options(*command, open);
  command->callback([&, command] {
    action = [&, command] {
      const std::string own = open_option_given(open);
      const auto wrong = [](const std::string& what) { return fail(Error{ErrorCode::kInvalidArgument, what}); };
      if (flow.orders > 0 && !folder.empty()) return wrong("give either --lobster DIR or --orders N");
      const bool open_loop = folder.empty() ? flow.orders == 0 : open.with_speed->count() > 0;
      if (!open_loop && !own.empty())
        return wrong(own + " belongs to the open loop: give --rate R instead of --orders, or --speed X with --lobster");
      if (open_loop && own.empty() && command->count("--rate") == 0)
        return wrong("give one of --rate R (an open-loop load), --lobster DIR, or --orders N; see --help");
      if (open_loop) return run_open_load(context, flow, open, folder);
      return flow.orders > 0 ? run_flow(context, flow) : load(context, folder, symbol);
    };
  });
}

}  // namespace sluice::cli
