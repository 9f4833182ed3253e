// Projector: keeps the views of one shard up to date with its event log. One thread: read, verify (EventFold), fold
// into the views, write one batch with its checkpoint, then announce. What is available makes a batch; there is no
// timer.
//
// It never continues on a guess: a broken rule of the log, an event that does not fit, or a database that fails halts
// it with a named reason; the process goes on serving what it has and says so. A log that cannot be reached is waited
// for.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "eventlog/event_fold.h"
#include "eventlog/event_log.h"
#include "projections/progress_board.h"
#include "projections/reference_cache.h"
#include "projections/store.h"
#include "telemetry/metrics.h"
#include "telemetry/spans.h"

namespace sluice::projections {

/// A complete answer and its place in EVT.
struct FoldedAnswer {
  EvtSequence after;     // the complete answer before it; what lies between is void
  EvtSequence sequence;  // its last part
  Answer answer;
};

/// Who wants to see answers as they come, after they are in the views. Called on projector threads; must not block.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  /// False: nobody listens, spare the copies.
  virtual bool wants_answers() const = 0;
  /// The views of `shard` are at `head` now. `answers` are the newest ones without a gap, or none if they were not
  /// wanted.
  virtual void deliver(ShardId shard, std::vector<FoldedAnswer> answers, EvtSequence head) = 0;
};

struct ProjectorOptions {
  ShardId shard;
  std::size_t batch_answers_max = 1024;
  std::size_t batch_rows_max = 32'768;  // touched rows; more makes a rebuild no faster
  // A batch of many rows waits this long for more, as the database takes many together for half the price, and an order
  // that comes and goes meanwhile costs a third; one of few rows is written as soon as nothing more has come.
  std::size_t linger_rows_min = 1024;
  Nanos linger{10 * kNanosPerMilli};       // a span from the batch's first answer on
  Nanos idle_timeout{kNanosPerSecond};     // a span; only how often an idle thread looks around
  Nanos retry_after{50 * kNanosPerMilli};  // a span; between attempts to reach a log that is away
  Nanos look_every{kNanosPerSecond};       // a span; between two looks at where the log ends and how full it is
  telemetry::Spans* spans = nullptr;       // where batches are measured, if anywhere
};

class Projector {
 public:
  /// All references must outlive the projector; `sink` may be null.
  Projector(eventlog::EventLog& log, Store& store, ReferenceCache& names, ProgressBoard& board,
            telemetry::Registry& metrics, AnswerSink* sink, ProjectorOptions options);
  /// Stops.
  ~Projector();
  Projector(const Projector&) = delete;
  Projector& operator=(const Projector&) = delete;

  void start();
  /// Ends the thread after the batch in progress. Idempotent.
  void stop();

 private:
  struct Batch;

  void run();
  Status begin();
  Status catch_up_and_follow();
  Nanos linger() const;
  Status take(const eventlog::LogMessage& message);
  Status write_batch();
  void note_log_end();
  void look_at_log();
  void show_lag();
  void announce(ProjectionState state, const std::string& halted = {});
  bool pause();

  eventlog::EventLog& log_;
  Store& store_;
  ReferenceCache& names_;
  ProgressBoard& board_;
  AnswerSink* const sink_;
  const ProjectorOptions options_;
  telemetry::Counter& events_total_;
  telemetry::Counter& answers_total_;
  telemetry::Counter& batches_total_;
  telemetry::Counter& executed_total_;
  telemetry::Counter& rejected_total_;
  telemetry::Counter& repeated_total_;
  telemetry::Gauge& void_messages_;
  telemetry::Gauge& log_bytes_;
  telemetry::Gauge& log_bytes_max_;
  telemetry::Gauge& log_nearly_full_;
  telemetry::Gauge& lag_messages_;
  telemetry::Gauge& halted_;

  std::atomic<bool> stopping_{false};
  std::mutex mutex_;  // of reader_ and for pause()
  std::condition_variable woken_;
  std::unique_ptr<eventlog::Reader> reader_;
  std::thread thread_;

  // Of the projector's thread.
  std::optional<eventlog::EventFold> fold_;
  std::unique_ptr<Batch> batch_;
  ProgressRow progress_;           // as written
  std::uint64_t void_before_ = 0;  // void messages before the place where this process began
  std::uint64_t log_last_ = 0;
  Nanos looked_at_;  // steady time
  ProjectionState state_ = ProjectionState::kStarting;
};

}  // namespace sluice::projections
