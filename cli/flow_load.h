// sluice load --orders: the seeded flow of cli/flow.h against a running system. Used by cli/load.cc on one thread.
#pragma once

#include "cli/context.h"

namespace sluice::cli {

struct FlowFlags {
  std::uint64_t orders = 0;  // commands to send; 0: no seeded flow asked for
  std::uint64_t seed = 1;
  std::int64_t rate = 0;
  std::uint32_t batch = 32;
  std::uint32_t in_flight = 16;
  std::vector<std::string> accounts{"A", "B", "C"};
  std::vector<std::string> symbols{"X", "Y"};
  std::string wait = "executed";
};

/// Options of the seeded flow on the `load` subcommand.
void add_flow_options(CLI::App& load, FlowFlags& flags);
/// Registers the names, sends the flow, prints the totals. kExitFailed if a command never got a result.
int run_flow(const Context& context, const FlowFlags& flags);

}  // namespace sluice::cli
