// LaneWriter: where a command enters the log. Commands of one lane that arrive while its frame is in flight share the
// next frame: no timer, no delay when idle, bounded by count (and with it by bytes: the longest command times the count
// is less than a message takes). One frame of a lane is in flight, so an account's commands keep their order; a frame
// without acknowledgement is repeated with the same Msg-Id and bytes until its deadline. A command whose deadline
// passes while it waits for a frame never enters the log. One thread a writer, which follows the log; submit() from
// any, and a caller with few commands publishes them itself while the log answers.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "command/answer_board.h"
#include "command/command_batch.h"
#include "eventlog/codec.h"
#include "eventlog/event_log.h"
#include "runtime/doorbell.h"
#include "telemetry/spans.h"
#include "telemetry/stage_log.h"

namespace sluice::command {

/// Lanes are numbered from 1000 × class on (0 for orders), so that no two writers of a process share a Msg-Id.
inline constexpr std::uint32_t kLanesMax = 1000;

struct LaneWriterOptions {
  std::string name{};
  FrameClass frame_class = FrameClass::kOrders;
  std::uint32_t lanes = 2;               // at most kLanesMax
  std::size_t queued_max = 65'536;       // commands accepted and not yet in a frame; beyond: overload
  std::size_t unanswered_max = 262'144;  // commands of the shard logged and not yet answered; beyond: overload
  std::size_t frame_commands_max = eventlog::kCommandsMax;
  Nanos ack_timeout{500 * kNanosPerMilli};  // of one try
  bool never_give_up = false;               // kills: keep trying for ever
};

/// What is remembered and measured of the frames of one shard's orders.
struct FrameTrace {
  explicit FrameTrace(telemetry::Spans& measured) : spans(measured) {}
  telemetry::Spans& spans;
  telemetry::StageLog stages{kFrameStages};
};

/// What metrics show of a writer.
struct LaneWriterStats {
  std::atomic<std::uint64_t> commands{0};
  std::atomic<std::uint64_t> frames{0};
  std::atomic<std::uint64_t> in_flight{0};   // frames published and not acknowledged
  std::atomic<std::uint64_t> repeats{0};     // publishes repeated with the same Msg-Id
  std::atomic<std::uint64_t> duplicates{0};  // acknowledgements that say: known already
  std::atomic<std::uint64_t> given_up{0};
  std::atomic<std::uint64_t> queued{0};
  std::atomic<bool> log_full{false};
};

template <typename Command>
class LaneWriter {
 public:
  LaneWriter(eventlog::EventLog& log, const Genesis& genesis, WriterId writer, AnswerBoard& board,
             LaneWriterOptions options, FrameTrace* trace = nullptr);
  ~LaneWriter();

  /// A command, its lane by `lane_key` modulo the lanes, and who waits for it.
  struct Queued {
    std::uint64_t lane_key = 0;
    Command command;
    Waiter waiter;
  };
  /// Whether a command may be queued. Errors: kLogFull if too many wait for the log, or, with a waiter for the outcome,
  /// for the engine.
  Status admits(const Waiter& waiter) const;
  /// Queues commands that were admitted, all at once, so that they go into as few frames as may be. A waiter is
  /// completed when its command is logged (kLogged), answered (kExecuted) or failed: kUnavailable (nothing was logged),
  /// kUnknown (it may be), kLogFull, kTooLarge, kTimeout (logged, not answered in time). Errors: kUnavailable with
  /// nothing queued while stopping.
  Status submit_all(std::span<Queued> commands);
  /// One command: admits() and submit_all().
  Status submit(std::uint64_t lane_key, const Command& command, Waiter waiter);
  /// Ends the thread; commands not yet logged fail as kUnavailable.
  void stop();
  const LaneWriterStats& stats() const { return stats_; }
  /// True while the log acknowledges. Any thread.
  bool log_reachable() const { return reachable_.load(std::memory_order_acquire); }

 private:
  struct Entry {
    Command command;
    Waiter waiter;
  };
  struct Lane {
    std::deque<Entry> queue;       // guarded by mutex_
    std::vector<std::byte> frame;  // in flight, or to be repeated; empty: none
    std::vector<Waiter> waiters;
    std::string msg_id;
    std::uint64_t batch = 0;
    std::uint64_t ticket = 0;
    Nanos deadline;
    Nanos retry_at;
    Nanos framed;  // Unix time
    telemetry::FollowedSpan publishing;
    bool in_flight = false;
    bool unclear = false;  // a publish of this frame had no answer: it may be stored
  };

  void run();
  void take_turn();
  void give_turn();
  bool start_frames();
  bool fill(Lane& lane, std::uint32_t number);
  void publish(Lane& lane, std::uint32_t number);
  void finish(Lane& lane, const Result<eventlog::Appended>& result);
  void logged(Lane& lane, CmdSequence sequence);
  void give_up(Lane& lane, const Error& error);
  bool is_late(const Waiter& waiter, Nanos now) const;
  void expire(Nanos now);

  eventlog::EventLog& log_;
  const Genesis genesis_;
  const WriterId writer_;
  AnswerBoard& board_;
  const LaneWriterOptions options_;
  FrameTrace* const trace_;  // null: frames of this class are not followed
  std::unique_ptr<eventlog::Appender> appender_;
  std::mutex mutex_;  // of the queues
  std::vector<Lane> lanes_;
  LaneWriterStats stats_;
  std::atomic<bool> reachable_{false};
  std::atomic<bool> stop_{false};
  std::atomic<bool> sleeping_{false};
  std::atomic<bool> turn_{false};  // held by whoever works on lanes_ (queues apart) and the appender
  std::thread thread_;
};

using OrderWriter = LaneWriter<OrderCommand>;
using ControlWriter = LaneWriter<ControlCommand>;

}  // namespace sluice::command
