// AnswerPublisher: takes answers from the executing thread's ring, encodes, hashes and publishes them to EVT, and
// follows their acknowledgement. SHA-256 and FlatBuffers run here, not on the executing thread. Runs on a thread of its
// own.
#pragma once

#include <atomic>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/emergency_file.h"
#include "engine/engine_loop.h"
#include "eventlog/event_writer.h"

namespace sluice::engine {

class AnswerPublisher {
 public:
  /// `recorded`: kills that EVT records already.
  AnswerPublisher(eventlog::EventWriter& writer, AnswerRing& answers, runtime::Doorbell& bell,
                  runtime::Doorbell& executor_bell, EmergencyFile& emergency, EngineStatus& status,
                  const std::vector<KillId>& recorded);

  /// Runs until stop() and everything handed over is acknowledged (at most `drain`), or until the shard is lost or the
  /// log is broken. Returns why it ended: ok, kFenced (another owner), kHalted (EVT is not ours), kTimeout (not drained
  /// in time).
  Status run(Nanos drain);
  void stop();

  // The steps of run(), for a simulation that takes them one by one.
  /// True if there was an answer to publish.
  bool take_answers();
  /// What the log acknowledges within `timeout` (a span). Errors: as run().
  Status follow_acknowledgements(Nanos timeout);

 private:
  void mark_acknowledged();
  void take_out_confirmed_kills();

  eventlog::EventWriter& writer_;
  AnswerRing& answers_;
  runtime::Doorbell& bell_;
  runtime::Doorbell& executor_bell_;
  EmergencyFile& emergency_;
  EngineStatus& status_;
  struct KillInFlight {
    std::uint64_t answer = 0;  // ordinal of the answer that records it
    KillId kill;
  };
  std::deque<KillInFlight> kills_;
  struct InFlight {
    std::uint64_t answer = 0;  // ordinal
    std::uint64_t cmd_sequence = 0;
    telemetry::FollowedSpan publishing;
  };
  std::deque<InFlight> unacknowledged_;
  std::set<KillId> recorded_;
  std::optional<std::uint64_t> emergency_seen_;  // changes() when the file held none of the recorded kills
  std::atomic<bool> stop_{false};
};

}  // namespace sluice::engine
