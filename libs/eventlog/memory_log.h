// MemoryLog: the port in memory, with the faults of a real log on demand. For tests and simulation.
//
// Threads: any, as for EventLog. Faults are armed with the methods below and strike the next operations.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>

#include "eventlog/event_log.h"

namespace sluice::eventlog {

class MemoryLog final : public EventLog {
 public:
  using TimeSource = Nanos (*)();
  /// Streams of `shards` shards. `broker_time` stamps messages; null: a count of microseconds from 1.
  explicit MemoryLog(std::uint16_t shards, TimeSource broker_time = nullptr);
  ~MemoryLog() override;

  std::unique_ptr<Appender> open_appender(const std::string& name) override;
  std::unique_ptr<Reader> open_reader(const std::string& name, StreamId stream, std::uint64_t from) override;
  Result<StreamInfo> info(StreamId stream) override;
  Result<OwnedMessage> get(StreamId stream, std::uint64_t sequence) override;

  /// The next `count` appends are stored, but complete as kUnknown.
  void lose_acks(int count);
  /// The next `count` appends complete as kUnknown and are stored only by deliver_delayed(), if their condition still
  /// holds then.
  void delay_appends(int count);
  void deliver_delayed();
  /// The next `count` appends are not stored and complete as `error`.
  void fail_appends(int count, ErrorCode error);
  /// The next `count` appends are stored although expected_last does not match: a broker whose fence is broken.
  void break_fence(int count);
  /// While true: appends are stored, but no completion is handed out.
  void hold_acks(bool hold);
  /// While true: readers get nothing, though the log has messages.
  void withhold_messages(bool withhold);
  /// While false: appends, reads and requests fail with kUnavailable, and every appender counts a disconnect.
  void set_available(bool available);
  /// Cuts the stream after `last`; later appends reuse the numbers.
  void truncate(StreamId stream, std::uint64_t last);
  /// Removes one message: a hole.
  void remove(StreamId stream, std::uint64_t sequence);
  /// Flips one bit of a stored payload.
  void corrupt(StreamId stream, std::uint64_t sequence, std::size_t byte);
  /// Stores bytes unconditionally, as any writer with the rights could.
  std::uint64_t inject(StreamId stream, FrameClass frame_class, std::span<const std::byte> payload);
  /// Fill limit of a stream; an append beyond it is kLogFull.
  void set_bytes_max(StreamId stream, std::uint64_t bytes_max);

 private:
  friend class MemoryAppender;
  friend class MemoryReader;
  struct Stream {
    std::map<std::uint64_t, OwnedMessage> messages;
    std::map<std::string, std::uint64_t, std::less<>> ids;
    std::uint64_t last = 0;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_max = 0;
  };
  struct Delayed {
    StreamId stream;
    FrameClass frame_class;
    std::vector<std::byte> payload;
    std::string msg_id;
    std::optional<std::uint64_t> expected_last;
  };

  Result<Appended> append(const AppendRequest& request);
  Result<Appended> store(Stream& stream, FrameClass frame_class, std::span<const std::byte> payload,
                         std::string_view msg_id, std::optional<std::uint64_t> expected_last);
  Nanos next_time();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<StreamId, Stream> streams_;
  std::vector<Delayed> delayed_;
  TimeSource broker_time_;
  std::int64_t ticks_ = 0;
  int lose_acks_ = 0;
  int delay_ = 0;
  int fail_ = 0;
  ErrorCode fail_with_ = ErrorCode::kUnknown;
  int break_fence_ = 0;
  bool available_ = true;
  bool hold_acks_ = false;
  bool withhold_messages_ = false;
  std::uint64_t outages_ = 0;
};

}  // namespace sluice::eventlog
