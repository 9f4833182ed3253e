#include "query/token_call.h"

#include <algorithm>
#include <chrono>

#include "runtime/clock.h"
#include "runtime/status_mapping.h"

namespace sluice::query {

grpc::ServerUnaryReactor* TokenCall::start(projections::ProgressBoard& board, CallCounts& counts,
                                           grpc::CallbackServerContext& context, projections::SeenToken token,
                                           Answer answer) {
  auto* const call = new TokenCall(board, counts, std::move(token), std::move(answer));
  if (board.reached(call->token_)) call->finish(call->answer_());
  else call->wait(context);
  return call;
}

void TokenCall::finish(const grpc::Status& status) {
  counts_.spans.end(span_);
  counts_.finished[static_cast<std::size_t>(status.error_code())].fetch_add(1, std::memory_order_relaxed);
  Finish(status);
}

void TokenCall::wait(grpc::CallbackServerContext& context) {
  if (counts_.waiting.fetch_add(1) >= kWaitingCallsMax) {
    counts_.waiting.fetch_sub(1);
    finish(runtime::resource_exhausted("too many queries wait for this replica to catch up", Nanos{kNanosPerSecond}));
    return;
  }
  const auto bound = runtime::deadline_after(kTokenWait);
  const bool has_deadline = context.deadline() != std::chrono::system_clock::time_point::max();
  // From the moment the alarm is set the call may end at any time: only what is copied here is touched below.
  const std::shared_ptr<Wait> wait = wait_;
  projections::ProgressBoard& board = board_;
  projections::SeenToken token = token_;
  wait->alarm.Set(has_deadline ? context.deadline() : bound, [this](bool) { end_wait(); });
  wait->waiter = board.when_reached(std::move(token), [wait] { wait->alarm.Cancel(); });
  if (wait->ended) board.forget(wait->waiter);
}

void TokenCall::end_wait() {
  wait_->ended = true;
  board_.forget(wait_->waiter);
  counts_.waiting.fetch_sub(1);
  if (board_.reached(token_)) {
    finish(answer_());
  } else if (cancelled_) {
    finish(grpc::Status(grpc::StatusCode::CANCELLED, "the caller has gone"));
  } else {
    finish(runtime::deadline_exceeded(
        "this replica has not seen the token's sequences yet; ask again, or ask another replica"));
  }
}

void TokenCall::OnCancel() {
  cancelled_ = true;
  wait_->alarm.Cancel();
}

}  // namespace sluice::query
