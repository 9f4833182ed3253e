// How a process tells its supervisor where it listens, and the ends of main that all processes share. Thread: main.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sluice::runtime {

/// Exit code of a process that stopped because its data or its log cannot be trusted: restarting it does not help.
inline constexpr int kHaltedExitCode = 3;

/// Flushes standard output and writes {"name":"address",…} to `path` by rename, unless `path` is empty. A failure is logged.
void write_ready_file(const std::string& path, const std::vector<std::pair<std::string, std::string>>& addresses);

/// Prints the error for a person and returns the exit code of a wrong call.
int usage_error(const Error& error);

/// Logs why the process cannot go on and ends it with kHaltedExitCode.
[[noreturn]] void exit_halted(const Error& error);

}  // namespace sluice::runtime
