#include "bench/audit_rounds.h"

#include <fcntl.h>
#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "audit/audit_reader.h"
#include "audit/audit_sink.h"
#include "base/invariant.h"

namespace sluice::bench {

namespace {

using audit::AuditRecord;
using audit::AuditRing;
using audit::AuditSink;
using telemetry::Histogram;

constexpr std::size_t kBurst = 256;

AuditRecord order_record(std::uint64_t number, Nanos time) {
  AuditRecord record;
  record.time = time;
  record.sequence = number;
  record.data = {0x0198c0de00007000 + number, number * 0x9E3779B97F4A7C15, number, 0};
  record.actor = static_cast<std::uint32_t>(number % 100);
  record.index = static_cast<std::uint32_t>(number % 512);
  return record;
}

/// Bursts of `act(number, stamp)`; what lies between two stamps goes into the histogram behind the burst.
template <typename Ready, typename Act>
Histogram timed_bursts(std::uint64_t records, Ready&& ready, Act&& act) {
  Histogram spans;
  std::array<Nanos, kBurst + 1> stamps;
  for (std::uint64_t number = 1; number <= records; number += kBurst) {
    while (!ready()) std::this_thread::yield();
    stamps[0] = runtime::wall_now();
    for (std::size_t i = 0; i < kBurst; ++i) {
      act(number + i, stamps[i]);
      stamps[i + 1] = runtime::wall_now();
    }
    for (std::size_t i = 0; i < kBurst; ++i) {
      const std::int64_t span = (stamps[i + 1] - stamps[i]).value();
      spans.record(span < 0 ? 0 : static_cast<std::uint64_t>(span));
    }
  }
  return spans;
}

bool always() { return true; }

std::unique_ptr<AuditSink> start_sink(const std::filesystem::path& folder, AuditRing& ring,
                                      const runtime::Clock& clock) {
  auto sink = AuditSink::start({.folder = folder}, {&ring}, clock);
  INVARIANT(sink.ok());
  return std::move(sink).value();
}

}  // namespace

Histogram record_through_ring(const std::filesystem::path& folder, std::uint64_t records) {
  AuditRing ring;
  const runtime::SystemClock clock;
  const auto sink = start_sink(folder, ring, clock);
  return timed_bursts(
      records, [&] { return ring.has_room(kBurst, audit::Priority::kOrders); },
      [&](std::uint64_t number, Nanos stamp) {
        INVARIANT(ring.write(order_record(number, stamp), audit::Priority::kOrders));
      });
}

Histogram stamps_alone(std::uint64_t records) {
  return timed_bursts(records, always, [](std::uint64_t, Nanos) {});
}

Histogram write_to_file(const std::filesystem::path& file, std::uint64_t records) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  INVARIANT(fd >= 0);
  Histogram spans = timed_bursts(records, always, [&](std::uint64_t number, Nanos stamp) {
    const AuditRecord record = order_record(number, stamp);
    INVARIANT(::write(fd, &record, sizeof record) == sizeof record);
  });
  ::close(fd);
  return spans;
}

Histogram log_by_spdlog(const std::filesystem::path& file, std::uint64_t records) {
  const auto pool = std::make_shared<spdlog::details::thread_pool>(AuditRing::kOrders, 1);
  const auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string(), true);
  const auto logger = std::make_shared<spdlog::async_logger>("audit", sink, pool, spdlog::async_overflow_policy::block);
  return timed_bursts(records, always, [&](std::uint64_t number, Nanos stamp) {
    const AuditRecord r = order_record(number, stamp);
    logger->info("{} {} {} {} {} {} {} {} submit done", r.time.value(), r.sequence, r.index, r.actor, r.data[0],
                 r.data[1], r.data[2], r.data[3]);
  });
}

namespace {

/// Stops the sink for a while, again and again, until it is told that all is written.
class Staller {
 public:
  explicit Staller(AuditSink& sink) : sink_(sink), thread_([this] { run(); }) {}
  /// Returns how often it stood still.
  std::uint64_t finish() {
    done_ = true;
    thread_.join();
    return stalls_;
  }

 private:
  void run() {
    while (!done_) {
      sink_.pause(true);
      ++stalls_;
      std::this_thread::sleep_for(std::chrono::milliseconds(60));  // a writer at full speed fills the ring in less
      sink_.pause(false);
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }
  AuditSink& sink_;
  std::atomic<bool> done_{false};
  std::uint64_t stalls_ = 0;
  std::thread thread_;
};

void read_back(const std::filesystem::path& folder, StallRun& run) {
  auto reader = audit::AuditReader::open(folder);
  INVARIANT(reader.ok());
  std::uint64_t out_of_place = 0;
  for (;;) {
    const auto records = reader.value().next();
    if (!records.ok()) ++out_of_place;
    if (!records.ok()) continue;
    if (records.value().empty()) break;
    for (const AuditRecord& record : records.value()) {
      if (audit::is_of_file(record)) continue;
      ++run.found;
      out_of_place += record.sequence == run.found ? 0 : 1;
    }
  }
  run.lost = out_of_place + (run.found > run.written ? run.found - run.written : run.written - run.found);
}

}  // namespace

StallRun record_with_stalls(const std::filesystem::path& folder, std::uint64_t records) {
  StallRun run{.written = records};
  AuditRing ring;
  const runtime::SystemClock clock;
  const auto sink = start_sink(folder, ring, clock);
  Staller staller(*sink);
  const Nanos begin = runtime::steady_now();
  for (std::uint64_t number = 1; number <= records; ++number) {
    const AuditRecord record = order_record(number, Nanos{static_cast<std::int64_t>(number)});
    if (!ring.has_room(1, audit::Priority::kOrders)) ++run.full;
    while (!ring.write(record, audit::Priority::kOrders)) std::this_thread::yield();
  }
  run.stalls = staller.finish();
  sink->stop();
  run.seconds = static_cast<double>((runtime::steady_now() - begin).value()) / 1e9;
  INVARIANT(sink->counts().anchored == records);
  read_back(folder, run);
  return run;
}

double read_alone(const std::filesystem::path& folder) {
  const auto segments = audit::list_segments(folder);
  INVARIANT(segments.ok());
  std::vector<AuditRecord> buffer(4096);
  const Nanos begin = runtime::steady_now();
  for (const audit::SegmentFile& segment : segments.value()) {
    const auto file = audit::open_file(segment.path, O_RDONLY);
    INVARIANT(file.ok());
    for (std::uint64_t at = 0;;) {
      const auto read = audit::read_records(file.value(), segment.path, buffer, at);
      INVARIANT(read.ok());
      at += read.value();
      if (read.value() < buffer.size() * sizeof(AuditRecord)) break;
    }
  }
  return static_cast<double>((runtime::steady_now() - begin).value()) / 1e9;
}

}  // namespace sluice::bench
