// Where the audit of a folder ends, and so where a sink goes on: behind the last record that holds in the newest
// segment, or with a new segment where that one is damaged. Thread: any, before the sink runs.
#pragma once

#include <optional>

#include "audit/disk_file.h"
#include "audit/segment_check.h"

namespace sluice::audit {

struct AuditEnd {
  std::uint64_t number = 0;  // of the newest segment; the next begins one above. 0: none yet
  DiskFile file;             // open for appending, or not open: begin a new segment
  ChainValue chain{};        // the newest anchor's data that holds
  AnchorHash hash;           // of the records behind it
  std::uint64_t records = 0;
  std::uint64_t since_anchor = 0;
  Nanos began;
  std::optional<AuditRecord> unwritten_anchor;

  std::uint64_t torn_bytes = 0;         // what was cut off the newest segment
  std::optional<std::string> damage{};  // why the newest segment is left as it is
};

/// Finds the end and cuts a torn tail off. Errors: kCorrupt naming file and first bad record, unless `leave_damaged`:
/// then a new segment is to begin from the last good anchor; kUnavailable.
Result<AuditEnd> find_end(const std::filesystem::path& folder, ShardId shard, bool leave_damaged);

}  // namespace sluice::audit
