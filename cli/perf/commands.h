// Subcommands of `sluice perf`, a file each. One thread.
#pragma once

#include "cli/context.h"

namespace sluice::cli {

void add_perf_status(CLI::App& family, Context& context, Action& action);
void add_perf_measuring(CLI::App& family, Context& context, Action& action);
void add_perf_trend(CLI::App& family, Context& context, Action& action);
void add_perf_compare(CLI::App& family, Context& context, Action& action);

}  // namespace sluice::cli
