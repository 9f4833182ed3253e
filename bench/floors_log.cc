#include <algorithm>
#include <random>
#include <vector>

#include "bench/floors.h"
#include "cli/load/schedule.h"
#include "eventlog/jetstream_log.h"
#include "eventlog/provision.h"
#include "runtime/clock.h"
#include "runtime/ids.h"

namespace sluice::bench {

using telemetry::Histogram;

std::vector<Nanos> Paced::schedule() const {
  auto arrivals = load::Schedule::poisson(rate, seed);
  std::vector<Nanos> all;
  for (Nanos at = arrivals.next(Nanos{}); at < duration; at = arrivals.next(Nanos{})) all.push_back(at);
  return all;
}

Result<Histogram> bare_append(const std::string& nats_url, ShardId spare, const Paced& paced) {
  const eventlog::JetstreamOptions options{.url = nats_url, .name = "bench"};
  const auto shards = static_cast<std::uint16_t>(spare.value() + 1);
  if (const Status made = eventlog::provision_streams(options, {.shards = shards, .bytes_max = 256u << 20}); !made.ok())
    return made.error();
  const auto log = eventlog::open_jetstream(options);
  const auto appender = log->open_appender("bench-append");
  runtime::sleep_precisely();
  const std::vector<Nanos> schedule = paced.schedule();
  const std::uint64_t count = schedule.size();
  const std::vector<std::byte> payload(paced.payload_bytes, std::byte{42});
  const std::string prefix = std::to_string(runtime::random_id()) + '-';
  const Nanos start = runtime::steady_now() + Nanos{5 * kNanosPerMilli};
  const auto intended = [&](std::uint64_t i) { return start + schedule[i]; };
  Histogram latency;
  std::vector<eventlog::AppendCompletion> done;
  std::uint64_t sent = 0;
  while (latency.count() < count) {
    const Nanos now = runtime::steady_now();
    for (; sent < count && intended(sent) <= now; ++sent) {
      const std::string id = prefix + std::to_string(sent);
      appender->start({.stream = {eventlog::StreamKind::kCommand, spare},
                       .frame_class = FrameClass::kOrders,
                       .payload = payload,
                       .msg_id = id,
                       .expected_last = {},
                       .token = sent,
                       .timeout = Nanos{5 * kNanosPerSecond}});
    }
    done.clear();
    const Nanos next = sent < count ? intended(sent) : now + Nanos{kNanosPerSecond};
    appender->poll(std::max(next - now, Nanos{0}), done);
    const Nanos answered = runtime::steady_now();
    for (const auto& completion : done) {
      if (!completion.result.ok()) return completion.result.error();
      latency.record(static_cast<std::uint64_t>((answered - intended(completion.token)).value()));
    }
  }
  return latency;
}

Result<RawRead> raw_read(const std::string& nats_url, eventlog::StreamId stream) {
  const auto log = eventlog::open_jetstream({.url = nats_url, .name = "bench"});
  const auto info = log->info(stream);
  if (!info.ok()) return info.error();
  RawRead read;
  const Nanos start = runtime::steady_now();
  const auto reader = log->open_reader("bench-read", stream, 1);
  while (read.messages < info.value().last_sequence) {
    const auto message = reader->next(Nanos{5 * kNanosPerSecond});
    if (!message.ok()) return message.error();
    ++read.messages;
    read.bytes += message.value().payload.size();
  }
  read.seconds = static_cast<double>((runtime::steady_now() - start).value()) / 1e9;
  return read;
}

}  // namespace sluice::bench
