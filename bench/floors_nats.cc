#include <nats/nats.h>

#include <atomic>
#include <cstring>
#include <vector>

#include "bench/floors.h"
#include "runtime/clock.h"
#include "runtime/doorbell.h"

namespace sluice::bench {

using telemetry::Histogram;

namespace {

constexpr Nanos kDrain{5 * kNanosPerSecond};
/// The streams of the last call go when the next begins, not at its end: removing their files keeps the server busy for
/// a while, and what is measured next would pay for it.
constexpr std::int64_t kSettleMillis = 50;

/// A nats.c connection with JetStream, tuned as FACTS of the library say: send at once, nothing kept while away.
class Peer {
 public:
  ~Peer() {
    jsCtx_Destroy(js_);
    natsConnection_Destroy(connection_);
    natsOptions_Destroy(options_);
  }
  natsStatus connect(const std::string& url) {
    natsStatus s = natsOptions_Create(&options_);
    if (s == NATS_OK) s = natsOptions_SetURL(options_, url.c_str());
    if (s == NATS_OK) s = natsOptions_SetSendAsap(options_, true);
    if (s == NATS_OK) s = natsConnection_Connect(&connection_, options_);
    jsOptions js;
    jsOptions_Init(&js);
    js.PublishAsync.MaxPending = 1 << 16;
    if (s == NATS_OK) s = natsConnection_JetStream(&js_, connection_, &js);
    return s;
  }
  jsCtx* js() const { return js_; }

 private:
  natsOptions* options_ = nullptr;
  natsConnection* connection_ = nullptr;
  jsCtx* js_ = nullptr;
};

natsStatus fresh_stream(jsCtx* js, const char* name, const char* subject) {
  (void)js_DeleteStream(js, name, nullptr, nullptr);
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  config.Name = name;
  const char* subjects[] = {subject};
  config.Subjects = subjects;
  config.SubjectsLen = 1;
  config.MaxBytes = std::int64_t{128} << 20;
  return js_AddStream(nullptr, js, &config, nullptr, nullptr);
}

Error failed(const char* what, natsStatus status) {
  return {ErrorCode::kUnavailable, std::string(what) + ": " + natsStatus_GetText(status)};
}

/// Calls `send(i)` for every message at its time; never leaves one out.
template <typename Send>
void pace(const Paced& paced, Nanos start, Send&& send) {
  runtime::sleep_precisely();
  for (const Nanos at : paced.schedule()) {
    runtime::await_moment(start + at);
    send(start + at);
  }
}

struct Echo {
  jsCtx* js;
  const char* subject;
  std::atomic<std::uint64_t> failed{0};
};

void on_first_hop(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
  auto& echo = *static_cast<Echo*>(closure);
  const natsStatus s =
      js_PublishAsync(echo.js, echo.subject, natsMsg_GetData(message), natsMsg_GetDataLength(message), nullptr);
  if (s != NATS_OK) echo.failed.fetch_add(1);
  natsMsg_Destroy(message);
}

struct Receiver {
  Histogram latency;
  std::atomic<std::uint64_t> received{0};
};

void on_second_hop(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
  auto& receiver = *static_cast<Receiver*>(closure);
  std::int64_t intended = 0;
  std::memcpy(&intended, natsMsg_GetData(message), sizeof intended);
  const std::int64_t took = runtime::steady_now().value() - intended;
  receiver.latency.record(static_cast<std::uint64_t>(took > 0 ? took : 0));
  receiver.received.fetch_add(1, std::memory_order_release);
  natsMsg_Destroy(message);
}

/// Waits until `count()` reaches `target`; false after kDrain.
template <typename Count>
bool wait_for(std::uint64_t target, Count&& count) {
  runtime::Doorbell bell;
  const Nanos deadline = runtime::steady_now() + kDrain;
  while (count() < target) {
    if (runtime::steady_now() > deadline) return false;
    bell.wait(bell.value(), Nanos{kNanosPerMilli});
  }
  return true;
}

}  // namespace

Result<Histogram> two_hop_echo(const std::string& nats_url, const Paced& paced) {
  Peer sender, echoing, receiving;
  for (Peer* peer : {&sender, &echoing, &receiving}) {
    if (const natsStatus s = peer->connect(nats_url); s != NATS_OK) return failed("nats.c connects", s);
  }
  for (const auto& [name, subject] : {std::pair{"BENCH_A", "bench.a"}, std::pair{"BENCH_B", "bench.b"}}) {
    if (const natsStatus s = fresh_stream(sender.js(), name, subject); s != NATS_OK) return failed(name, s);
  }
  nats_Sleep(kSettleMillis);
  Echo echo{echoing.js(), "bench.b"};
  Receiver receiver;
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Config.AckPolicy = js_AckNone;
  natsSubscription* first = nullptr;
  natsSubscription* second = nullptr;
  natsStatus s = js_Subscribe(&second, receiving.js(), "bench.b", on_second_hop, &receiver, nullptr, &options, nullptr);
  if (s == NATS_OK) s = js_Subscribe(&first, echoing.js(), "bench.a", on_first_hop, &echo, nullptr, &options, nullptr);
  std::uint64_t sent = 0;
  std::uint64_t unsent = 0;
  bool complete = false;
  if (s == NATS_OK) {
    std::vector<char> payload(paced.payload_bytes, 'x');
    pace(paced, runtime::steady_now() + Nanos{kNanosPerMilli}, [&](Nanos intended) {
      const std::int64_t at = intended.value();
      std::memcpy(payload.data(), &at, sizeof at);
      if (js_PublishAsync(sender.js(), "bench.a", payload.data(), static_cast<int>(payload.size()), nullptr) == NATS_OK)
        ++sent;
      else ++unsent;
    });
    complete = wait_for(sent, [&] { return receiver.received.load(std::memory_order_acquire); });
  }
  natsSubscription_Unsubscribe(first);
  natsSubscription_Unsubscribe(second);
  natsSubscription_Destroy(first);
  natsSubscription_Destroy(second);
  if (s != NATS_OK) return failed("nats.c subscribes", s);
  if (!complete || unsent > 0 || echo.failed.load() > 0)
    return Error{ErrorCode::kUnavailable, "nats.c echo: " + std::to_string(unsent + echo.failed.load()) +
                                              " not sent, " + std::to_string(receiver.received.load()) + " of " +
                                              std::to_string(sent) + " came back"};
  return std::move(receiver.latency);
}

}  // namespace sluice::bench
