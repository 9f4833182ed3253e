#include "audit/segment_check.h"

#include <fcntl.h>

#include <algorithm>

#include "audit/crc32c.h"
#include "audit/disk_file.h"
#include "base/invariant.h"

namespace sluice::audit {

namespace {

constexpr std::size_t kBatchRecords = 4096;  // 256 KiB: stays in the second-level cache between reading, sum and hash

std::string range(std::uint64_t first, std::uint64_t last) {
  return first == last ? "record " + std::to_string(first)
                       : "records " + std::to_string(first) + " to " + std::to_string(last);
}

}  // namespace

std::optional<Finding> SegmentCheck::begin(const AuditRecord& first) {
  if (first.action != Action::kSegment) return Finding{0, "the file does not begin with a segment record"};
  if (first.index != kFormatVersion)
    return Finding{0, "the file is of format version " + std::to_string(first.index) + "; this program knows " +
                          std::to_string(kFormatVersion)};
  if (first.sequence != number_)
    return Finding{0, "the file says that it is segment " + std::to_string(first.sequence)};
  segment_ = first;
  chain_ = first.data;
  hash_.begin(first);
  records_ = 1;
  return std::nullopt;
}

std::optional<Finding> SegmentCheck::close_anchor(const AuditRecord& anchor) {
  const std::uint64_t first = records_ - since_anchor_;
  const std::string covered = since_anchor_ == 0 ? "nothing" : range(first, records_ - 1);
  if (anchor.sequence != records_ || anchor.index != static_cast<std::uint32_t>(since_anchor_))
    return Finding{first, "the anchor at record " + std::to_string(records_) + " covers " + covered +
                              ", but says that it is record " + std::to_string(anchor.sequence) + " and covers " +
                              std::to_string(anchor.index)};
  if (anchor.data != hash_.finish())
    return Finding{first, "the anchor at record " + std::to_string(records_) + " does not match " + covered};
  chain_ = anchor.data;
  anchor_time_ = anchor.time;
  hash_.begin(anchor);
  ++anchors_;
  ++records_;
  since_anchor_ = 0;
  return std::nullopt;
}

std::optional<Finding> SegmentCheck::add(std::span<const AuditRecord> records) {
  std::size_t run = 0;  // first record that is not hashed yet: runs between anchors are hashed in one call
  const auto hash_up_to = [&](std::size_t end) {
    hash_.add(records.subspan(run, end - run));
    run = end;
  };
  for (std::size_t i = 0; i < records.size(); ++i) {
    const AuditRecord& record = records[i];
    if (!is_whole(record)) {
      if (records_ > 0) hash_up_to(i);
      return Finding{records_, "its sum is wrong", true};
    }
    if (records_ == 0) {
      if (auto finding = begin(record)) return finding;
      run = i + 1;
    } else if (record.action == Action::kAnchor) {
      hash_up_to(i);
      if (auto finding = close_anchor(record)) return finding;
      run = i + 1;
    } else if (record.action == Action::kSegment) {
      hash_up_to(i);
      return Finding{records_, "a segment record stands inside the file"};
    } else {
      ++records_;
      ++since_anchor_;
    }
  }
  if (records_ > 0) hash_up_to(records.size());
  return std::nullopt;
}

namespace {

/// Where the bad records from `at` on end in the first whole one; the end of the file if none comes.
Result<bool> whole_record_from(const DiskFile& file, const std::filesystem::path& path, std::uint64_t at,
                               std::span<AuditRecord> buffer) {
  for (;; at += buffer.size_bytes()) {
    const auto read = read_records(file, path, buffer, at);
    if (!read.ok()) return read.error();
    const auto records = buffer.first(read.value() / sizeof(AuditRecord));
    if (std::any_of(records.begin(), records.end(), is_whole)) return true;
    if (read.value() < buffer.size_bytes()) return false;
  }
}

/// Whether what was found is only a tail that was never whole. A segment record is synced before anything follows it.
Result<bool> is_torn(const DiskFile& file, const SegmentFile& segment, const Finding& finding, std::uint64_t size,
                     std::span<AuditRecord> buffer) {
  if (!finding.bad_sum || (finding.record == 0 && size > sizeof(AuditRecord))) return false;
  const auto followed = whole_record_from(file, segment.path, (finding.record + 1) * sizeof(AuditRecord), buffer);
  if (!followed.ok()) return followed.error();
  return !followed.value();
}

/// The file's bytes from its beginning on, until a record does not hold. Returns the bytes read.
Result<std::uint64_t> read_through(const DiskFile& file, const SegmentFile& segment, SegmentScan& scan,
                                   std::span<AuditRecord> buffer,
                                   const std::function<void(std::uint64_t bytes)>& progress) {
  for (std::uint64_t at = 0;;) {
    const auto read = read_records(file, segment.path, buffer, at);
    if (!read.ok()) return read.error();
    at += read.value();
    if (progress) progress(read.value());
    scan.damage = scan.check.add(buffer.first(read.value() / sizeof(AuditRecord)));
    if (scan.damage || read.value() < buffer.size_bytes()) return at;
  }
}

}  // namespace

Result<SegmentScan> scan_segment(const SegmentFile& segment, bool newest,
                                 const std::function<void(std::uint64_t bytes)>& progress) {
  const auto opened = open_file(segment.path, O_RDONLY);
  if (!opened.ok()) return opened.error();
  const DiskFile& file = opened.value();
  std::vector<AuditRecord> buffer(kBatchRecords);
  SegmentScan scan{.check = SegmentCheck(segment.number), .damage = {}};
  const auto read = read_through(file, segment, scan, buffer, progress);
  if (!read.ok()) return read.error();
  const auto size = file_size(file, segment.path);
  if (!size.ok()) return size.error();
  // A live segment grows while it is read: what came behind what was read is not torn.
  scan.bytes = scan.damage ? size.value() : read.value();
  const std::uint64_t good = scan.check.records() * sizeof(AuditRecord);
  if (scan.damage && newest) {
    const auto torn = is_torn(file, segment, *scan.damage, size.value(), buffer);
    if (!torn.ok()) return torn.error();
    if (torn.value()) scan.damage.reset();
  }
  if (scan.damage || scan.bytes == good) return scan;
  if (newest) {
    scan.torn_bytes = scan.bytes - good;
  } else {
    scan.damage = Finding{scan.check.records(), "the file ends within it, but a newer segment follows"};
  }
  return scan;
}

}  // namespace sluice::audit
