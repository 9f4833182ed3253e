// Moments as people and programs read them. Thread: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/money.h"

namespace sluice {

/// RFC 3339, UTC, with nanoseconds; `time`: since the Unix epoch.
std::string utc_text(Nanos time);
/// The same read back, the fraction as long as one likes or left out; nothing if it is no such moment, or none that
/// Nanos can hold.
std::optional<Nanos> parse_utc(std::string_view text);

}  // namespace sluice
