// Strict reading of comma-separated numbers: every field must be there and must be a number, or the line is named.
// Private to libs/marketdata. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/money.h"

namespace sluice::marketdata {

/// Calls `take` with the fields of each line of `text`, which point into it. A carriage return at the end of a line is
/// allowed, an empty line is not. Errors: kInvalidArgument from `take`, with "line N: " put before its message.
Status for_each_row(std::string_view text,
                    const std::function<Status(const std::vector<std::string_view>& fields)>& take);

/// A decimal integer with nothing around it. Errors: kInvalidArgument naming `what` and the text.
Result<std::int64_t> parse_integer(std::string_view text, std::string_view what);

/// Seconds with at most nine decimals as integer nanoseconds: no rounding, no floating point. Errors: kInvalidArgument.
Result<Nanos> parse_seconds(std::string_view text, std::string_view what);

}  // namespace sluice::marketdata
