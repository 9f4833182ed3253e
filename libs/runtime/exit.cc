#include "runtime/exit.h"

#include <cstdio>
#include <cstdlib>

#include "runtime/config.h"
#include "runtime/logging.h"

namespace sluice::runtime {

int start_error(const Error& error) {
  std::fprintf(stderr, "error: %s\n", error.message.c_str());
  return error.code == ErrorCode::kInvalidArgument ? kUsageExitCode : 1;
}

void exit_halted(const Error& error) {
  log_error("halted", {{"why", error.message}});
  std::_Exit(kHaltedExitCode);
}

}  // namespace sluice::runtime
