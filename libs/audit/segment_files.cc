#include "audit/segment_files.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "audit/crc32c.h"

namespace sluice::audit {

namespace {

constexpr std::size_t kDigits = 10;
constexpr std::string_view kSuffix = ".seg";

std::optional<std::uint64_t> number_in(std::string_view name, std::string_view prefix) {
  if (name.size() != prefix.size() + kDigits + kSuffix.size() || !name.starts_with(prefix) || !name.ends_with(kSuffix))
    return std::nullopt;
  const std::string_view digits = name.substr(prefix.size(), kDigits);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number == 0) return std::nullopt;
  return number;
}

}  // namespace

std::filesystem::path segment_path(const std::filesystem::path& folder, std::uint64_t number, std::string_view prefix) {
  std::string digits = std::to_string(number);
  if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
  return folder / (std::string(prefix) + digits + std::string(kSuffix));
}

Result<std::vector<SegmentFile>> list_segments(const std::filesystem::path& folder, std::string_view prefix) {
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  if (error == std::errc::no_such_file_or_directory)
    return Error{ErrorCode::kNotFound, folder.string() + " does not exist"};
  std::vector<SegmentFile> files;
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const auto number = number_in(entries->path().filename().string(), prefix);
    if (number) files.push_back({*number, entries->path()});
  }
  if (error) return Error{ErrorCode::kUnavailable, "cannot list " + folder.string() + ": " + error.message()};
  std::sort(files.begin(), files.end(), [](const SegmentFile& a, const SegmentFile& b) { return a.number < b.number; });
  return files;
}

AuditRecord segment_record(std::uint64_t number, ShardId shard, const ChainValue& chain, Nanos now) {
  AuditRecord record;
  record.time = now;
  record.sequence = number;
  record.data = chain;
  record.index = kFormatVersion;
  record.shard = shard.value();
  record.action = Action::kSegment;
  return summed(record);
}

std::vector<std::filesystem::path> audit_folders(const std::filesystem::path& data_dir) {
  std::vector<std::filesystem::path> found;
  std::error_code error;
  if (std::filesystem::is_directory(data_dir / "audit", error)) found.push_back(data_dir / "audit");
  for (std::filesystem::directory_iterator entry(data_dir, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code none;
    if (std::filesystem::is_directory(entry->path() / "audit", none)) found.push_back(entry->path() / "audit");
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace sluice::audit
