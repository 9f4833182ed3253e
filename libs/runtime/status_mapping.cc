#include "runtime/status_mapping.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <array>

#include "base/invariant.h"

namespace sluice::runtime {

namespace {

constexpr Nanos kRetryAfter{100 * kNanosPerMilli};

bool repeating_helps(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kUnknown || code == ErrorCode::kFenced ||
         code == ErrorCode::kLogFull;
}

google::rpc::ErrorInfo error_info(std::string_view reason) {
  google::rpc::ErrorInfo info;
  for (const char c : reason)
    info.mutable_reason()->push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  info.set_domain("sluice");
  return info;
}

google::rpc::RetryInfo retry_info(Nanos after) {
  google::rpc::RetryInfo info;
  info.mutable_retry_delay()->set_seconds(after.value() / kNanosPerSecond);
  info.mutable_retry_delay()->set_nanos(static_cast<std::int32_t>(after.value() % kNanosPerSecond));
  return info;
}

/// A google.rpc.Status in the making; what grpc::Status carries besides code and message.
class Details {
 public:
  Details(grpc::StatusCode code, std::string_view message) {
    status_.set_code(code);
    status_.set_message(std::string(message));
  }
  Details& add(const google::protobuf::Message& detail) {
    status_.add_details()->PackFrom(detail);
    return *this;
  }
  grpc::Status status() const {
    return {static_cast<grpc::StatusCode>(status_.code()), status_.message(), status_.SerializeAsString()};
  }

 private:
  google::rpc::Status status_;
};

}  // namespace

std::string status_name(grpc::StatusCode code) {
  static constexpr std::array<const char*, 17> kNames{
      "ok",        "cancelled",      "unknown",           "invalid_argument",   "deadline_exceeded",
      "not_found", "already_exists", "permission_denied", "resource_exhausted", "failed_precondition",
      "aborted",   "out_of_range",   "unimplemented",     "internal",           "unavailable",
      "data_loss", "unauthenticated"};
  const auto number = static_cast<std::size_t>(code);
  return number < kNames.size() ? kNames[number] : "unknown";
}

grpc::StatusCode to_grpc_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kTooLarge: return grpc::StatusCode::INVALID_ARGUMENT;
    case ErrorCode::kUnavailable:
    case ErrorCode::kUnknown:
    case ErrorCode::kFenced: return grpc::StatusCode::UNAVAILABLE;
    case ErrorCode::kLogFull: return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case ErrorCode::kTimeout: return grpc::StatusCode::DEADLINE_EXCEEDED;
    case ErrorCode::kNotFound: return grpc::StatusCode::NOT_FOUND;
    case ErrorCode::kConflict: return grpc::StatusCode::ALREADY_EXISTS;
    case ErrorCode::kCorrupt: return grpc::StatusCode::DATA_LOSS;
    case ErrorCode::kHalted: return grpc::StatusCode::FAILED_PRECONDITION;
    case ErrorCode::kCancelled: return grpc::StatusCode::CANCELLED;
    case ErrorCode::kInternal: return grpc::StatusCode::INTERNAL;
  }
  return grpc::StatusCode::INTERNAL;
}

grpc::Status to_grpc_status(const Error& error) {
  Details details(to_grpc_code(error.code), error.message);
  details.add(error_info(name_of(error.code)));
  if (repeating_helps(error.code)) details.add(retry_info(kRetryAfter));
  return details.status();
}

grpc::Status invalid_argument(const std::vector<FieldViolation>& violations) {
  INVARIANT(!violations.empty());
  google::rpc::BadRequest bad;
  std::string message;
  for (const FieldViolation& violation : violations) {
    google::rpc::BadRequest::FieldViolation* const entry = bad.add_field_violations();
    entry->set_field(violation.field);
    entry->set_description(violation.description);
    message += (message.empty() ? "" : "; ") + violation.field + ": " + violation.description;
  }
  return Details(grpc::StatusCode::INVALID_ARGUMENT, message).add(bad).add(error_info("invalid_argument")).status();
}

grpc::Status resource_exhausted(std::string_view message, Nanos retry_after) {
  return Details(grpc::StatusCode::RESOURCE_EXHAUSTED, message)
      .add(error_info("overloaded"))
      .add(retry_info(retry_after))
      .status();
}

grpc::Status not_found(std::string_view message) {
  return Details(grpc::StatusCode::NOT_FOUND, message).add(error_info("not_found")).status();
}

grpc::Status deadline_exceeded(std::string_view message) {
  return Details(grpc::StatusCode::DEADLINE_EXCEEDED, message).add(error_info("timeout")).status();
}

}  // namespace sluice::runtime
