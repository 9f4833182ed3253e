// SnapshotStore: the snapshot files of a shard in one folder, `<CMD sequence>.snapshot`, the newest three. Thread: one
// at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "eventlog/snapshot_codec.h"

namespace sluice::engine {

class SnapshotStore {
 public:
  static constexpr std::size_t kKept = 3;

  /// Creates the folder if needed.
  explicit SnapshotStore(std::filesystem::path folder);

  /// Writes durably, then removes the oldest beyond kKept. Errors: kUnavailable (disk).
  Status save(const eventlog::Snapshot& snapshot);
  /// Paths, newest first.
  std::vector<std::filesystem::path> list() const;
  /// The newest snapshot that can be read and that `fits` accepts; each one passed over is told to `on_skipped` with
  /// the reason.
  std::optional<eventlog::Snapshot> newest(
      const std::function<Status(const eventlog::Snapshot&)>& fits,
      const std::function<void(const std::string& path, const Error&)>& on_skipped) const;

 private:
  const std::filesystem::path folder_;
};

}  // namespace sluice::engine
