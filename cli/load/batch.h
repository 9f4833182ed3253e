// What travels between sender, connections and whoever counts: batches of commands with the times at which they were
// meant to be sent, and the answers to them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "domain/money.h"
#include "sluice/v1/command.pb.h"

namespace sluice::load {

/// Steady times of a command.
struct Stamp {
  Nanos intended;  // by the schedule; in a closed loop when it was made
  Nanos sent;      // first handed to gRPC
};

/// One message of commands; `stamps` is as long as `request.commands()`.
struct Batch {
  v1::StreamCommandsRequest request;
  std::vector<Stamp> stamps;
};

/// What became of a command: one definite answer, or none until the load gave up.
struct Answer {
  const v1::Command* command = nullptr;
  Stamp stamp;
  const v1::StreamResult* result = nullptr;
};

/// Takes answers. Threads: any, at once.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  /// Definite answers that arrived at `now` (steady). The pointers live until it returns.
  virtual void answered(std::span<const Answer> answers, Nanos now) = 0;
  /// Commands that have no definite answer, and get none any more; `why` in the system's words.
  virtual void given_up(const Batch& batch, const std::string& why) = 0;
};

/// True if the answer is final: a result, or a refusal after which nothing was logged. Anything else may have happened
/// or not, and is asked again with the same command id.
bool is_definite(const v1::StreamResult& result);

/// Hands the definite answers to `sink`; returns the commands that must be asked again. A response with too few results
/// leaves the rest unanswered.
Batch settle(const Batch& batch, const v1::StreamCommandsResponse& response, AnswerSink& sink, Nanos now);

}  // namespace sluice::load
