#include "eventlog/memory_log.h"

#include <chrono>
#include <cstring>

#include "runtime/clock.h"

namespace sluice::eventlog {

namespace {
const Error kDown{ErrorCode::kUnavailable, "the log cannot be reached"};
}

/// Completions are made at once in start() and handed out by poll().
class MemoryAppender final : public Appender {
 public:
  explicit MemoryAppender(MemoryLog& log) : log_(log) {}

  void start(const AppendRequest& request) override {
    INVARIANT(request.msg_id.empty() || !request.expected_last);
    AppendCompletion completion{request.token,
                                Error{ErrorCode::kTooLarge, "the message is larger than the stream takes"}};
    if (request.payload.size() <= kMessageBytesMax) completion.result = log_.append(request);
    const std::lock_guard lock(log_.mutex_);
    done_.push_back(std::move(completion));
    log_.changed_.notify_all();
  }
  void wait(Nanos timeout) override {
    std::unique_lock lock(log_.mutex_);
    log_.changed_.wait_for(lock, std::chrono::nanoseconds(timeout.value()),
                           [this] { return woken_ || (!done_.empty() && !log_.hold_acks_); });
    woken_ = false;
  }
  void poll(Nanos timeout, std::vector<AppendCompletion>& done) override {
    std::unique_lock lock(log_.mutex_);
    log_.changed_.wait_for(lock, std::chrono::nanoseconds(timeout.value()),
                           [this] { return woken_ || (!done_.empty() && !log_.hold_acks_); });
    woken_ = false;
    if (log_.hold_acks_) return;
    for (auto& completion : done_) done.push_back(std::move(completion));
    done_.clear();
  }
  void wake() override {
    const std::lock_guard lock(log_.mutex_);
    woken_ = true;
    log_.changed_.notify_all();
  }
  bool connected() const override {
    const std::lock_guard lock(log_.mutex_);
    return log_.available_;
  }
  std::uint64_t disconnects() const override {
    const std::lock_guard lock(log_.mutex_);
    return log_.outages_;
  }

 private:
  MemoryLog& log_;
  std::vector<AppendCompletion> done_;
  bool woken_ = false;
};

class MemoryReader final : public Reader {
 public:
  MemoryReader(MemoryLog& log, StreamId stream, std::uint64_t from) : log_(log), stream_(stream), next_(from) {}

  Result<LogMessage> next(Nanos timeout) override {
    std::unique_lock lock(log_.mutex_);
    const MemoryLog::Stream& stream = log_.streams_.at(stream_);
    const auto ready = [&] {
      if (log_.withhold_messages_) return woken_ || !log_.available_;
      return woken_ || !log_.available_ || stream.last >= next_ || stream.last + 1 < next_;
    };
    const bool came = log_.changed_.wait_for(lock, std::chrono::nanoseconds(timeout.value()), ready);
    if (woken_) {
      woken_ = false;
      return Error{ErrorCode::kCancelled, "woken"};
    }
    if (!log_.available_) return kDown;
    if (!came) return Error{ErrorCode::kTimeout, "nothing new"};
    if (stream.last + 1 < next_) {
      return Error{ErrorCode::kHalted, "truncated: " + stream_name(stream_) + " ends at " +
                                           std::to_string(stream.last) + " before message " + std::to_string(next_)};
    }
    const auto found = stream.messages.find(next_);
    if (found == stream.messages.end()) {
      return Error{ErrorCode::kHalted,
                   "hole: message " + std::to_string(next_) + " of " + stream_name(stream_) + " is missing"};
    }
    current_ = found->second;
    ++next_;
    return current_.message();
  }
  void wake() override {
    const std::lock_guard lock(log_.mutex_);
    woken_ = true;
    log_.changed_.notify_all();
  }
  Nanos last_contact() const override {
    const std::lock_guard lock(log_.mutex_);
    if (log_.available_) contact_ = runtime::steady_now();
    return contact_;
  }

