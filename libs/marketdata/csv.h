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

/// A number that is not negative, with at most `decimals` (<= 9) decimals, in units of the last of them: "11.4" with 4
/// is 114,000. Exact. Errors: kInvalidArgument naming `what` and the text.
Result<std::int64_t> parse_decimal(std::string_view text, std::size_t decimals, std::string_view what);

/// Seconds with at most nine decimals as integer nanoseconds: no rounding, no floating point. Errors: kInvalidArgument.
Result<Nanos> parse_seconds(std::string_view text, std::string_view what);

}  // namespace sluice::marketdata
