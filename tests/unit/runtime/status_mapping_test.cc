#include "runtime/status_mapping.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>

namespace sluice::runtime {
namespace {

template <typename Detail>
std::optional<Detail> detail_of(const grpc::Status& status) {
  google::rpc::Status parsed;
  EXPECT_TRUE(parsed.ParseFromString(status.error_details()));
  EXPECT_EQ(parsed.code(), static_cast<int>(status.error_code()));
  for (const auto& any : parsed.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) return detail;
  }
  return std::nullopt;
}

struct Row {
  ErrorCode code;
  grpc::StatusCode expected;
  bool retry;
};
class ErrorMapping : public testing::TestWithParam<Row> {};

TEST_P(ErrorMapping, CodeReasonAndRetry) {
  const grpc::Status status = to_grpc_status({GetParam().code, "why"});
  EXPECT_EQ(status.error_code(), GetParam().expected);
  EXPECT_EQ(status.error_message(), "why");
  const auto info = detail_of<google::rpc::ErrorInfo>(status);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->domain(), "sluice");
  EXPECT_EQ(detail_of<google::rpc::RetryInfo>(status).has_value(), GetParam().retry);
}

INSTANTIATE_TEST_SUITE_P(All, ErrorMapping,
                         testing::Values(Row{ErrorCode::kInvalidArgument, grpc::StatusCode::INVALID_ARGUMENT, false},
                                         Row{ErrorCode::kTooLarge, grpc::StatusCode::INVALID_ARGUMENT, false},
                                         Row{ErrorCode::kUnavailable, grpc::StatusCode::UNAVAILABLE, true},
                                         Row{ErrorCode::kUnknown, grpc::StatusCode::UNAVAILABLE, true},
                                         Row{ErrorCode::kFenced, grpc::StatusCode::UNAVAILABLE, true},
                                         Row{ErrorCode::kLogFull, grpc::StatusCode::RESOURCE_EXHAUSTED, true},
                                         Row{ErrorCode::kTimeout, grpc::StatusCode::DEADLINE_EXCEEDED, false},
                                         Row{ErrorCode::kNotFound, grpc::StatusCode::NOT_FOUND, false},
                                         Row{ErrorCode::kConflict, grpc::StatusCode::ALREADY_EXISTS, false},
                                         Row{ErrorCode::kCorrupt, grpc::StatusCode::DATA_LOSS, false},
                                         Row{ErrorCode::kHalted, grpc::StatusCode::FAILED_PRECONDITION, false},
                                         Row{ErrorCode::kCancelled, grpc::StatusCode::CANCELLED, false},
                                         Row{ErrorCode::kInternal, grpc::StatusCode::INTERNAL, false}));

TEST(StatusMapping, InvalidArgumentListsEveryField) {
  const grpc::Status status = invalid_argument({{"order.account", "is empty"}, {"page_size", "is 1..1000"}});
  EXPECT_EQ(status.error_message(), "order.account: is empty; page_size: is 1..1000");
  const auto bad = detail_of<google::rpc::BadRequest>(status);
  ASSERT_TRUE(bad.has_value());
  ASSERT_EQ(bad->field_violations_size(), 2);
  EXPECT_EQ(bad->field_violations(1).field(), "page_size");
}

TEST(StatusMapping, ResourceExhaustedSaysWhenToComeBack) {
  const auto retry = detail_of<google::rpc::RetryInfo>(resource_exhausted("busy", Nanos{1'500'000'000}));
  ASSERT_TRUE(retry.has_value());
  EXPECT_EQ(retry->retry_delay().seconds(), 1);
  EXPECT_EQ(retry->retry_delay().nanos(), 500'000'000);
}

}  // namespace
}  // namespace sluice::runtime
