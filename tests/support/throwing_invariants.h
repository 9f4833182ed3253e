// Linked into a test program, it makes a failed INVARIANT of the core throw instead of end the process, so that a
// property can name the history and shrink it. What threw is in no usable state any more and must be discarded.
#pragma once

#include <stdexcept>
#include <string>

namespace sluice {

struct InvariantFailure : std::runtime_error {
  InvariantFailure(const char* condition, const char* file, int line)
      : std::runtime_error(std::string("invariant failed: ") + condition + " at " + file + ":" + std::to_string(line)) {
  }
};

}  // namespace sluice
