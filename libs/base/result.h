// Result<T>: a value, or an Error with a code from a closed list and a sentence for the operator. For failures of the
// world (broker, disk, network); business rejections are data (domain/reasons.h), our own faults are invariants
// (base/invariant.h).
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/invariant.h"

namespace sluice {

/// What went wrong, in the terms a caller acts on.
enum class ErrorCode {
  kInvalidArgument,  // the request can never succeed as it is; nothing was done
  kTooLarge,         // exceeds a documented size; nothing was sent
  kUnavailable,      // could not be reached; nothing was done, repeating is safe
  kUnknown,          // sent, but no answer: it MAY have happened; repeat with the same idempotency key
  kFenced,           // an expected sequence did not match: someone else wrote
  kLogFull,          // the stream has reached its limit; nothing was stored
  kTimeout,          // nothing arrived in the time given
  kNotFound,
  kConflict,   // exists with other content
  kCorrupt,    // bytes fail their own checks; the message names which
  kHalted,     // a log rule was broken (hole, chain, order): the reader must stop; the message names the rule
  kCancelled,  // the caller asked to stop
  kInternal,
};

inline constexpr std::array kErrorCodes{ErrorCode::kInvalidArgument, ErrorCode::kTooLarge, ErrorCode::kUnavailable,
                                        ErrorCode::kUnknown,         ErrorCode::kFenced,   ErrorCode::kLogFull,
                                        ErrorCode::kTimeout,         ErrorCode::kNotFound, ErrorCode::kConflict,
                                        ErrorCode::kCorrupt,         ErrorCode::kHalted,   ErrorCode::kCancelled,
                                        ErrorCode::kInternal};

/// Lower-case name of `code`, as used in logs and metrics.
constexpr std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "invalid_argument";
    case ErrorCode::kTooLarge: return "too_large";
    case ErrorCode::kUnavailable: return "unavailable";
    case ErrorCode::kUnknown: return "unknown";
    case ErrorCode::kFenced: return "fenced";
    case ErrorCode::kLogFull: return "log_full";
    case ErrorCode::kTimeout: return "timeout";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kCorrupt: return "corrupt";
    case ErrorCode::kHalted: return "halted";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kInternal: return "internal";
  }
  return "internal";
}

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

/// A value of T or an Error. Reading the absent one is an invariant failure.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::move(value)) {}      // NOLINT: implicit on purpose, `return value;`
  Result(Error error) : content_(std::move(error)) {}  // NOLINT: implicit on purpose, `return Error{…};`

  bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & {
    INVARIANT(ok());
    return std::get<0>(content_);
  }
  const T& value() const& {
    INVARIANT(ok());
    return std::get<0>(content_);
  }
  T&& value() && {
    INVARIANT(ok());
    return std::get<0>(std::move(content_));
  }
  const Error& error() const {
    INVARIANT(!ok());
    return std::get<1>(content_);
  }

 private:
  std::variant<T, Error> content_;
};

struct Nothing {};
/// For operations that only succeed or fail.
using Status = Result<Nothing>;
inline Status ok_status() { return Nothing{}; }

}  // namespace sluice
