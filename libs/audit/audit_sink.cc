#include "audit/audit_sink.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/logging.h"
#include "runtime/this_thread.h"

namespace sluice::audit {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

/// A lock on the folder, which ends with the process: two sinks would write over each other.
Result<DiskFile> lock_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Error{ErrorCode::kUnavailable, "cannot make " + folder.string() + ": " + error.message()};
  auto opened = open_file(folder, O_RDONLY | O_DIRECTORY);
  if (!opened.ok()) return opened.error();
  if (::flock(opened.value().fd(), LOCK_EX | LOCK_NB) != 0)
    return Error{errno == EWOULDBLOCK ? ErrorCode::kConflict : ErrorCode::kUnavailable,
                 "cannot lock " + folder.string() + ": " + std::strerror(errno) + "; does another process write it?"};
  return opened;
}

}  // namespace

Result<std::unique_ptr<AuditSink>> AuditSink::start(AuditSinkOptions options, std::vector<AuditRing*> rings,
                                                    const runtime::Clock& clock) {
  auto lock = lock_folder(options.folder);
  if (!lock.ok()) return lock.error();
  auto found = find_end(options.folder, options.shard, options.leave_damaged);
  if (!found.ok()) return found.error();
  AuditEnd& end = found.value();
  if (end.torn_bytes > 0 && !end.damage)
    runtime::log_warn("audit: a torn tail was cut off",
                      {{"segment", segment_path(options.folder, std::max<std::uint64_t>(end.number, 1)).string()},
                       {"cut_bytes", end.torn_bytes}});
  if (end.damage)
    runtime::log_error("audit: the newest segment is damaged; it stays as it is and a new one begins",
                       {{"damage", *end.damage}});
  return std::unique_ptr<AuditSink>(
      new AuditSink(std::move(options), std::move(rings), clock, std::move(lock).value(), std::move(end)));
}

AuditSink::AuditSink(AuditSinkOptions options, std::vector<AuditRing*> rings, const runtime::Clock& clock,
                     DiskFile lock, AuditEnd end)
    : options_(std::move(options)),
      rings_(std::move(rings)),
      clock_(clock),
      lock_(std::move(lock)),
      torn_bytes_(end.torn_bytes),
      writer_(options_.disk, options_.folder, options_.shard, std::move(end)),
      syncer_(options_.disk.sync),
      anchored_at_(clock.steady()) {
  counters_.segment.store(writer_.number(), kRelaxed);
  counters_.since.store(clock_.wall().value(), kRelaxed);
  thread_ = std::thread([this] { run(); });
}

AuditSink::~AuditSink() { stop(); }

void AuditSink::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_release);
  bell_.ring();
  thread_.join();
}

void AuditSink::pause(bool on) {
  pause_.store(on, std::memory_order_release);
  bell_.ring();
}

void AuditSink::run() {
  runtime::name_this_thread("audit-sink");
  while (!stopping_.load(std::memory_order_acquire)) {
    const auto seen = bell_.value();
    const bool pausing = pause_.load(std::memory_order_acquire);
    at_rest_.store(pausing, std::memory_order_release);
    const bool works = pausing || turn();
    bell_.wait(seen, works ? options_.drain_every : options_.retry_every);
  }
  drain_to_end();
}

bool AuditSink::turn() {
  if (!take_sync_result()) return false;
  if (!writer_.open() && !begin_segment()) return false;
  if (writer_.anchor_unwritten() && !anchor()) return false;
  for (AuditRing* ring : rings_) {
    if (!drain(*ring)) return false;
  }
  return tend_segment();
}

bool AuditSink::drain(AuditRing& ring) {
  // Only what is there now, so that a busy writer does not keep the sink from the others. A record and its texts enter
  // a ring together, so they leave it together, and nothing comes between them.
  for (std::uint64_t left = ring.used(); left > 0;) {
    const auto records = ring.front().first(
        std::min({ring.front().size(), static_cast<std::size_t>(left), SegmentWriter::kBatchRecords}));
    if (const int error = writer_.write(records); error != 0) return failed(Step::kWrite, error);
    counters_.records.fetch_add(records.size(), kRelaxed);
    counters_.bytes.fetch_add(records.size_bytes(), kRelaxed);
    left -= records.size();
    ring.pop(records.size());
    const bool complete = left == 0 || ring.front().front().kind != Kind::kText;
    if (complete && rotation_due() && !tend_segment()) return false;
    if (!writer_.open() && !begin_segment()) return false;
    works();
  }
  return true;
}

