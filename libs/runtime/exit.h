// The ends of main that all processes share. Thread: main.
#pragma once

#include "base/result.h"

namespace sluice::runtime {

/// Exit code of a process that stopped because its data or its log cannot be trusted: restarting it does not help.
inline constexpr int kHaltedExitCode = 3;

/// Prints the error for a person and returns the exit code of a process that could not start: that of a wrong call for
/// kInvalidArgument, else 1.
int start_error(const Error& error);

/// Logs why the process cannot go on and ends it with kHaltedExitCode.
[[noreturn]] void exit_halted(const Error& error);

}  // namespace sluice::runtime
