#include "engine/emergency_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "runtime/failpoint.h"

namespace sluice::engine {

namespace {

Error disk_error(const std::string& what, const std::filesystem::path& path) {
  return {ErrorCode::kUnavailable, what + ' ' + path.string() + ": " + std::strerror(errno)};
}

bool write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Status write_durably(const std::filesystem::path& path, std::span<const std::byte> bytes,
                     std::string_view half_written) {
  const std::filesystem::path temporary = path.string() + ".tmp";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (fd < 0) return disk_error("cannot create", temporary);
  bool good = write_all(fd, bytes.first(bytes.size() / 2));
  if (!half_written.empty()) runtime::failpoint(half_written);
  good = good && write_all(fd, bytes.subspan(bytes.size() / 2)) && ::fdatasync(fd) == 0;
  good = (::close(fd) == 0) && good;
  if (!good || ::rename(temporary.c_str(), path.c_str()) != 0) return disk_error("cannot write", path);
  const int folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return disk_error("cannot open", path.parent_path());
  const bool synced = ::fsync(folder) == 0;
  ::close(folder);
  return synced ? ok_status() : Status(disk_error("cannot sync", path.parent_path()));
}

Result<std::vector<std::byte>> read_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return Error{ErrorCode::kNotFound, path.string() + " does not exist"};
  std::ifstream file(path, std::ios::binary);
  std::vector<char> text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad() || !file.is_open()) return Error{ErrorCode::kUnavailable, "cannot read " + path.string()};
  const auto bytes = std::as_bytes(std::span(text));
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

Status EmergencyFile::load() {
  const std::lock_guard lock(mutex_);
  return read();
}

Status EmergencyFile::read() {
  if (loaded_) return ok_status();
  const auto bytes = read_file(path_);
  if (!bytes.ok() && bytes.error().code != ErrorCode::kNotFound) return bytes.error();
  if (!bytes.ok()) {
    loaded_ = true;
    return ok_status();
  }
  auto kills = eventlog::decode_emergency(bytes.value());
  if (!kills.ok())
    return Error{ErrorCode::kCorrupt,
                 path_.string() + ": " + kills.error().message + "; look at it, engage what it held, remove it"};
  kills_ = std::move(kills).value();
  loaded_ = true;
  changes_.fetch_add(1, std::memory_order_release);
  return ok_status();
}

Status EmergencyFile::add(std::span<const eventlog::EmergencyKill> kills) {
  const std::lock_guard lock(mutex_);
  // The control port is served before the engine begins to recover: a kill must not replace those of an earlier
  // process.
  if (const Status loaded = read(); !loaded.ok()) return loaded;
  const std::size_t before = kills_.size();
  for (const eventlog::EmergencyKill& kill : kills) {
    const bool known =
        std::any_of(kills_.begin(), kills_.end(), [&](const auto& k) { return k.kill.kill_id == kill.kill.kill_id; });
    if (!known) kills_.push_back(kill);
  }
  if (kills_.size() == before) return ok_status();
  changes_.fetch_add(1, std::memory_order_release);
  return write();
}

Status EmergencyFile::rewrite() {
  const std::lock_guard lock(mutex_);
  if (const Status loaded = read(); !loaded.ok()) return loaded;
  return write();
}

Status EmergencyFile::remove(const KillId& kill) {
  const std::lock_guard lock(mutex_);
  if (std::erase_if(kills_, [&](const auto& k) { return k.kill.kill_id == kill; }) == 0) return ok_status();
  changes_.fetch_add(1, std::memory_order_release);
  return write();
}

std::vector<eventlog::EmergencyKill> EmergencyFile::kills() const {
  const std::lock_guard lock(mutex_);
  return kills_;
}

Status EmergencyFile::write() { return write_durably(path_, eventlog::encode_emergency(kills_)); }

}  // namespace sluice::engine
