#include "eventlog/jetstream_log.h"

#include <atomic>
#include <charconv>
#include <cstring>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>

#include "eventlog/nats_connection.h"
#include "runtime/clock.h"
#include "runtime/ids.h"

namespace sluice::eventlog {

namespace {

using nlohmann::json;
using runtime::steady_now;

constexpr int kErrWrongLastSequence = 10071;
constexpr int kErrMessageTooLarge = 10054;
constexpr int kErrStoreFailed = 10077;          // "maximum bytes exceeded", or the disk refused the write
constexpr int kErrStorageExceeded = 10047;
constexpr int kErrInsufficientResources = 10023;
constexpr int kErrStreamNotFound = 10059;
constexpr int kErrNoMessage = 10037;
constexpr Nanos kReconnectPause{20 * kNanosPerMilli};

std::uint64_t number_after(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return 0;
  std::size_t begin = at + key.size();
  while (begin < text.size() && text[begin] == ' ') ++begin;
  std::uint64_t number = 0;
  std::from_chars(text.data() + begin, text.data() + text.size(), number);
  return number;
}

Error error_of(const json& error) {
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

/// An acknowledgement of a publish: {"stream":"S","seq":1,"duplicate":true} or {"error":{…}}.
Result<Appended> parse_ack(const NatsMessage& message) {
  if (message.status() == 503) return Error{ErrorCode::kUnavailable, "no stream listens: is JetStream up, has 'sluice admin init' run?"};
  if (message.payload.find("\"error\"") != std::string_view::npos) {
    const json parsed = json::parse(message.payload, nullptr, false);
    if (parsed.is_discarded() || !parsed.contains("error")) return Error{ErrorCode::kUnknown, "an answer that cannot be read"};
    return error_of(parsed["error"]);
  }
  const Appended ack{number_after(message.payload, "\"seq\":"), message.payload.find("\"duplicate\"") != std::string_view::npos};
  // Clusters up to 2.10 may acknowledge a duplicate with sequence 0: that is no acknowledgement.
  if (ack.sequence == 0) return Error{ErrorCode::kUnknown, "an acknowledgement without a sequence"};
  return ack;
}

/// The numbers in the reply subject of a delivery: $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>,
/// with domain and account hash before the stream, and a token at the end, in newer servers.
bool parse_delivery(std::string_view reply, std::uint64_t& sequence, std::int64_t& time) {
  std::array<std::string_view, 13> tokens;
  std::size_t count = 0;
  for (std::size_t at = 0; at <= reply.size() && count < tokens.size();) {
    const std::size_t dot = std::min(reply.find('.', at), reply.size());
    tokens[count++] = reply.substr(at, dot - at);
    at = dot + 1;
  }
  const std::size_t base = count == 9 ? 5 : 7;
  if (count < 9 || tokens[0] != "$JS" || tokens[1] != "ACK" || base + 2 >= count) return false;
  const auto number = [](std::string_view text, auto& to) { return std::from_chars(text.data(), text.data() + text.size(), to).ec == std::errc{}; };
  return number(tokens[base], sequence) && number(tokens[base + 2], time);
}

std::string new_inbox() { return "_INBOX." + std::to_string(runtime::random_u64()); }

std::string_view as_text(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

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
    if (const Status sent = connection_.flush(); !sent.ok()) drop_connection(sent.error());
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
    // The wake-up of a closed connection would be lost; short waits keep the caller responsive until the broker is back.
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
      done_.push_back({pending_.front().token, Error{ErrorCode::kUnknown, "no acknowledgement in time: the message may be stored"}});
      pending_.pop_front();
    }
  }

