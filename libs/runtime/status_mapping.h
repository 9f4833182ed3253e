// The one file that turns errors into gRPC statuses, with google.rpc details in the trailer `grpc-status-details-bin`.
// Thread: any.
#pragma once

#include <grpcpp/support/status.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/money.h"

namespace sluice::runtime {

/// `error` as clients see it: code, message, ErrorInfo{reason, domain "sluice"}, and RetryInfo where repeating makes
/// sense.
///   kInvalidArgument, kTooLarge → INVALID_ARGUMENT   kNotFound → NOT_FOUND          kConflict → ALREADY_EXISTS
///   kUnavailable, kUnknown, kFenced → UNAVAILABLE + RetryInfo                       kLogFull → RESOURCE_EXHAUSTED +
///   RetryInfo kTimeout → DEADLINE_EXCEEDED   kCancelled → CANCELLED   kCorrupt → DATA_LOSS    kHalted →
///   FAILED_PRECONDITION   kInternal → INTERNAL
grpc::Status to_grpc_status(const Error& error);

/// The code alone: for results inside a stream (StreamResult.error_code).
grpc::StatusCode to_grpc_code(ErrorCode code);

/// `ok`, `invalid_argument` and so on, for logs and metrics; `unknown` for a number that gRPC does not have.
std::string status_name(grpc::StatusCode code);

/// One field of a request that can never be right as it is.
struct FieldViolation {
  std::string field;        // path in the request, `order.quantity`
  std::string description;  // what it must be
};
/// INVALID_ARGUMENT with google.rpc.BadRequest; the message repeats the violations. At least one.
grpc::Status invalid_argument(const std::vector<FieldViolation>& violations);

/// RESOURCE_EXHAUSTED with RetryInfo: nothing was done, come back after `retry_after`.
grpc::Status resource_exhausted(std::string_view message, Nanos retry_after);

/// NOT_FOUND; `message` names what was looked for.
grpc::Status not_found(std::string_view message);

/// DEADLINE_EXCEEDED; `message` says what was waited for.
grpc::Status deadline_exceeded(std::string_view message);

}  // namespace sluice::runtime
