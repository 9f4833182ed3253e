// sluice load --orders: the seeded flow of cli/flow.h against a running system. Used by cli/load.cc on one thread.
#pragma once

#include "cli/context.h"

namespace sluice::cli {

struct FlowFlags {
  std::uint64_t orders = 0;  // commands to send; 0: no seeded flow asked for
  std::uint64_t seed = 1;
  std::int64_t rate = 0;
  std::uint32_t batch = 0;  // 0: the load's own default
  std::uint32_t in_flight = 16;
  std::vector<std::string> accounts{};  // names, or one number: so many; empty: the load's own default
  std::vector<std::string> symbols{};   // likewise
  std::string wait = "executed";
};

/// Options of the seeded flow on the `load` subcommand; the open loop shares all but --orders.
void add_flow_options(CLI::App& load, FlowFlags& flags);
/// The names given, or `letter`0, `letter`1, … if a number was given, or `count` of them if nothing was.
std::vector<std::string> names_of(const std::vector<std::string>& given, const std::string& letter,
                                  std::uint32_t count);
/// Registers the names, sends the flow, prints the totals. kExitFailed if a command never got a result.
int run_flow(const Context& context, const FlowFlags& flags);

}  // namespace sluice::cli
