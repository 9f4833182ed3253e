// SegmentWriter: appends to the newest segment of a folder, keeps its chain, begins the next. What could not be written
// whole is cut off again, so that no torn record ever stands in the middle. One thread; write() does not allocate.
// Failures are the errno of the call; the same call may be repeated.
#pragma once

#include <vector>

#include "audit/anchor_hash.h"
#include "audit/audit_recovery.h"
#include "audit/disk_file.h"

namespace sluice::audit {

class SegmentWriter {
 public:
  /// Records that write() takes at once.
  static constexpr std::size_t kBatchRecords = 1024;

  /// `end`: where recovery found the folder's end.
  SegmentWriter(DiskCalls disk, std::filesystem::path folder, ShardId shard, AuditEnd end);

  /// False before the first and after the last; then begin() comes next.
  bool open() const { return file_.open(); }
  /// Creates the next segment with its record, synced, and the folder's entry with it.
  int begin(Nanos now);
  /// Appends all of `records` (at most kBatchRecords), with their sums, or none. Not while an anchor is unwritten.
  int write(std::span<const AuditRecord> records);
  /// Appends an anchor over what is not covered. Repeated after a failure it writes the same one.
  int anchor(Nanos now);
  /// True after an anchor() that failed.
  bool anchor_unwritten() const { return end_.unwritten_anchor.has_value(); }
  /// fdatasync, waiting.
  int sync() const { return disk_.sync(file_.fd()) == 0 ? 0 : errno; }
  /// Ends the segment. Whoever wants it anchored and synced does that before.
  void close() { file_.close(); }

  int fd() const { return file_.fd(); }
  std::uint64_t number() const { return end_.number; }
  std::uint64_t bytes() const { return end_.records * sizeof(AuditRecord); }
  Nanos began() const { return end_.began; }
  /// True if an anchor would cover something.
  bool uncovered() const { return end_.since_anchor > 0; }
  std::filesystem::path path() const { return segment_path(folder_, end_.number); }

 private:
  /// `records` as they are, at the end.
  int append(std::span<const AuditRecord> records);
  int fill(const DiskFile& file, const AuditRecord& first) const;

  const DiskCalls disk_;
  const std::filesystem::path folder_;
  const ShardId shard_;
  AuditEnd end_;
  DiskFile file_;
  bool tail_unclean_ = false;  // a failed write could not be cut off yet
  std::vector<AuditRecord> summed_;
};

}  // namespace sluice::audit
