#include "audit/audit_recovery.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace sluice::audit {

namespace {

/// The newest anchor that holds in the last of `segments` that has a good beginning; zero if none has.
Result<ChainValue> last_chain(std::span<const SegmentFile> segments) {
  for (; !segments.empty(); segments = segments.first(segments.size() - 1)) {
    const auto scan = scan_segment(segments.back(), true);
    if (!scan.ok()) return scan.error();
    if (scan.value().check.records() > 0) return scan.value().check.chain();
  }
  return ChainValue{};
}

std::optional<std::string> damage_of(const SegmentFile& newest, const SegmentScan& scan, ShardId shard) {
  std::optional<Finding> found = scan.damage;
  if (!found && scan.check.records() > 0 && scan.check.segment().shard != shard.value())
    found = Finding{0, "it is of shard " + std::to_string(scan.check.segment().shard) + ", not of " +
                           std::to_string(shard.value())};
  if (!found) return std::nullopt;
  return newest.path.string() + ": record " + std::to_string(found->record) + ": " + found->what;
}

/// The newest segment opened behind what holds, the rest cut off.
Status resume(const SegmentFile& newest, SegmentScan& scan, AuditEnd& end) {
  auto opened = open_file(newest.path, O_RDWR);
  if (!opened.ok()) return opened.error();
  end.file = std::move(opened).value();
  end.records = scan.check.records();
  if (scan.torn_bytes > 0 && (::ftruncate(end.file.fd(), static_cast<off_t>(end.records * sizeof(AuditRecord))) != 0 ||
                              ::fdatasync(end.file.fd()) != 0)) {
    return disk_error("cut the torn tail off", newest.path, errno);
  }
  end.number = newest.number;
  end.since_anchor = scan.check.since_anchor();
  end.chain = scan.check.chain();
  end.began = scan.check.segment().time;
  end.hash = scan.check.take_hash();
  return ok_status();
}

}  // namespace

Result<AuditEnd> find_end(const std::filesystem::path& folder, ShardId shard, bool leave_damaged) {
  const auto listed = list_segments(folder);
  if (!listed.ok()) return listed.error();
  const std::span<const SegmentFile> segments = listed.value();
  AuditEnd end;
  if (segments.empty()) return end;
  const SegmentFile& newest = segments.back();
  auto scanned = scan_segment(newest, true);
  if (!scanned.ok()) return scanned.error();
  SegmentScan& scan = scanned.value();
  end.torn_bytes = scan.torn_bytes;
  end.damage = damage_of(newest, scan, shard);
  if (end.damage && !leave_damaged) return Error{ErrorCode::kCorrupt, *end.damage};
  if (!end.damage && scan.check.records() > 0) {
    if (const Status resumed = resume(newest, scan, end); !resumed.ok()) return resumed.error();
    return end;
  }
  // Damaged: the next number. Not even its segment record was written: that number again.
  end.number = end.damage ? newest.number : newest.number - 1;
  const auto chain = last_chain(segments);
  if (!chain.ok()) return chain.error();
  end.chain = chain.value();
  return end;
}

}  // namespace sluice::audit
