#include "support/process.h"

#include <poll.h>

#include <cstdlib>

#include "base/invariant.h"
#include "runtime/clock.h"

namespace sluice::test {

TempDir::TempDir(const std::filesystem::path& parent) {
  std::string pattern = (parent / "sluice-test-XXXXXX").string();
  INVARIANT(mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}
TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void poll_interval() { ::poll(nullptr, 0, 1); }
long steady_millis() { return runtime::steady_now().value() / kNanosPerMilli; }

}  // namespace sluice::test