  void drop_connection(const Error& why) {
    connection_.close();
    connected_.store(false, std::memory_order_release);
    disconnects_.fetch_add(1, std::memory_order_acq_rel);
    last_error_ = why;
    for (const Pending& pending : pending_) {
      done_.push_back({pending.token, Error{ErrorCode::kUnknown, "the connection was lost before the acknowledgement: the message may be stored"}});
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

class JetstreamReader final : public Reader {
 public:
  JetstreamReader(const JetstreamOptions& options, const std::string& name, StreamId stream, std::uint64_t from)
      : options_(options), connection_(options.url, name), stream_(stream), next_(from) {}

  Result<LogMessage> next(Nanos timeout) override {
    const Nanos deadline = steady_now() + timeout;
    while (true) {
      if (woken_.exchange(false)) return Error{ErrorCode::kCancelled, "woken"};
      if (!consuming_) {
        const Status begun = begin();
        if (!begun.ok()) {
          if (begun.error().code == ErrorCode::kUnavailable) connection_.pause(std::min(kReconnectPause, std::max(Nanos{0}, deadline - steady_now())));
          return begun.error();
        }
      }
      const Nanos silent_after = heard_ + Nanos{5 * options_.heartbeat.value()};
      const Nanos now = steady_now();
      const Nanos wait = std::max(Nanos{0}, std::min(deadline, silent_after) - now);
      const auto received = connection_.next(wait);
      if (received.ok()) {
        note_contact();
        if (take(received.value())) return current_.message();
        if (hole_) return Error{ErrorCode::kHalted, "hole: message " + std::to_string(next_) + " of " + stream_name(stream_) + " is missing"};
        continue;
      }
      const Error& error = received.error();
      if (error.code == ErrorCode::kUnavailable) {
        consuming_ = false;
        return error;
      }
      if (error.code == ErrorCode::kCancelled) continue;
      if (steady_now() >= silent_after) {  // watchdog: a consumer that is silent, heartbeats included, is made anew
        consuming_ = false;
      }
      if (steady_now() >= deadline) return Error{ErrorCode::kTimeout, "nothing new"};
    }
  }
  void wake() override {
    woken_.store(true, std::memory_order_release);
    connection_.wake();
  }
  Nanos last_contact() const override { return Nanos{contact_.load(std::memory_order_acquire)}; }

 private:
  void note_contact() {
    heard_ = steady_now();
    contact_.store(heard_.value(), std::memory_order_release);
  }

  /// Makes a consumer that begins at next_. A consumer of an earlier try delivers to another subject, which we no longer hear.
  Status begin() {
    if (!connection_.connected()) {
      if (const Status status = connection_.connect(options_.connect_timeout); !status.ok()) return status;
    } else {
      connection_.unsubscribe(sid_);
    }
    const auto info = request("$JS.API.STREAM.INFO." + stream_name(stream_), "");
    if (!info.ok()) return info.error();
    const auto& state = info.value()["state"];
    const auto last = state.value("last_seq", std::uint64_t{0});
    const auto first = state.value("first_seq", std::uint64_t{0});
    if (last + 1 < next_) {
      return Error{ErrorCode::kHalted, "truncated: " + stream_name(stream_) + " ends at " + std::to_string(last) + " before message " + std::to_string(next_)};
    }
    if (last >= next_ && first > next_) {
      return Error{ErrorCode::kHalted, "hole: " + stream_name(stream_) + " begins at " + std::to_string(first) + " after message " + std::to_string(next_)};
    }
    const std::string deliver = new_inbox();
    sid_ = ++sids_;
    connection_.subscribe(deliver, sid_);
    const json config{{"deliver_subject", deliver},   {"deliver_policy", "by_start_sequence"}, {"opt_start_seq", next_},
                      {"ack_policy", "none"},         {"replay_policy", "instant"},            {"flow_control", true},
                      {"idle_heartbeat", options_.heartbeat.value()}, {"inactive_threshold", 5 * kNanosPerSecond},
                      {"mem_storage", true},          {"num_replicas", 1}};
    const json body{{"stream_name", stream_name(stream_)}, {"config", config}};
    // The server may deliver before it answers the creation, so the answer is read among the messages (see take).
    const std::string inbox = new_inbox();
    creation_sid_ = ++sids_;
    connection_.subscribe(inbox, creation_sid_);
    connection_.publish("$JS.API.CONSUMER.CREATE." + stream_name(stream_), inbox, "", body.dump());
    if (const Status sent = connection_.flush(); !sent.ok()) return sent;
    consuming_ = true;
    note_contact();
    return ok_status();
  }

  /// True if the message is the next one of the stream.
  bool take(const NatsMessage& message) {
    if (message.sid == creation_sid_) {
      connection_.unsubscribe(creation_sid_);
      const bool refused = message.status() == 503 || message.payload.find("\"error\"") != std::string_view::npos;
      if (refused) {
        consuming_ = false;
        connection_.pause(kReconnectPause);
      }
      return false;
    }
    if (message.sid != sid_) return false;
    if (message.status() == 100) {
      // Flow control asks for an echo; a heartbeat may name the stalled request. Answering says: all before this was taken.
      const std::string_view stalled = message.header("Nats-Consumer-Stalled");
      const std::string answer(message.reply.empty() ? stalled : message.reply);
      if (!answer.empty()) {
        connection_.publish(answer, "", "", "");
        if (!connection_.flush().ok()) consuming_ = false;
      }
      const std::string_view delivered = message.header("Nats-Last-Stream");
      std::uint64_t sequence = 0;
      std::from_chars(delivered.data(), delivered.data() + delivered.size(), sequence);
      if (!delivered.empty() && sequence >= next_) consuming_ = false;  // it was delivered, but not to us
      return false;
    }
    std::uint64_t sequence = 0;
    std::int64_t time = 0;
    const auto frame_class = class_of_subject(message.subject);
    if (!parse_delivery(message.reply, sequence, time) || !frame_class) return false;
    if (sequence < next_) return false;
    if (sequence > next_) {  // begin anew at the gap; if a new consumer leaves the same message out, the stream has a hole
      hole_ = gap_at_ == next_;
      gap_at_ = next_;
      consuming_ = false;
      return false;
    }
    current_.assign({sequence, Nanos{time}, *frame_class, std::as_bytes(std::span(message.payload.data(), message.payload.size()))});
    next_ = sequence + 1;
    return true;
  }

  Result<json> request(const std::string& subject, const std::string& body) {
    const std::string inbox = new_inbox();
    const std::uint64_t sid = ++sids_;
    connection_.subscribe(inbox, sid);
    connection_.publish(subject, inbox, "", body);
    if (const Status sent = connection_.flush(); !sent.ok()) return sent.error();
    const Nanos deadline = steady_now() + options_.request_timeout;
    while (true) {
      const auto received = connection_.next(std::max(Nanos{0}, deadline - steady_now()));
      if (!received.ok()) {
        if (received.error().code == ErrorCode::kCancelled) {
          woken_.store(true);
          continue;
        }
        if (received.error().code == ErrorCode::kTimeout) connection_.close();
        return Error{ErrorCode::kUnavailable, "no answer to " + subject + ": " + received.error().message};
      }
      if (received.value().sid != sid) continue;
      if (received.value().status() == 503) return Error{ErrorCode::kUnavailable, "JetStream does not answer at " + options_.url};
      json answer = json::parse(received.value().payload, nullptr, false);
      connection_.unsubscribe(sid);
      if (answer.is_discarded()) return Error{ErrorCode::kUnavailable, "an answer that cannot be read"};
      if (answer.contains("error")) {
        const Error error = error_of(answer["error"]);
        return error.code == ErrorCode::kNotFound ? error : Error{ErrorCode::kUnavailable, error.message};
      }
      return answer;
    }
  }

  JetstreamOptions options_;
  NatsConnection connection_;
  StreamId stream_;
  std::uint64_t next_;
  std::uint64_t sid_ = 0;
  std::uint64_t creation_sid_ = 0;
  std::uint64_t sids_ = 0;
  bool consuming_ = false;
  std::uint64_t gap_at_ = 0;  // the message that a consumer once left out
  bool hole_ = false;
  Nanos heard_;
  OwnedMessage current_;
  std::atomic<bool> woken_{false};
  std::atomic<std::int64_t> contact_{0};
};

/// info() and get() share one connection under a lock.
class JetstreamLog final : public EventLog {
 public:
  explicit JetstreamLog(JetstreamOptions options) : options_(std::move(options)), connection_(options_.url, options_.name + "-admin") {}

  std::unique_ptr<Appender> open_appender(const std::string& name) override { return std::make_unique<JetstreamAppender>(options_, name); }
  std::unique_ptr<Reader> open_reader(const std::string& name, StreamId stream, std::uint64_t from) override {
    INVARIANT(from >= 1);
    return std::make_unique<JetstreamReader>(options_, name, stream, from);
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
    if (message.status() == 404) return Error{ErrorCode::kNotFound, "no message " + std::to_string(sequence) + " in " + stream_name(stream)};
    const auto frame_class = class_of_subject(message.header("Nats-Subject"));
    const auto time = parse_time(message.header("Nats-Time-Stamp"));
    if (number_after(message.headers, "Nats-Sequence:") != sequence || !frame_class || !time) {
      return Error{ErrorCode::kUnavailable, "an answer that cannot be read: " + std::string(message.payload.substr(0, 200))};
    }
    OwnedMessage owned;
    owned.assign({sequence, *time, *frame_class, std::as_bytes(std::span(message.payload.data(), message.payload.size()))});
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
      if (received.value().status() == 503) return Error{ErrorCode::kUnavailable, "JetStream or the stream is not there: run 'sluice admin init'"};
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

std::unique_ptr<EventLog> open_jetstream(JetstreamOptions options) { return std::make_unique<JetstreamLog>(std::move(options)); }

Result<std::string> jetstream_request(const JetstreamOptions& options, const std::string& subject, const std::string& body) {
  NatsConnection connection(options.url, options.name + "-admin");
  if (const Status status = connection.connect(options.connect_timeout); !status.ok()) return status.error();
  const std::string inbox = new_inbox();
  connection.subscribe(inbox, 1);
  connection.publish(subject, inbox, "", body);
  if (const Status sent = connection.flush(); !sent.ok()) return sent.error();
  const auto received = connection.next(options.request_timeout);
  if (!received.ok()) return received.error();
  if (received.value().status() == 503) return Error{ErrorCode::kUnavailable, "JetStream is not enabled at " + options.url};
  return std::string(received.value().payload);
}

}  // namespace sluice::eventlog
