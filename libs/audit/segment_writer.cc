#include "audit/segment_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "audit/crc32c.h"
#include "base/invariant.h"

namespace sluice::audit {

SegmentWriter::SegmentWriter(DiskCalls disk, std::filesystem::path folder, ShardId shard, AuditEnd end)
    : disk_(std::move(disk)), folder_(std::move(folder)), shard_(shard), end_(std::move(end)), summed_(kBatchRecords) {
  file_ = std::move(end_.file);
}

int SegmentWriter::fill(const DiskFile& file, const AuditRecord& first) const {
  struct stat about {};
  if (::fstat(file.fd(), &about) != 0) return errno;
  // At most the rest of a segment that began and failed; anything longer is somebody's records.
  if (static_cast<std::uint64_t>(about.st_size) > sizeof(AuditRecord)) return EEXIST;
  if (::ftruncate(file.fd(), 0) != 0) return errno;
  if (const int failed = write_records(disk_, file.fd(), std::span(&first, 1), 0); failed != 0) return failed;
  if (disk_.sync(file.fd()) != 0) return errno;
  return sync_folder(folder_).ok() ? 0 : EIO;
}

int SegmentWriter::begin(Nanos now) {
  INVARIANT(!open());
  const std::uint64_t number = end_.number + 1;
  const std::filesystem::path path = segment_path(folder_, number);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return errno;
  DiskFile file(fd);
  const AuditRecord first = segment_record(number, shard_, end_.chain, now);
  if (const int failed = fill(file, first); failed != 0) {
    if (failed != EEXIST) ::unlink(path.c_str());
    return failed;
  }
  file_ = std::move(file);
  tail_unclean_ = false;
  end_.number = number;
  end_.began = now;
  end_.records = 1;
  end_.since_anchor = 0;
  end_.unwritten_anchor.reset();
  end_.hash.begin(first);
  return 0;
}

int SegmentWriter::append(std::span<const AuditRecord> records) {
  INVARIANT(open());
  if (tail_unclean_ && ::ftruncate(file_.fd(), static_cast<off_t>(bytes())) != 0) return errno;
  tail_unclean_ = false;
  const int failed = write_records(disk_, file_.fd(), records, bytes());
  if (failed == 0) return 0;
  tail_unclean_ = ::ftruncate(file_.fd(), static_cast<off_t>(bytes())) != 0;
  return failed;
}

int SegmentWriter::write(std::span<const AuditRecord> records) {
  INVARIANT(records.size() <= kBatchRecords);
  INVARIANT(!anchor_unwritten());
  const auto batch = std::span(summed_).first(records.size());
  std::transform(records.begin(), records.end(), batch.begin(), summed);
  if (const int failed = append(batch); failed != 0) return failed;
  end_.hash.add(batch);
  end_.records += batch.size();
  end_.since_anchor += batch.size();
  return 0;
}

int SegmentWriter::anchor(Nanos now) {
  // Finishing the hash uses it up: an anchor that could not be written waits here.
  if (!end_.unwritten_anchor) {
    AuditRecord anchor;
    anchor.time = now;
    anchor.sequence = end_.records;
    anchor.data = end_.hash.finish();
    anchor.index = static_cast<std::uint32_t>(end_.since_anchor);
    anchor.shard = shard_.value();
    anchor.action = Action::kAnchor;
    end_.unwritten_anchor = summed(anchor);
  }
  const AuditRecord anchor = *end_.unwritten_anchor;
  if (const int failed = append(std::span(&anchor, 1)); failed != 0) return failed;
  end_.unwritten_anchor.reset();
  end_.hash.begin(anchor);
  end_.chain = anchor.data;
  end_.records += 1;
  end_.since_anchor = 0;
  return 0;
}

}  // namespace sluice::audit
