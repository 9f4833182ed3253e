#include "cli/load/batch.h"

#include <grpcpp/support/status.h>

#include <utility>

namespace sluice::load {

bool is_definite(const v1::StreamResult& result) {
  switch (result.error_code()) {
    case grpc::StatusCode::OK:
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::UNIMPLEMENTED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED: return true;
    default: return false;
  }
}

Batch settle(const Batch& batch, const v1::StreamCommandsResponse& response, AnswerSink& sink, Nanos now) {
  std::vector<Answer> answers;
  answers.reserve(batch.stamps.size());
  Batch again;
  for (std::size_t i = 0; i < batch.stamps.size(); ++i) {
    const int at = static_cast<int>(i);
    if (at < response.results_size() && is_definite(response.results(at))) {
      answers.push_back({&batch.request.commands(at), batch.stamps[i], &response.results(at)});
    } else {
      *again.request.add_commands() = batch.request.commands(at);
      again.stamps.push_back(batch.stamps[i]);
    }
  }
  if (!answers.empty()) sink.answered(answers, now);
  return again;
}

}  // namespace sluice::load
