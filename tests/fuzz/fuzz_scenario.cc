// Scenario files: what people give to `sluice scenario run`.
#include <string_view>

#include "cli/scenario/scenario.h"
#include "tests/fuzz/fuzz_target.h"

FUZZ_TARGET(scenario) {
  (void)sluice::scenario::parse_scenarios({reinterpret_cast<const char*>(bytes.data()), bytes.size()}).ok();
}