bool AuditSink::rotation_due() const {
  if (writer_.bytes() <= sizeof(AuditRecord)) return false;  // nothing to keep apart yet
  return writer_.bytes() >= options_.segment_bytes_max ||
         (options_.segment_age_max.value() > 0 && clock_.wall() - writer_.began() >= options_.segment_age_max);
}

bool AuditSink::tend_segment() {
  if (!take_sync_result()) return false;
  if (syncer_.busy()) return true;
  if (rotation_due()) {
    // What a full segment holds goes to disk beside the draining; then only a little is left to wait for.
    if (synced_before_end_ || !writer_.uncovered()) return end_segment();
    synced_before_end_ = true;
    return anchor_and_sync();
  }
  if (!writer_.uncovered() || clock_.steady() - anchored_at_ < options_.anchor_every) return true;
  return anchor_and_sync();
}

bool AuditSink::begin_segment() {
  if (const int error = writer_.begin(clock_.wall()); error != 0) return failed(Step::kBegin, error);
  counters_.segments.fetch_add(1, kRelaxed);
  counters_.segment.store(writer_.number(), kRelaxed);
  counters_.bytes.fetch_add(sizeof(AuditRecord), kRelaxed);
  synced_before_end_ = false;
  works();
  remove_old_segments();
  return true;
}

bool AuditSink::anchor() {
  const Nanos now = clock_.wall();
  if (const int error = writer_.anchor(now); error != 0) return failed(Step::kAnchor, error);
  anchored_at_ = clock_.steady();
  anchor_time_written_ = now;
  counters_.anchors.fetch_add(1, kRelaxed);
  counters_.bytes.fetch_add(sizeof(AuditRecord), kRelaxed);
  return true;
}

bool AuditSink::anchor_and_sync() {
  if (options_.spans != nullptr)
    anchoring_ = options_.spans->begin(telemetry::Stage::kAudit, counters_.records.load(kRelaxed));
  if (!anchor()) return false;
  anchored_if_synced_ = counters_.records.load(kRelaxed);
  anchor_time_if_synced_ = anchor_time_written_;
  syncer_.start(writer_.fd());
  return true;
}

bool AuditSink::take_sync_result() {
  const auto result = syncer_.result();
  if (!result) return true;
  if (*result != 0) {
    // After a failed sync the kernel may count the pages as clean, so that another sync would say nothing of them:
    // nothing more is trusted to this file.
    writer_.close();
    return failed(Step::kSync, *result);
  }
  counters_.anchor_time.store(anchor_time_if_synced_.value(), kRelaxed);
  counters_.anchored.store(anchored_if_synced_, std::memory_order_release);
  if (options_.spans != nullptr) options_.spans->end(anchoring_);
  works();
  return true;
}

bool AuditSink::end_segment() {
  if (writer_.uncovered() && !anchor()) return false;
  const int error = writer_.sync();
  writer_.close();
  if (error != 0) return failed(Step::kSync, error);
  counters_.anchor_time.store(anchor_time_written_.value(), kRelaxed);
  counters_.anchored.store(counters_.records.load(kRelaxed), std::memory_order_release);
  return true;
}

void AuditSink::drain_to_end() {
  const Nanos end = clock_.steady() + options_.stop_wait;
  bool done = turn();
  while (!done && clock_.steady() < end) {
    bell_.wait(bell_.value(), options_.retry_every);
    done = turn();
  }
  while (syncer_.busy()) {
    bell_.wait(bell_.value(), options_.drain_every);
    done = take_sync_result() && done;
  }
  const bool ended = done && (!writer_.open() || end_segment());
  std::uint64_t left = 0;
  for (const AuditRing* ring : rings_) left += ring->used();
  if (ended && left == 0) return;
  runtime::log_error("audit: ended with records that are not written or not anchored",
                     {{"records_not_written", left}, {"error", state().error}});
}

}  // namespace sluice::audit
