// EventWriter: the owner's side of EVT. It takes a shard by appending EpochStarted, publishes answers in order with an
// expected sequence each, many in flight, and after any doubt reads EVT back until every message is known to be
// committed or not. Owned by one publishing thread; the getters that say so are for any thread.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "base/result.h"
#include "domain/events.h"
#include "eventlog/codec.h"
#include "eventlog/event_fold.h"
#include "eventlog/event_log.h"

namespace sluice::eventlog {

/// No owner has more messages in flight (docs/adr/0004). So once a new owner stands this far behind its EpochStarted,
/// no condition of a former owner's message can hold any more.
inline constexpr std::size_t kInFlightMax = 64;

struct EventWriterOptions {
  std::size_t window_messages = kInFlightMax;  // in flight at most
  std::size_t window_bytes = 8u << 20;
  Nanos append_timeout{kNanosPerSecond};
};

class EventWriter {
 public:
  /// Stands where `fold` stands; nothing is written before acquire().
  EventWriter(EventLog& log, const Genesis& genesis, OwnerId owner, const EventFold& fold,
              EventWriterOptions options = {});
  ~EventWriter();

  /// Stands where `fold` stands now; before acquire(), when another owner has written meanwhile.
  void stand_at(const EventFold& fold);
  /// Appends EpochStarted, stamped with the shard's log time, and waits for it. Errors: kFenced (someone else wrote:
  /// read EVT on, stand_at(), try again), kUnavailable, kUnknown (read EVT again: it may be there).
  Status acquire(Nanos log_time);

  /// True if another message may be started.
  bool has_room() const { return unacknowledged_.size() < options_.window_messages && bytes_ < options_.window_bytes; }
  /// Starts the publish of an answer (all its parts). Never waits; failures come from pump().
  void publish(const Answer& answer);

  /// Takes acknowledgements for up to `timeout`; reconciles after a fence, a time-out or a reconnect. Errors: kFenced
  /// (another owner has the shard: discard the state), kHalted (EVT is not what this owner wrote), kUnavailable (the
  /// log cannot be read just now: hold, and call again), kLogFull (the log takes no more: hold, and call again).
  Status pump(Nanos timeout);
  /// Makes a present or the next pump() return. Any thread.
  void wake() { appender_->wake(); }

  bool idle() const { return unacknowledged_.empty(); }
  /// Count of answers published / acknowledged since the start; an answer is acknowledged with its last part.
  std::uint64_t answers_published() const { return answers_published_; }
  std::uint64_t answers_acknowledged() const { return answers_acknowledged_; }
  Epoch epoch() const { return epoch_; }
  OwnerId owner() const { return owner_; }
  /// The newest complete message that is acknowledged. Publishing thread.
  const Checkpoint& acknowledged() const { return acknowledged_; }
  /// Steady time since when the oldest message in flight waits for its acknowledgement; 0 if none. Any thread.
  Nanos waiting_since() const { return Nanos{waiting_since_.load(std::memory_order_acquire)}; }
  /// Void messages of others that were skipped.
  std::uint64_t void_messages() const { return void_messages_; }

 private:
  struct Message {
    std::vector<std::byte> bytes;
    Sha256 chain{};
    FrameClass frame_class = FrameClass::kOrders;
    CmdSequence cmd_sequence;
    Sha256 cmd_sha256{};
    bool completes = false;  // the last part
    Nanos since;
  };

  void start_more();
  std::size_t in_flight_max() const;
  void acknowledge_front(std::uint64_t sequence);
  Status reconcile();
  Status match(const LogMessage& stored);
  Status check_cmd_tail();
  void note_waiting();

  EventLog& log_;
  const Genesis genesis_;
  const OwnerId owner_;
  const EventWriterOptions options_;
  std::unique_ptr<Appender> appender_;
  Epoch epoch_;
  Sha256 chain_{};               // after everything published
  Sha256 committed_chain_{};     // after everything acknowledged
  std::uint64_t committed_ = 0;  // sequence of the newest message known to be in EVT, void ones included
  Checkpoint acknowledged_;
  Sha256 last_cmd_sha256_{};  // of the CMD message of the newest acknowledged answer; zero: not known
  std::deque<Message> unacknowledged_;
  std::uint64_t answers_published_ = 0;
  std::uint64_t answers_acknowledged_ = 0;
  std::size_t bytes_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t started_ = 0;          // messages at the front of unacknowledged_ that have been sent
  std::uint64_t pipeline_from_ = 0;  // sequence from which on many messages may be in flight
  bool doubt_ = false;
  std::uint64_t disconnects_ = 0;
  std::uint64_t void_messages_ = 0;
  std::vector<AppendCompletion> done_;
  BodyEncoder encoder_;
  std::atomic<std::int64_t> waiting_since_{0};
};

}  // namespace sluice::eventlog
