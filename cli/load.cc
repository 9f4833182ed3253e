// sluice load: real market data as commands through the live system, with the result that a correct matching engine
// must have.
#include <cstdio>

#include "cli/context.h"
#include "cli/flow_load.h"
#include "cli/live_gate.h"
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
  auto* command = app.add_subcommand(
      "load", "send a recorded trading day and compare with the exchange, or a seeded flow of orders");
  command->footer(
      "Examples: sluice load --lobster samples/aapl --symbol AAPL --output json\n          sluice load --orders 10000 "
      "--seed 7");
  auto* lobster = command->add_option("--lobster", folder, "folder with a LOBSTER message file and order book file");
  command->add_option("--symbol", symbol, "LOBSTER: instrument to trade; its book must be empty")
      ->capture_default_str();
  add_flow_options(*command, flow);
  command->callback([&, lobster] {
    action = [&, lobster] {
      if ((lobster->count() > 0) == (flow.orders > 0))
        return fail(Error{ErrorCode::kInvalidArgument, "give either --lobster DIR or --orders N"});
      return lobster->count() > 0 ? load(context, folder, symbol) : run_flow(context, flow);
    };
  });
}

}  // namespace sluice::cli
