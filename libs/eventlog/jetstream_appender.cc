// JetstreamAppender: publishes with acknowledgements matched by reply subject.
#include <atomic>
#include <deque>

#include "eventlog/jetstream_detail.h"
#include "eventlog/nats_connection.h"
#include "runtime/clock.h"

namespace sluice::eventlog {

namespace {

using detail::error_of;
using detail::kReconnectPause;
using detail::new_inbox;
using detail::number_after;
using nlohmann::json;
using runtime::steady_now;

/// An acknowledgement of a publish: {"stream":"S","seq":1,"duplicate":true} or {"error":{…}}.
Result<Appended> parse_ack(const NatsMessage& message) {
  if (message.status() == 503)
    return Error{ErrorCode::kUnavailable, "no stream listens: is JetStream up, has 'sluice admin init' run?"};
  if (message.payload.find("\"error\"") != std::string_view::npos) {
    const json parsed = json::parse(message.payload, nullptr, false);
    if (parsed.is_discarded() || !parsed.contains("error"))
      return Error{ErrorCode::kUnknown, "an answer that cannot be read"};
    return error_of(parsed["error"]);
  }
  const Appended ack{number_after(message.payload, "\"seq\":"),
                     message.payload.find("\"duplicate\"") != std::string_view::npos};
  // Clusters up to 2.10 may acknowledge a duplicate with sequence 0: that is no acknowledgement.
  if (ack.sequence == 0) return Error{ErrorCode::kUnknown, "an acknowledgement without a sequence"};
  return ack;
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class JetstreamAppender final : public Appender {
 public:
  JetstreamAppender(const JetstreamOptions& options, const std::string& name)
      : options_(options), connection_(options.url, name), inbox_(new_inbox()) {}

  void start(const AppendRequest& request) override {
    INVARIANT(request.msg_id.empty() || !request.expected_last);
    if (request.payload.size() > kMessageBytesMax) {
      done_.push_back({request.token, Error{ErrorCode::kTooLarge, "the message is larger than the stream takes"}});
      return;
    }
    if (!ensure_connected()) {
      done_.push_back({request.token, last_error_});
      wake();  // who waits on another thread has something to poll
      return;
    }
    header_.clear();
    if (!request.msg_id.empty()) header_.append("Nats-Msg-Id: ").append(request.msg_id).append("\r\n");
    if (request.expected_last) {
#ifndef SLUICE_MUTANT_no_expected_sequence
      header_.append("Nats-Expected-Last-Sequence: ").append(std::to_string(*request.expected_last)).append("\r\n");
#endif
    }
    const std::uint64_t id = ++published_;
    reply_ = inbox_;
    reply_.append(".").append(std::to_string(id));
    connection_.publish(subject_of(request.stream, request.frame_class), reply_, header_, as_text(request.payload));
    pending_.push_back({id, request.token, steady_now() + request.timeout});
    if (const Status sent = connection_.flush(); !sent.ok()) {
      drop_connection(sent.error());
      wake();
    }
  }

  void poll(Nanos timeout, std::vector<AppendCompletion>& done) override {
    Nanos deadline = steady_now() + timeout;
    if (!connection_.connected()) ensure_connected();
    if (!done_.empty()) deadline = Nanos{0};
    while (!woken_.exchange(false)) {
      Nanos until = deadline;
      if (!pending_.empty()) until = std::min(until, pending_.front().deadline);
      const Nanos wait = std::max(Nanos{0}, until - steady_now());
      if (!connection_.connected()) {
        wait_unconnected(wait);
        break;
      }
      const auto received = connection_.next(wait);
      if (received.ok()) {
        take_ack(received.value());
        deadline = Nanos{0};  // something completed: take what else has arrived, then return
        continue;
      }
      if (received.error().code == ErrorCode::kUnavailable) drop_connection(received.error());
      if (received.error().code == ErrorCode::kCancelled) woken_.store(false);
      break;
    }
    expire();
    for (auto& completion : done_) done.push_back(std::move(completion));
    done_.clear();
  }

  void wait(Nanos timeout) override {
    if (!woken_.exchange(false)) connection_.await_readable(timeout);
  }

  void wake() override {
    woken_.store(true, std::memory_order_release);
    connection_.wake();
  }
  bool connected() const override { return connected_.load(std::memory_order_acquire); }
  std::uint64_t disconnects() const override { return disconnects_.load(std::memory_order_acquire); }

 private:
  struct Pending {
    std::uint64_t id = 0;
    std::uint64_t token = 0;
    Nanos deadline;
  };

  bool ensure_connected() {
    if (connection_.connected()) return true;
    if (steady_now() < retry_at_) return false;
    Status status = connection_.connect(options_.connect_timeout);
    if (status.ok()) {
      connection_.subscribe(inbox_ + ".*", 1);
      status = connection_.flush();
    }
    if (!status.ok()) {
      last_error_ = status.error();
      retry_at_ = steady_now() + kReconnectPause;
      return false;
    }
    connected_.store(true, std::memory_order_release);
    return true;
  }

  void wait_unconnected(Nanos wait) {
    // The wake-up of a closed connection would be lost; short waits keep the caller responsive until the broker is
    // back.
    connection_.pause(std::min(wait, kReconnectPause));
  }

  void take_ack(const NatsMessage& message) {
    const std::size_t dot = message.subject.rfind('.');
    std::uint64_t id = 0;
    std::from_chars(message.subject.data() + dot + 1, message.subject.data() + message.subject.size(), id);
    for (auto it = pending_.begin(); it != pending_.end(); ++it) {
      if (it->id != id) continue;
      done_.push_back({it->token, parse_ack(message)});
      pending_.erase(it);
      return;
    }  // else: it came after its time-out, and its outcome was already reported as unknown
  }

  void expire() {
    const Nanos now = steady_now();
    while (!pending_.empty() && pending_.front().deadline <= now) {
      done_.push_back({pending_.front().token,
                       Error{ErrorCode::kUnknown, "no acknowledgement in time: the message may be stored"}});
      pending_.pop_front();
    }
  }

  void drop_connection(const Error& why) {
    connection_.close();
    connected_.store(false, std::memory_order_release);
    disconnects_.fetch_add(1, std::memory_order_acq_rel);
    last_error_ = why;
    for (const Pending& pending : pending_) {
      done_.push_back(
          {pending.token, Error{ErrorCode::kUnknown,
                                "the connection was lost before the acknowledgement: the message may be stored"}});
    }
    pending_.clear();
  }

  JetstreamOptions options_;
  NatsConnection connection_;
  std::string inbox_;
  std::string reply_;
  std::string header_;
  std::deque<Pending> pending_;  // in the order of sending; the broker answers in that order
  std::vector<AppendCompletion> done_;
  std::uint64_t published_ = 0;
  Nanos retry_at_;
  Error last_error_{ErrorCode::kUnavailable, "not connected yet"};
  std::atomic<bool> connected_{false};
  std::atomic<bool> woken_{false};
  std::atomic<std::uint64_t> disconnects_{0};
};

}  // namespace

std::unique_ptr<Appender> detail::make_jetstream_appender(const JetstreamOptions& options, const std::string& name) {
  return std::make_unique<JetstreamAppender>(options, name);
}

}  // namespace sluice::eventlog
