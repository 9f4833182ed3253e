// JetstreamReader: an ephemeral push consumer with flow control and heartbeats on a connection of its own; gaps begin
// it anew.
#include <array>
#include <atomic>

#include "eventlog/jetstream_detail.h"
#include "eventlog/nats_connection.h"
#include "runtime/clock.h"

namespace sluice::eventlog {

namespace {

using detail::error_of;
using detail::kReconnectPause;
using detail::new_inbox;
using nlohmann::json;
using runtime::steady_now;

/// The numbers in the reply subject of a delivery: $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer
/// seq>.<time>.<pending>, with domain and account hash before the stream, and a token at the end, in newer servers.
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
  const auto number = [](std::string_view text, auto& to) {
    return std::from_chars(text.data(), text.data() + text.size(), to).ec == std::errc{};
  };
  return number(tokens[base], sequence) && number(tokens[base + 2], time);
}

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
          if (begun.error().code == ErrorCode::kUnavailable)
            connection_.pause(std::min(kReconnectPause, std::max(Nanos{0}, deadline - steady_now())));
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
        if (hole_)
          return Error{ErrorCode::kHalted,
                       "hole: message " + std::to_string(next_) + " of " + stream_name(stream_) + " is missing"};
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

  /// Makes a consumer that begins at next_. A consumer of an earlier try delivers to another subject, which we no
  /// longer hear.
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
      return Error{ErrorCode::kHalted, "truncated: " + stream_name(stream_) + " ends at " + std::to_string(last) +
                                           " before message " + std::to_string(next_)};
    }
    if (last >= next_ && first > next_) {
      return Error{ErrorCode::kHalted, "hole: " + stream_name(stream_) + " begins at " + std::to_string(first) +
                                           " after message " + std::to_string(next_)};
    }
    const std::string deliver = new_inbox();
    sid_ = ++sids_;
    connection_.subscribe(deliver, sid_);
    const json config{{"deliver_subject", deliver},
                      {"deliver_policy", "by_start_sequence"},
                      {"opt_start_seq", next_},
                      {"ack_policy", "none"},
                      {"replay_policy", "instant"},
                      {"flow_control", true},
                      {"idle_heartbeat", options_.heartbeat.value()},
                      {"inactive_threshold", 5 * kNanosPerSecond},
                      {"mem_storage", true},
                      {"num_replicas", 1}};
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
      // Flow control asks for an echo; a heartbeat may name the stalled request. Answering says: all before this was
      // taken.
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
    if (sequence >
        next_) {  // begin anew at the gap; if a new consumer leaves the same message out, the stream has a hole
      hole_ = gap_at_ == next_;
      gap_at_ = next_;
      consuming_ = false;
      return false;
    }
    current_.assign({sequence, Nanos{time}, *frame_class,
                     std::as_bytes(std::span(message.payload.data(), message.payload.size()))});
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
      if (received.value().status() == 503)
        return Error{ErrorCode::kUnavailable, "JetStream does not answer at " + options_.url};
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

}  // namespace

std::unique_ptr<Reader> detail::make_jetstream_reader(const JetstreamOptions& options, const std::string& name,
                                                      StreamId stream, std::uint64_t from) {
  return std::make_unique<JetstreamReader>(options, name, stream, from);
}

}  // namespace sluice::eventlog
