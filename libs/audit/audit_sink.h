// AuditSink: takes audit records from rings every 2 ms and appends them to a folder of hash-chained segments; the
// format is in docs/audit.md. It alone computes sums and hashes, so that a writer pays for a few stores only. A record
// leaves its ring when it is written. While the disk refuses, the sink tries again every 100 ms, says so, and the rings
// fill: their pressure is for the engine to act on.
//
// Threads: start() and stop() one; pause(), counts(), state() any. It runs two: "audit-sink", and "audit-sync" for the
// disk's slow calls. No allocation while it drains; an anchor makes OpenSSL allocate once, and a new segment allocates.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "audit/audit_ring.h"
#include "audit/disk_file.h"
#include "audit/file_syncer.h"
#include "audit/segment_writer.h"
#include "base/result.h"
#include "domain/ids.h"
#include "runtime/clock.h"
#include "runtime/doorbell.h"
#include "telemetry/spans.h"

namespace sluice::audit {

struct AuditSinkOptions {
  std::filesystem::path folder{};  // made if it is not there; one sink at a time
  ShardId shard{};
  std::uint64_t segment_bytes_max = std::uint64_t{64} << 20;  // a segment ends soon after it has them
  Nanos segment_age_max{};                                    // likewise; 0: none
  std::uint64_t segments_kept = 0;                            // the oldest beyond are removed; 0: all are kept
  std::uint64_t bytes_kept = 0;                               // likewise, of all segments together; 0: all
  bool leave_damaged = true;  // a damaged newest segment stays as it is and a new one begins; false: start() fails
  Nanos drain_every{2 * kNanosPerMilli};
  Nanos anchor_every{kNanosPerSecond};
  Nanos retry_every{100 * kNanosPerMilli};
  Nanos stop_wait{5 * kNanosPerSecond};  // how long stop() tries on a disk that refuses
  DiskCalls disk = DiskCalls::real();
  telemetry::Spans* spans = nullptr;  // where anchors are measured, if anywhere; outlives the sink
};

/// Since start(), but for `segment`.
struct AuditCounts {
  std::uint64_t records = 0;     // taken from rings and written
  std::uint64_t anchored = 0;    // of these, how many an anchor covers that is on disk: they survive a power loss
  std::uint64_t anchors = 0;     // written
  std::uint64_t bytes = 0;       // written, segment records and anchors included
  std::uint64_t segments = 0;    // begun
  std::uint64_t errors = 0;      // of the disk
  std::uint64_t segment = 0;     // number of the newest
  std::uint64_t torn_bytes = 0;  // cut off the newest segment at start
  Nanos anchor_time;             // of the newest anchor that is on disk; 0: none yet
};

/// Whether the disk takes records.
struct AuditState {
  bool ok = true;
  std::string error{};  // "cannot <step> <errno>"; of the last failure, also when ok again
  Nanos since;          // since when it is ok, or not
};

class AuditSink {
 public:
  /// Opens or makes the folder, cuts a torn tail off its newest segment (logged), and begins to drain. `rings` outlive
  /// the sink; the sink is their only reader. Errors: kConflict (another process has the folder), kCorrupt (damaged,
  /// and not to be left so), kUnavailable (the folder cannot be made or read). A disk that only refuses writes is no
  /// error here: the sink starts, and tries.
  static Result<std::unique_ptr<AuditSink>> start(AuditSinkOptions options, std::vector<AuditRing*> rings,
                                                  const runtime::Clock& clock);
  ~AuditSink();

  /// Writes what the rings hold now, anchors and syncs it, and ends. Writers have stopped before. On a disk that
  /// refuses it gives up after stop_wait and logs how many records stay behind.
  void stop();

  /// For tests and benchmarks: a paused sink takes nothing from its rings and writes nothing, as one whose disk stands
  /// still. Takes effect with the next turn; paused() says when.
  void pause(bool on);
  bool paused() const { return at_rest_.load(std::memory_order_acquire); }

  AuditCounts counts() const;
  AuditState state() const;

 private:
  enum class Step : std::uint8_t { kBegin, kWrite, kAnchor, kSync };

  AuditSink(AuditSinkOptions options, std::vector<AuditRing*> rings, const runtime::Clock& clock, DiskFile lock,
            AuditEnd end);
  void run();
  /// One turn: begin a segment if there is none, drain, anchor, sync, rotate as is due. False: the disk refused.
  bool turn();
  bool drain(AuditRing& ring);
  bool tend_segment();
  bool begin_segment();
  bool anchor();
  bool anchor_and_sync();
  bool take_sync_result();
  bool end_segment();
  bool rotation_due() const;
  void drain_to_end();
  void remove_old_segments();
  bool failed(Step step, int error);
  void works();

  const AuditSinkOptions options_;
  const std::vector<AuditRing*> rings_;
  const runtime::Clock& clock_;
  const DiskFile lock_;  // the folder, locked against another sink
  const std::uint64_t torn_bytes_;
  SegmentWriter writer_;
  FileSyncer syncer_;
  Nanos anchored_at_;                     // steady: when the last anchor was written
  std::uint64_t anchored_if_synced_ = 0;  // records that the sync in progress makes safe
  Nanos anchor_time_if_synced_;
  Nanos anchor_time_written_;
  telemetry::Span anchoring_;
  bool synced_before_end_ = false;  // a segment that is full: most of it is on disk already

  struct Counters {
    std::atomic<std::uint64_t> records{0}, anchored{0}, anchors{0}, bytes{0}, segments{0}, errors{0}, segment{0};
    std::atomic<std::int64_t> anchor_time{0}, since{0};
    std::atomic<int> last_error{0};
    std::atomic<Step> last_step{Step::kBegin};
    std::atomic<bool> ok{true};
  };
  Counters counters_;
  std::atomic<bool> pause_{false};
  std::atomic<bool> at_rest_{false};
  std::atomic<bool> stopping_{false};
  runtime::Doorbell bell_;
  std::thread thread_;
};

}  // namespace sluice::audit
