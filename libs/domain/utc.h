// Moments as people and programs read them. Thread: any.
#pragma once

#include <string>

#include "domain/money.h"

namespace sluice {

/// RFC 3339, UTC, with nanoseconds; `time`: since the Unix epoch.
std::string utc_text(Nanos time);

}  // namespace sluice
