#include "base/invariant.h"

#include <cstdio>
#include <cstdlib>

namespace sluice {

void invariant_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "invariant failed: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace sluice
