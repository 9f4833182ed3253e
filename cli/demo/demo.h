// sluice demo: a whole system on this machine is started, loaded, killed, crashed, rebuilt and stopped, and every
// promise is checked as it is shown. Used by main on one thread.
#pragma once

#include <filesystem>
#include <string>

#include "cli/context.h"

namespace sluice::cli {

struct DemoOptions {
  std::uint64_t orders = 20'000;            // commands of each flow
  double rate = 5'000;                      // commands a second
  std::filesystem::path lobster{};          // folder of a recorded day; empty: the seeded generator
  std::filesystem::path engine{}, query{};  // programs in place of the ones beside this one
  bool keep = false;                        // leave the data directory
};

/// Runs the demo in a temporary directory of its own. kExitOk if every check held; kExitFailed if one did not, or on
/// Ctrl-C; kExitUsage if the recorded day cannot be read.
int run_demo(const Context& context, const DemoOptions& options);

}  // namespace sluice::cli
