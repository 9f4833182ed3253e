#include "eventlog/jetstream_log.h"

#include <ctime>
#include <mutex>

#include "eventlog/jetstream_detail.h"
#include "eventlog/nats_connection.h"
#include "runtime/clock.h"

namespace sluice::eventlog {

namespace {

using detail::error_of;
using detail::new_inbox;
using detail::number_after;
using nlohmann::json;
using runtime::steady_now;

constexpr int kErrWrongLastSequence = 10071;
constexpr int kErrMessageTooLarge = 10054;
constexpr int kErrStoreFailed = 10077;  // "maximum bytes exceeded", or the disk refused the write
constexpr int kErrStorageExceeded = 10047;
constexpr int kErrInsufficientResources = 10023;
constexpr int kErrStreamNotFound = 10059;
constexpr int kErrNoMessage = 10037;

}  // namespace

Error detail::error_of(const json& error) {
  const int code = error.value("err_code", 0);
  const std::string text = error.value("description", "unknown error") + " (" + std::to_string(code) + ")";
  switch (code) {
    case kErrWrongLastSequence: return {ErrorCode::kFenced, text};
    case kErrMessageTooLarge: return {ErrorCode::kTooLarge, text};
    case kErrStoreFailed:
    case kErrStorageExceeded:
    case kErrInsufficientResources: return {ErrorCode::kLogFull, "the log is full: " + text};
    case kErrStreamNotFound:
    case kErrNoMessage: return {ErrorCode::kNotFound, text};
    default: return {ErrorCode::kUnknown, text};
  }
}

namespace {

/// info() and get() share one connection under a lock.
class JetstreamLog final : public EventLog {
 public:
  explicit JetstreamLog(JetstreamOptions options)
      : options_(std::move(options)), connection_(options_.url, options_.name + "-admin") {}

  std::unique_ptr<Appender> open_appender(const std::string& name) override {
    return detail::make_jetstream_appender(options_, name);
  }
  std::unique_ptr<Reader> open_reader(const std::string& name, StreamId stream, std::uint64_t from) override {
    INVARIANT(from >= 1);
    return detail::make_jetstream_reader(options_, name, stream, from);
  }

  Result<StreamInfo> info(StreamId stream) override {
    const std::lock_guard lock(mutex_);
    const auto received = request("$JS.API.STREAM.INFO." + stream_name(stream), "");
    if (!received.ok()) return received.error();
    const json answer = json::parse(received.value().payload, nullptr, false);
    if (answer.is_discarded()) return Error{ErrorCode::kUnavailable, "an answer that cannot be read"};
    if (answer.contains("error")) return error_of(answer["error"]);
    const auto& state = answer["state"];
    const std::int64_t bytes_max = answer["config"].value("max_bytes", std::int64_t{-1});
    return StreamInfo{state.value("messages", std::uint64_t{0}), state.value("first_seq", std::uint64_t{0}),
                      state.value("last_seq", std::uint64_t{0}), state.value("bytes", std::uint64_t{0}),
                      bytes_max < 0 ? 0 : static_cast<std::uint64_t>(bytes_max)};
  }

  Result<OwnedMessage> get(StreamId stream, std::uint64_t sequence) override {
    const std::lock_guard lock(mutex_);
    const auto received = request("$JS.API.DIRECT.GET." + stream_name(stream), json{{"seq", sequence}}.dump());
    if (!received.ok()) return received.error();
    const NatsMessage& message = received.value();
    if (message.status() == 404)
      return Error{ErrorCode::kNotFound, "no message " + std::to_string(sequence) + " in " + stream_name(stream)};
    const auto frame_class = class_of_subject(message.header("Nats-Subject"));
    const auto time = parse_time(message.header("Nats-Time-Stamp"));
    if (number_after(message.headers, "Nats-Sequence:") != sequence || !frame_class || !time) {
      return Error{ErrorCode::kUnavailable,
                   "an answer that cannot be read: " + std::string(message.payload.substr(0, 200))};
    }
    OwnedMessage owned;
    owned.assign(
        {sequence, *time, *frame_class, std::as_bytes(std::span(message.payload.data(), message.payload.size()))});
    return owned;
  }

 private:
  /// The answer is a view into the connection: use it before the next request.
  Result<NatsMessage> request(const std::string& subject, const std::string& body) {
    if (!connection_.connected()) {
      if (const Status status = connection_.connect(options_.connect_timeout); !status.ok()) return status.error();
      connection_.subscribe(inbox_ + ".*", 1);
    }
    const std::string reply = inbox_ + '.' + std::to_string(++requests_);
    connection_.publish(subject, reply, "", body);
    if (const Status sent = connection_.flush(); !sent.ok()) return sent.error();
    const Nanos deadline = steady_now() + options_.request_timeout;
    while (true) {
      auto received = connection_.next(std::max(Nanos{0}, deadline - steady_now()));
      if (!received.ok()) {
        if (received.error().code == ErrorCode::kTimeout) connection_.close();
        return Error{ErrorCode::kUnavailable, "no answer to " + subject + ": " + received.error().message};
      }
      if (received.value().subject != reply) continue;
      if (received.value().status() == 503)
        return Error{ErrorCode::kUnavailable, "JetStream or the stream is not there: run 'sluice admin init'"};
      return received;
    }
  }

  /// RFC 3339 with up to nine decimals, UTC.
  static std::optional<Nanos> parse_time(std::string_view text) {
    const std::string copy(text);
    std::tm parts{};
    const char* end = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (end == nullptr) return std::nullopt;
    std::int64_t nanos = 0;
    if (*end == '.') {
      std::int64_t scale = kNanosPerSecond / 10;
      for (++end; *end >= '0' && *end <= '9'; ++end, scale /= 10) nanos += (*end - '0') * scale;
    }
    if (*end != 'Z') return std::nullopt;
    return Nanos{static_cast<std::int64_t>(timegm(&parts)) * kNanosPerSecond + nanos};
  }

  JetstreamOptions options_;
  std::mutex mutex_;
  NatsConnection connection_;
  const std::string inbox_ = new_inbox();
  std::uint64_t requests_ = 0;
};

}  // namespace

std::unique_ptr<EventLog> open_jetstream(JetstreamOptions options) {
  return std::make_unique<JetstreamLog>(std::move(options));
}

Result<std::string> jetstream_request(const JetstreamOptions& options, const std::string& subject,
                                      const std::string& body) {
  NatsConnection connection(options.url, options.name + "-admin");
  if (const Status status = connection.connect(options.connect_timeout); !status.ok()) return status.error();
  const std::string inbox = new_inbox();
  connection.subscribe(inbox, 1);
  connection.publish(subject, inbox, "", body);
  if (const Status sent = connection.flush(); !sent.ok()) return sent.error();
  const auto received = connection.next(options.request_timeout);
  if (!received.ok()) return received.error();
  if (received.value().status() == 503)
    return Error{ErrorCode::kUnavailable, "JetStream is not enabled at " + options.url};
  return std::string(received.value().payload);
}

}  // namespace sluice::eventlog
