#include "tests/support/throwing_invariants.h"

#include "base/invariant.h"

namespace sluice {

// Takes the place of libs/base's, which the linker then does not need.
void invariant_failed(const char* condition, const char* file, int line) {
  throw InvariantFailure(condition, file, line);
}

}  // namespace sluice
