// sluice load --rate, --duration or --speed: the open-loop load of cli/load against a running system, with its reports.
// Used by cli/load.cc on one thread.
#pragma once

#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/flow_load.h"

namespace sluice::cli {

struct OpenFlags {
  double duration_s = 10;
  std::string arrivals = "poisson";
  std::string via = "stream";
  std::uint32_t connections = 1;
  double speed = 1;
  std::uint32_t sample = 0;
  double kill_every_s = 0;
  double give_up_s = 30;
  std::string csv, html, journal;
  CLI::Option* duration = nullptr;
  CLI::Option* with_speed = nullptr;
  std::vector<CLI::Option*> own{};  // all options that only this load has
};

/// Options of the open loop on the `load` subcommand.
void add_open_options(CLI::App& load, OpenFlags& flags);
/// Name of an option that was given and that only this load has; empty if there is none.
std::string open_option_given(const OpenFlags& flags);
/// Registers the names, runs, prints and writes the reports. kExitFailed if a command stayed without a definite result.
/// `lobster` is a folder, or empty.
int run_open_load(const Context& context, const FlowFlags& common, const OpenFlags& flags, const std::string& lobster);

}  // namespace sluice::cli
