// sluice perf: how fast the system is, whether that is what was promised, and whether it has changed.
#include "cli/perf/commands.h"

namespace sluice::cli {

void add_perf(CLI::App& app, Context& context, Action& action) {
  auto* family = app.add_subcommand("perf", "how fast everything is: now, over time, and compared");
  family->require_subcommand(1);
  add_perf_status(*family, context, action);
  add_perf_trend(*family, context, action);
  add_perf_compare(*family, context, action);
  add_perf_measuring(*family, context, action);
}

}  // namespace sluice::cli
