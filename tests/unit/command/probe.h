// Probe: one command that waits for its result, as an RPC does. status_detail: what a gRPC status carries besides code
// and message.
#pragma once

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>

#include "command/command_batch.h"
#include "runtime/clock.h"
#include "support/process.h"

namespace sluice::test {

/// Deadlines far away, and gone.
inline Nanos in_an_hour() { return runtime::steady_now() + Nanos{3600 * kNanosPerSecond}; }
inline Nanos long_ago() { return runtime::steady_now() - Nanos{kNanosPerSecond}; }

class Probe {
 public:
  explicit Probe(command::WaitLevel level = command::WaitLevel::kLogged, Nanos deadline = in_an_hour())
      : batch_(std::make_shared<command::CommandBatch>(
            1, deadline, [completed = completed_](command::CommandBatch&) { completed->fetch_add(1); })) {
    batch_->slots().front().level = level;
  }
  command::Waiter waiter() const { return {batch_, 0}; }
  command::Slot& slot() { return batch_->slots().front(); }
  bool done() const { return completed_->load() > 0; }
  /// Waits for the result; what it is: "logged", "executed" or the error's name.
  std::string result() {
    if (!eventually([&] { return done(); })) return "nothing";
    EXPECT_EQ(completed_->load(), 1) << "a command has one result";
    if (slot().error) return std::string(name_of(slot().error->code));
    return slot().outcome ? "executed" : "logged";
  }

 private:
  std::shared_ptr<std::atomic<int>> completed_ = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<command::CommandBatch> batch_;
};

template <typename Detail>
std::optional<Detail> status_detail(const grpc::Status& status) {
  google::rpc::Status parsed;
  EXPECT_TRUE(parsed.ParseFromString(status.error_details())) << status.error_message();
  EXPECT_EQ(parsed.code(), static_cast<int>(status.error_code()));
  for (const auto& any : parsed.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) return detail;
  }
  return std::nullopt;
}

/// Milliseconds after which to come back; 0 if the status does not say.
inline std::int64_t retry_millis(const grpc::Status& status) {
  const auto retry = status_detail<google::rpc::RetryInfo>(status);
  return retry ? retry->retry_delay().seconds() * 1000 + retry->retry_delay().nanos() / 1'000'000 : 0;
}

/// The fields that a BadRequest names, in its order.
inline std::vector<std::string> wrong_fields(const grpc::Status& status) {
  std::vector<std::string> fields;
  const auto bad = status_detail<google::rpc::BadRequest>(status);
  if (!bad) return fields;
  for (const auto& violation : bad->field_violations()) {
    EXPECT_FALSE(violation.description().empty()) << violation.field();
    fields.push_back(violation.field());
  }
  return fields;
}

}  // namespace sluice::test
