// Made-up commands with answers, for tests of what a load records. One thread.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "cli/load/batch.h"

namespace sluice::load {

inline constexpr std::int64_t kMilli = kNanosPerMilli;

/// `count` submits with ids c0, c1, … that were meant to be sent `every` apart from `from` on, and were sent at `sent`,
/// or on time if it is earlier.
inline Batch batch_of(int count, Nanos from, Nanos every, Nanos sent = Nanos{}) {
  Batch batch;
  for (int i = 0; i < count; ++i) {
    v1::Command& command = *batch.request.add_commands();
    command.mutable_options()->set_command_id("c" + std::to_string(i));
    command.mutable_submit()->set_account("L0");
    const Nanos intended{from.value() + i * every.value()};
    batch.stamps.push_back({intended, std::max(intended, sent)});
  }
  return batch;
}

inline v1::StreamResult executed() {
  v1::StreamResult result;
  result.mutable_result()->set_shard(1);
  result.mutable_result()->set_sequence(77);
  result.mutable_result()->set_index(3);
  result.mutable_result()->set_outcome(v1::OUTCOME_CODE_EXECUTED);
  return result;
}
inline v1::StreamResult rejected(v1::RejectReason reason) {
  v1::StreamResult result = executed();
  result.mutable_result()->set_outcome(v1::OUTCOME_CODE_REJECTED);
  result.mutable_result()->set_reason(reason);
  return result;
}
inline v1::StreamResult failed(int code, const std::string& why) {
  v1::StreamResult result;
  result.set_error_code(code);
  result.set_error_message(why);
  return result;
}

/// The same answer to each command of a batch.
inline std::vector<Answer> answers_to(const Batch& batch, const v1::StreamResult& result) {
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < batch.stamps.size(); ++i)
    answers.push_back({&batch.request.commands(static_cast<int>(i)), batch.stamps[i], &result});
  return answers;
}

}  // namespace sluice::load
