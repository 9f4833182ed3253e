// BlackBox: where a kill, a release or an act of administration goes when even the reserved part of the audit ring is
// full, or its sink does not come. A fixed array in memory, drained by a thread of its own into a file whose space was
// taken at the start, so that a full disk does not refuse it. When that is full too it counts and goes on: stopping
// never depends on audit space (DESIGN P5).
//
// Threads: write() one writer, wait-free: no lock, no system call. lost(), kept() any. It runs one: "black-box".
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "audit/audit_ring.h"
#include "audit/disk_file.h"
#include "audit/segment_check.h"
#include "base/result.h"
#include "runtime/clock.h"
#include "runtime/doorbell.h"

namespace sluice::audit {

struct BlackBoxOptions {
  std::filesystem::path folder{};  // the audit's
  ShardId shard{};
  std::uint32_t records_in_memory = 4096;
  std::uint32_t records_in_file = 65'536;  // 4 MiB
  Nanos drain_every{5 * kNanosPerMilli};
  Nanos retry_every{100 * kNanosPerMilli};
  DiskCalls disk = DiskCalls::real();
};

class BlackBox {
 public:
  /// Opens the newest box of the folder behind what is in it, or begins one if there is none, or it is full, damaged or
  /// of another size; preallocated and synced when this returns. Errors: kUnavailable.
  static Result<std::unique_ptr<BlackBox>> open(BlackBoxOptions options, const runtime::Clock& clock);
  ~BlackBox();

  /// Keeps all of `records`, or counts them as lost and returns false. Writer.
  bool write(std::span<const AuditRecord> records) {
    if (memory_.write(records, Priority::kReserved)) return true;
    lost_.fetch_add(records.size(), std::memory_order_relaxed);
    return false;
  }
  /// Records that found no room, in memory or in the file.
  std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }
  /// Records of this process that are on disk.
  std::uint64_t kept() const { return kept_.load(std::memory_order_acquire); }
  /// What the disk said last, as errno; 0: nothing bad since it last took a record.
  int error() const { return error_.load(std::memory_order_relaxed); }
  const std::filesystem::path& path() const { return path_; }

  /// Drains what is in memory and ends. The writer has stopped before.
  void stop();

 private:
  BlackBox(BlackBoxOptions options, DiskFile file, std::filesystem::path path, std::uint64_t used);
  void run();
  bool drain();

  const BlackBoxOptions options_;
  const DiskFile file_;
  const std::filesystem::path path_;
  AuditRing memory_;
  std::uint64_t used_;  // records in the file
  std::vector<AuditRecord> summed_;
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<std::uint64_t> kept_{0};
  std::atomic<int> error_{0};
  std::atomic<bool> stopping_{false};
  runtime::Doorbell bell_;
  std::thread thread_;
};

/// What a black box's file holds.
struct BlackBoxScan {
  std::vector<AuditRecord> records{};  // of this box, its segment record left out
  std::uint64_t used = 0;              // records of the file up to the last that holds
  std::uint64_t capacity = 0;          // of the file, in records
  std::optional<Finding> damage{};     // the first record that does not hold
};
/// Errors: kNotFound, kUnavailable.
Result<BlackBoxScan> scan_black_box(const SegmentFile& file);
/// What all black boxes of a folder hold, by their order. Errors: kNotFound (no such folder), kUnavailable.
Result<std::vector<AuditRecord>> read_black_boxes(const std::filesystem::path& folder);

}  // namespace sluice::audit
