// EmergencyFile: latched kills that are not in EVT yet, on disk before their latch is answered (DESIGN P4). A crash
// cannot clear a kill: a starting engine latches every kill of the file before it executes anything. A whole new file
// replaces the old one by rename. Threads: any; one lock.
#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <span>
#include <vector>

#include "base/result.h"
#include "eventlog/snapshot_codec.h"

namespace sluice::engine {

class EmergencyFile {
 public:
  explicit EmergencyFile(std::filesystem::path path) : path_(std::move(path)) {}

  /// Reads what an earlier process left, unless that was done. Errors: kCorrupt (an operator must look: a kill may be
  /// lost), kUnavailable.
  Status load();
  /// Adds kills to what an earlier process left, synced to disk together when this returns. Errors: kUnavailable (the
  /// disk refused; the kills are latched all the same), kCorrupt (likewise; the file stays as it is).
  Status add(std::span<const eventlog::EmergencyKill> kills);
  Status add(const eventlog::EmergencyKill& kill) { return add(std::span(&kill, 1)); }
  /// Writes the file as it is once more: a drill of the disk.
  Status rewrite();
  /// Takes a kill out once its event is acknowledged.
  Status remove(const KillId& kill);
  std::vector<eventlog::EmergencyKill> kills() const;
  /// Grows with each change of kills(): who has looked needs not look again while it stays. Takes no lock.
  std::uint64_t changes() const { return changes_.load(std::memory_order_acquire); }

 private:
  Status read();
  Status write();

  const std::filesystem::path path_;
  mutable std::mutex mutex_;
  bool loaded_ = false;
  std::atomic<std::uint64_t> changes_{0};
  std::vector<eventlog::EmergencyKill> kills_;
};

/// Writes `bytes` to `path` so that either the old or the new content is there after a crash: temporary file,
/// fdatasync, rename, fsync of the folder. `half_written` names a failpoint hit after half of the bytes, or is empty.
/// Errors: kUnavailable.
Status write_durably(const std::filesystem::path& path, std::span<const std::byte> bytes,
                     std::string_view half_written = {});
/// The bytes of a file. Errors: kNotFound, kUnavailable.
Result<std::vector<std::byte>> read_file(const std::filesystem::path& path);

}  // namespace sluice::engine
