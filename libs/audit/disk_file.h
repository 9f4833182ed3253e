// DiskFile: one open file of records, and the calls by which the audit reaches the disk, so that tests can make a disk
// fail. One thread at a time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

#include "audit/audit_record.h"
#include "base/result.h"

namespace sluice::audit {

/// How the audit writes. Each returns as the call that it replaces does, with errno.
struct DiskCalls {
  std::function<ssize_t(int fd, const void* bytes, std::size_t size, off_t at)> write;  // pwrite
  std::function<int(int fd)> sync;                                                      // fdatasync
  /// The machine's.
  static DiskCalls real();
};

/// A file descriptor that is closed at the end.
class DiskFile {
 public:
  DiskFile() = default;
  explicit DiskFile(int fd) : fd_(fd) {}
  ~DiskFile();
  DiskFile(DiskFile&& other) noexcept;
  DiskFile& operator=(DiskFile&& other) noexcept;

  bool open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  void close();

 private:
  int fd_ = -1;
};

/// kUnavailable, "cannot <what> <path>: <errno>".
Error disk_error(const std::string& what, const std::filesystem::path& path, int error_number);
/// Opens with `flags` (O_CLOEXEC is added), mode 0640. Errors: kNotFound, kUnavailable.
Result<DiskFile> open_file(const std::filesystem::path& path, int flags);
/// fsync of a folder, so that the names in it last.
Status sync_folder(const std::filesystem::path& folder);
Result<std::uint64_t> file_size(const DiskFile& file, const std::filesystem::path& path);
/// All of `records` at byte `at`. 0, or the errno of the write that failed; then an unknown part is written.
int write_records(const DiskCalls& disk, int fd, std::span<const AuditRecord> records, std::uint64_t at);
/// Up to `buffer.size()` records from byte `at` on. Returns bytes read, which need not be a multiple of a record's.
Result<std::size_t> read_records(const DiskFile& file, const std::filesystem::path& path, std::span<AuditRecord> buffer,
                                 std::uint64_t at);

}  // namespace sluice::audit
