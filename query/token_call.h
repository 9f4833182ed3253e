// TokenCall: one unary query that may have to wait until its replica has seen enough. It waits as an entry in the
// progress board and an alarm, never as a thread. Whichever comes first (progress, deadline, cancellation) fires the
// alarm, so that the answer is always made on a thread of gRPC's and never on a projector's. Owns itself; gRPC deletes
// it when the call is done.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>

#include "projections/progress_board.h"
#include "telemetry/spans.h"

namespace sluice::query {

/// How long a query without a deadline of its own waits for its token.
inline constexpr Nanos kTokenWait{5 * kNanosPerSecond};
/// Queries that may wait at one time.
inline constexpr int kWaitingCallsMax = 4096;

/// What is counted and measured of the unary queries.
struct CallCounts {
  std::atomic<int> waiting{0};
  std::array<std::atomic<std::uint64_t>, 17> finished{};  // index: grpc::StatusCode
  telemetry::Spans& spans;
  explicit CallCounts(telemetry::Spans& measured) : spans(measured) {}
};

class TokenCall final : public grpc::ServerUnaryReactor {
 public:
  using Answer = std::function<grpc::Status()>;

  /// Answers at once, or when `token` is reached, or with DEADLINE_EXCEEDED. `counts` is of all methods; it and `board`
  /// outlive the server.
  static grpc::ServerUnaryReactor* start(projections::ProgressBoard& board, CallCounts& counts,
                                         grpc::CallbackServerContext& context, projections::SeenToken token,
                                         Answer answer);

  void OnCancel() override;
  void OnDone() override { delete this; }

 private:
  /// Outlives the call if a projector is about to fire it.
  struct Wait {
    grpc::Alarm alarm;
    std::atomic<std::uint64_t> waiter{0};
    std::atomic<bool> ended{false};
  };
  TokenCall(projections::ProgressBoard& board, CallCounts& counts, projections::SeenToken token, Answer answer)
      : board_(board),
        counts_(counts),
        token_(std::move(token)),
        answer_(std::move(answer)),
        span_(counts.spans.begin(telemetry::Stage::kQuery)) {}
  void finish(const grpc::Status& status);
  void wait(grpc::CallbackServerContext& context);
  void end_wait();

  projections::ProgressBoard& board_;
  CallCounts& counts_;
  const projections::SeenToken token_;
  const Answer answer_;
  const telemetry::Span span_;
  std::shared_ptr<Wait> wait_ = std::make_shared<Wait>();
  std::atomic<bool> cancelled_{false};
};

}  // namespace sluice::query
