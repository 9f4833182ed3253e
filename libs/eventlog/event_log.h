// The port to the durable log: two streams a shard, CMD (commands) and EVT (events). Implementations: JetstreamLog
// (NATS), MemoryLog (tests). Both pass tests/unit/eventlog/contract_test.cc.
//
// Threads: an EventLog may be used by any thread; an Appender or a Reader is used by one thread at
// a time, except for wake(), and wait() beside start().
// Time-outs are spans of steady time in nanoseconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/commands.h"

namespace sluice::eventlog {

enum class StreamKind : std::uint8_t { kCommand, kEvent };
struct StreamId {
  StreamKind kind = StreamKind::kCommand;
  ShardId shard;
  auto operator<=>(const StreamId&) const = default;
};
/// SLUICE_CMD_<n> or SLUICE_EVT_<n>.
std::string stream_name(StreamId stream);
/// sluice.cmd.<n>.ord and so on.
std::string subject_of(StreamId stream, FrameClass frame_class);
/// The class that a subject's last token names; nullopt for any other subject.
std::optional<FrameClass> class_of_subject(std::string_view subject);

/// Largest message of either stream, header included. A stream refuses more; appenders check before sending.
inline constexpr std::size_t kMessageBytesMax = 640u << 10;
/// An answer is split into parts of at most this many bytes.
inline constexpr std::size_t kPartBytesMax = 512u << 10;

/// One message as read. `payload` is 16-byte aligned and stays valid until the next call on the same reader.
struct LogMessage {
  std::uint64_t sequence = 0;
  Nanos broker_time;
  FrameClass frame_class = FrameClass::kOrders;
  std::span<const std::byte> payload;
};
/// One message with bytes of its own.
struct OwnedMessage {
  LogMessage message() const { return {sequence, broker_time, frame_class, payload()}; }
  std::span<const std::byte> payload() const { return std::as_bytes(std::span(storage)).first(bytes); }
  void assign(const LogMessage& other);

  std::uint64_t sequence = 0;
  Nanos broker_time;
  FrameClass frame_class = FrameClass::kOrders;
  std::size_t bytes = 0;
  std::vector<std::max_align_t> storage;
};

/// An append in one of two forms: deduplicated by `msg_id` (CMD), or conditional on `expected_last` (EVT); never both.
struct AppendRequest {
  StreamId stream;
  FrameClass frame_class = FrameClass::kOrders;
  std::span<const std::byte> payload;          // not retained after start()
  std::string_view msg_id;                     // empty: none
  std::optional<std::uint64_t> expected_last;  // sequence of the stream's last message
  std::uint64_t token = 0;                     // comes back with the completion
  Nanos timeout{kNanosPerSecond};              // after this it completes as kUnknown
};
struct Appended {
  std::uint64_t sequence = 0;
  bool duplicate = false;  // the broker knew the msg_id; the first append stands
};
/// Errors: kUnknown (sent, no answer: it MAY be stored; repeat with the same msg_id), kFenced (expected_last did not
/// match), kLogFull, kTooLarge, kUnavailable (not sent).
struct AppendCompletion {
  std::uint64_t token = 0;
  Result<Appended> result = Error{};
};

class Appender {
 public:
  virtual ~Appender() = default;
  /// Sends without waiting; the completion comes from poll(), also when sending failed. Appends of one appender to one
  /// stream reach the broker in the order of the calls. Nothing is ever sent later than this call: no stale resend
  /// after a reconnect.
  virtual void start(const AppendRequest& request) = 0;
  /// Waits until something completed, wake() was called, or `timeout` passed; appends completions to `done`. Reconnects
  /// as needed.
  virtual void poll(Nanos timeout, std::vector<AppendCompletion>& done) = 0;
  /// The waiting part of poll() alone: a poll() without time-out should follow. May run beside a start() of another
  /// thread, which makes it return when its append completes.
  virtual void wait(Nanos timeout) = 0;
  /// Makes a present or the next poll() return. Any thread.
  virtual void wake() = 0;
  virtual bool connected() const = 0;
  /// Number of times the connection was lost; an owner reads EVT back when it changes.
  virtual std::uint64_t disconnects() const = 0;
};

class Reader {
 public:
  virtual ~Reader() = default;
  /// The next message, always the last sequence + 1. Errors: kTimeout (nothing new), kCancelled (wake() was called),
  /// kUnavailable (the log cannot be reached; call again, the reader keeps trying), kHalted (the stream ends before, or
  /// begins after, the sequence this reader needs, or a sequence is missing: never continue).
  virtual Result<LogMessage> next(Nanos timeout) = 0;
  /// Makes a present or the next next() return kCancelled. Any thread.
  virtual void wake() = 0;
  /// Steady time of the last sign of life from the log (message or heartbeat); 0 before the first. Any thread.
  virtual Nanos last_contact() const = 0;
};

/// Share of max_bytes from which on a stream is said to be nearly full, and from which on orders are refused.
inline constexpr double kNearlyFull = 0.80;
inline constexpr double kFull = 0.95;

struct StreamInfo {
  std::uint64_t messages = 0;
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_max = 0;
  double fill() const { return bytes_max == 0 ? 0.0 : static_cast<double>(bytes) / static_cast<double>(bytes_max); }
};

class EventLog {
 public:
  virtual ~EventLog() = default;
  /// Connects lazily; never fails. `name` appears in the broker's list of connections.
  virtual std::unique_ptr<Appender> open_appender(const std::string& name) = 0;
  /// Reads from sequence `from` (>= 1) on.
  virtual std::unique_ptr<Reader> open_reader(const std::string& name, StreamId stream, std::uint64_t from) = 0;
  /// Errors: kNotFound (no such stream), kUnavailable, kTimeout.
  virtual Result<StreamInfo> info(StreamId stream) = 0;
  /// One stored message. Errors: kNotFound, kUnavailable, kTimeout.
  virtual Result<OwnedMessage> get(StreamId stream, std::uint64_t sequence) = 0;
};

/// Appends one message and waits for its completion. For set-up and tests; not for hot paths.
Result<Appended> append_and_wait(Appender& appender, AppendRequest request);

}  // namespace sluice::eventlog
