// Spans for tests: as many as a test makes, without the memory of a service.
#pragma once

#include "telemetry/spans.h"

namespace sluice::test {

inline const telemetry::SpansOptions kFewSpans{.threads = 8, .entries = 4'096};

}  // namespace sluice::test
