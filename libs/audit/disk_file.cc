#include "audit/disk_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::audit {

DiskCalls DiskCalls::real() { return {::pwrite, ::fdatasync}; }

DiskFile::~DiskFile() { close(); }
DiskFile::DiskFile(DiskFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
DiskFile& DiskFile::operator=(DiskFile&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void DiskFile::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Error disk_error(const std::string& what, const std::filesystem::path& path, int error_number) {
  return {error_number == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
          "cannot " + what + ' ' + path.string() + ": " + std::strerror(error_number)};
}

Result<DiskFile> open_file(const std::filesystem::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0640);
  if (fd < 0) return disk_error("open", path, errno);
  return DiskFile(fd);
}

Status sync_folder(const std::filesystem::path& folder) {
  const auto opened = open_file(folder, O_RDONLY | O_DIRECTORY);
  if (!opened.ok()) return opened.error();
  return ::fsync(opened.value().fd()) == 0 ? ok_status() : Status(disk_error("sync", folder, errno));
}

Result<std::uint64_t> file_size(const DiskFile& file, const std::filesystem::path& path) {
  struct stat about {};
  if (::fstat(file.fd(), &about) != 0) return disk_error("look at", path, errno);
  return static_cast<std::uint64_t>(about.st_size);
}

int write_records(const DiskCalls& disk, int fd, std::span<const AuditRecord> records, std::uint64_t at) {
  auto bytes = std::as_bytes(records);
  while (!bytes.empty()) {
    const ssize_t written = disk.write(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    if (written == 0) return ENOSPC;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  return 0;
}

Result<std::size_t> read_records(const DiskFile& file, const std::filesystem::path& path, std::span<AuditRecord> buffer,
                                 std::uint64_t at) {
  const auto bytes = std::as_writable_bytes(buffer);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count =
        ::pread(file.fd(), bytes.data() + filled, bytes.size() - filled, static_cast<off_t>(at + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return disk_error("read", path, errno);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

}  // namespace sluice::audit
