// What a sink says of itself, and what it does about it besides.
#include <cstring>

#include "audit/audit_sink.h"
#include "runtime/logging.h"

namespace sluice::audit {

namespace {
constexpr auto kRelaxed = std::memory_order_relaxed;
}

bool AuditSink::failed(Step step, int error) {
  counters_.errors.fetch_add(1, kRelaxed);
  counters_.last_step.store(step, kRelaxed);
  counters_.last_error.store(error, kRelaxed);
  if (!counters_.ok.exchange(false, kRelaxed)) return false;
  counters_.since.store(clock_.wall().value(), kRelaxed);
  runtime::log_error("audit: the disk refuses; records stay in the ring until it takes them",
                     {{"folder", options_.folder.string()}, {"error", state().error}});
  return false;
}

void AuditSink::works() {
  if (counters_.ok.load(kRelaxed)) return;
  counters_.since.store(clock_.wall().value(), kRelaxed);
  counters_.ok.store(true, kRelaxed);
  runtime::log_info("audit: the disk takes records again", {{"folder", options_.folder.string()}});
}

AuditState AuditSink::state() const {
  AuditState state{.ok = counters_.ok.load(kRelaxed), .since = Nanos{counters_.since.load(kRelaxed)}};
  const int error = counters_.last_error.load(kRelaxed);
  if (error == 0) return state;
  constexpr std::array kSteps{"begin a segment", "write records", "write an anchor", "sync"};
  state.error = std::string("cannot ") + kSteps[static_cast<std::size_t>(counters_.last_step.load(kRelaxed))] + ": " +
                std::strerror(error);
  return state;
}

AuditCounts AuditSink::counts() const {
  AuditCounts counts;
  counts.anchored = counters_.anchored.load(std::memory_order_acquire);
  counts.records = counters_.records.load(kRelaxed);
  counts.anchors = counters_.anchors.load(kRelaxed);
  counts.bytes = counters_.bytes.load(kRelaxed);
  counts.segments = counters_.segments.load(kRelaxed);
  counts.errors = counters_.errors.load(kRelaxed);
  counts.segment = counters_.segment.load(kRelaxed);
  counts.torn_bytes = torn_bytes_;
  counts.anchor_time = Nanos{counters_.anchor_time.load(kRelaxed)};
  return counts;
}

void AuditSink::remove_old_segments() {
  if (options_.segments_kept == 0 && options_.bytes_kept == 0) return;
  const auto listed = list_segments(options_.folder);
  if (!listed.ok()) return;  // asked again with the next segment
  std::span<const SegmentFile> segments = listed.value();
  std::uint64_t bytes = 0;
  for (const SegmentFile& segment : segments) {
    std::error_code gone;
    const auto size = std::filesystem::file_size(segment.path, gone);
    bytes += gone ? 0 : size;
  }
  const auto too_many = [&] {
    return (options_.segments_kept > 0 && segments.size() > options_.segments_kept) ||
           (options_.bytes_kept > 0 && bytes > options_.bytes_kept);
  };
  for (; segments.size() > 1 && too_many(); segments = segments.subspan(1)) {
    std::error_code error;
    const auto size = std::filesystem::file_size(segments.front().path, error);
    bytes -= error ? 0 : size;
    std::filesystem::remove(segments.front().path, error);
    runtime::log_info("audit: an old segment was removed, as the retention says",
                      {{"segment", segments.front().path.string()}});
  }
}

}  // namespace sluice::audit
