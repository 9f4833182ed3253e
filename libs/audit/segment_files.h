// The files of an audit folder: `audit-<10 digits>.seg`, numbered from 1 on, and `blackbox-<10 digits>.seg` likewise.
// Each begins with a segment record. Thread: any.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "audit/anchor_hash.h"
#include "audit/audit_record.h"
#include "base/result.h"
#include "domain/ids.h"

namespace sluice::audit {

inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::string_view kSegmentPrefix = "audit-";
inline constexpr std::string_view kBlackBoxPrefix = "blackbox-";

struct SegmentFile {
  std::uint64_t number = 0;
  std::filesystem::path path;
};

/// Where segment `number` stands.
std::filesystem::path segment_path(const std::filesystem::path& folder, std::uint64_t number,
                                   std::string_view prefix = kSegmentPrefix);
/// Those of `folder` by number; names of another form are not looked at. Errors: kNotFound (no such folder),
/// kUnavailable.
Result<std::vector<SegmentFile>> list_segments(const std::filesystem::path& folder,
                                               std::string_view prefix = kSegmentPrefix);

/// Every folder named `audit` in `data_dir` or one below it, by name: those of the processes of a deployment.
std::vector<std::filesystem::path> audit_folders(const std::filesystem::path& data_dir);

/// The first record of segment `number`, summed. `chain`: the newest anchor's data of the segment before.
AuditRecord segment_record(std::uint64_t number, ShardId shard, const ChainValue& chain, Nanos now);
/// True for segment and anchor records: those that the sink makes, not what was recorded.
constexpr bool is_of_file(const AuditRecord& record) {
  return record.action == Action::kSegment || record.action == Action::kAnchor;
}

}  // namespace sluice::audit
