#include "engine/snapshot_store.h"

#include <algorithm>

#include "engine/emergency_file.h"

namespace sluice::engine {

SnapshotStore::SnapshotStore(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
}

Status SnapshotStore::save(const eventlog::Snapshot& snapshot) {
  // Zero-padded, so that names sort as numbers do.
  std::string name = std::to_string(snapshot.checkpoint.cmd_sequence.value());
  name.insert(0, 20 - name.size(), '0');
  const Status written =
      write_durably(folder_ / (name + ".snapshot"), eventlog::encode_snapshot(snapshot), "snapshot_half_written");
  if (!written.ok()) return written;
  const auto files = list();
  for (std::size_t i = kKept; i < files.size(); ++i) {
    std::error_code ignored;  // an old file that stays costs only space
    std::filesystem::remove(files[i], ignored);
  }
  return ok_status();
}

std::vector<std::filesystem::path> SnapshotStore::list() const {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (entry.path().extension() == ".snapshot") files.push_back(entry.path());
  }
  std::sort(files.rbegin(), files.rend());
  return files;
}

std::optional<eventlog::Snapshot> SnapshotStore::newest(
    const std::function<Status(const eventlog::Snapshot&)>& fits,
    const std::function<void(const std::string&, const Error&)>& on_skipped) const {
  for (const auto& path : list()) {
    const auto bytes = read_file(path);
    if (!bytes.ok()) {
      on_skipped(path.string(), bytes.error());
      continue;
    }
    auto snapshot = eventlog::decode_snapshot(bytes.value());
    if (!snapshot.ok()) {
      on_skipped(path.string(), snapshot.error());
      continue;
    }
    if (const Status fit = fits(snapshot.value()); !fit.ok()) {
      on_skipped(path.string(), fit.error());
      continue;
    }
    return std::move(snapshot).value();
  }
  return std::nullopt;
}

}  // namespace sluice::engine