 private:
  MemoryLog& log_;
  StreamId stream_;
  std::uint64_t next_;
  OwnedMessage current_;
  bool woken_ = false;
  mutable Nanos contact_;
};

MemoryLog::MemoryLog(std::uint16_t shards, TimeSource broker_time) : broker_time_(broker_time) {
  for (std::uint16_t shard = 0; shard < shards; ++shard) {
    streams_[{StreamKind::kCommand, ShardId{shard}}] = {};
    streams_[{StreamKind::kEvent, ShardId{shard}}] = {};
  }
}
MemoryLog::~MemoryLog() = default;

std::unique_ptr<Appender> MemoryLog::open_appender(const std::string&) {
  return std::make_unique<MemoryAppender>(*this);
}
std::unique_ptr<Reader> MemoryLog::open_reader(const std::string&, StreamId stream, std::uint64_t from) {
  INVARIANT(from >= 1);
  return std::make_unique<MemoryReader>(*this, stream, from);
}

Result<StreamInfo> MemoryLog::info(StreamId stream) {
  const std::lock_guard lock(mutex_);
  if (!available_) return kDown;
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return Error{ErrorCode::kNotFound, "no stream " + stream_name(stream)};
  const Stream& s = found->second;
  return StreamInfo{s.messages.size(), s.messages.empty() ? 0 : s.messages.begin()->first, s.last, s.bytes,
                    s.bytes_max};
}

Result<OwnedMessage> MemoryLog::get(StreamId stream, std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  if (!available_) return kDown;
  const Stream& s = streams_.at(stream);
  const auto found = s.messages.find(sequence);
  if (found == s.messages.end())
    return Error{ErrorCode::kNotFound, "no message " + std::to_string(sequence) + " in " + stream_name(stream)};
  return found->second;
}

Result<Appended> MemoryLog::append(const AppendRequest& request) {
  const std::lock_guard lock(mutex_);
  if (!available_) return kDown;
  if (fail_ > 0) {
    --fail_;
    return Error{fail_with_, "injected failure"};
  }
  if (delay_ > 0) {
    --delay_;
    delayed_.push_back({request.stream,
                        request.frame_class,
                        {request.payload.begin(), request.payload.end()},
                        std::string(request.msg_id),
                        request.expected_last});
    return Error{ErrorCode::kUnknown, "no acknowledgement: the message may be stored"};
  }
  auto result =
      store(streams_.at(request.stream), request.frame_class, request.payload, request.msg_id, request.expected_last);
  if (result.ok() && lose_acks_ > 0) {
    --lose_acks_;
    return Error{ErrorCode::kUnknown, "no acknowledgement: the message may be stored"};
  }
  return result;
}

Result<Appended> MemoryLog::store(Stream& stream, FrameClass frame_class, std::span<const std::byte> payload,
                                  std::string_view msg_id, std::optional<std::uint64_t> expected_last) {
  if (!msg_id.empty()) {
    if (const auto known = stream.ids.find(msg_id); known != stream.ids.end()) return Appended{known->second, true};
  }
  if (expected_last && *expected_last != stream.last) {
    if (break_fence_ == 0) return Error{ErrorCode::kFenced, "wrong last sequence: " + std::to_string(stream.last)};
    --break_fence_;
  }
  if (stream.bytes_max != 0 && stream.bytes + payload.size() > stream.bytes_max)
    return Error{ErrorCode::kLogFull, "maximum bytes exceeded"};
  ++stream.last;
  stream.messages[stream.last].assign(LogMessage{stream.last, next_time(), frame_class, payload});
  stream.bytes += payload.size();
  if (!msg_id.empty()) stream.ids.emplace(msg_id, stream.last);
  changed_.notify_all();
  return Appended{stream.last, false};
}

Nanos MemoryLog::next_time() {
  if (broker_time_ != nullptr) return broker_time_();
  ticks_ += 1000;
  return Nanos{ticks_};
}

void MemoryLog::lose_acks(int count) {
  const std::lock_guard lock(mutex_);
  lose_acks_ = count;
}
void MemoryLog::delay_appends(int count) {
  const std::lock_guard lock(mutex_);
  delay_ = count;
}
void MemoryLog::deliver_delayed() {
  const std::lock_guard lock(mutex_);
  for (const Delayed& d : delayed_)
    (void)store(streams_.at(d.stream), d.frame_class, d.payload, d.msg_id, d.expected_last).ok();
  delayed_.clear();
}
void MemoryLog::fail_appends(int count, ErrorCode error) {
  const std::lock_guard lock(mutex_);
  fail_ = count;
  fail_with_ = error;
}
void MemoryLog::break_fence(int count) {
  const std::lock_guard lock(mutex_);
  break_fence_ = count;
}
void MemoryLog::hold_acks(bool hold) {
  const std::lock_guard lock(mutex_);
  hold_acks_ = hold;
  changed_.notify_all();
}
void MemoryLog::withhold_messages(bool withhold) {
  const std::lock_guard lock(mutex_);
  withhold_messages_ = withhold;
  changed_.notify_all();
}
void MemoryLog::set_available(bool available) {
  const std::lock_guard lock(mutex_);
  if (available_ && !available) ++outages_;
  available_ = available;
  changed_.notify_all();
}
void MemoryLog::truncate(StreamId stream, std::uint64_t last) {
  const std::lock_guard lock(mutex_);
  Stream& s = streams_.at(stream);
  s.messages.erase(s.messages.upper_bound(last), s.messages.end());
  s.last = last;
  changed_.notify_all();
}
void MemoryLog::remove(StreamId stream, std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  streams_.at(stream).messages.erase(sequence);
}
void MemoryLog::corrupt(StreamId stream, std::uint64_t sequence, std::size_t byte) {
  const std::lock_guard lock(mutex_);
  OwnedMessage& message = streams_.at(stream).messages.at(sequence);
  INVARIANT(byte < message.bytes);
  reinterpret_cast<unsigned char*>(message.storage.data())[byte] ^= 1u;
}
std::uint64_t MemoryLog::inject(StreamId stream, FrameClass frame_class, std::span<const std::byte> payload) {
  const std::lock_guard lock(mutex_);
  return store(streams_.at(stream), frame_class, payload, {}, std::nullopt).value().sequence;
}
void MemoryLog::set_bytes_max(StreamId stream, std::uint64_t bytes_max) {
  const std::lock_guard lock(mutex_);
  streams_.at(stream).bytes_max = bytes_max;
}

}  // namespace sluice::eventlog
