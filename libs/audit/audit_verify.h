// Verifying an audit: every sum, every anchor, every segment's continuation of the one before, and the black boxes
// beside them. Reads only; a sink may append meanwhile. More than 5 M records/s on one core (bench audit). One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "audit/anchor_hash.h"
#include "base/result.h"

namespace sluice::audit {

struct AuditDamage {
  std::filesystem::path file;
  std::uint64_t record = 0;  // from 0; it begins at byte 64 × record
  std::string what;
};

struct AuditVerification {
  std::uint64_t segments = 0;
  std::uint64_t first_segment = 0;
  std::uint64_t last_segment = 0;
  std::uint64_t records = 0;  // that hold, those of the files (segment records, anchors) left out
  std::uint64_t anchors = 0;
  std::uint64_t unanchored = 0;  // of these, behind the last anchor: a sum each, and no more
  std::uint64_t bytes = 0;
  std::uint64_t torn_bytes = 0;  // at the end of the newest segment
  Nanos last_anchor_time;        // 0: no anchor
  ChainValue chain{};            // the last anchor's: who has noted it elsewhere can compare
  std::uint64_t black_boxes = 0;
  std::uint64_t black_box_records = 0;
  std::optional<AuditDamage> damage{};  // the first; then the counts are of what stands before it

  bool good() const { return !damage; }
};

struct VerifyOptions {
  std::uint64_t from_segment = 0;  // leaves out those before; the first that is there is taken at its word
  std::function<void(std::uint64_t bytes, std::uint64_t of_bytes)> progress{};
};

/// Errors: kNotFound (no such folder), kUnavailable. Damage is no error but the finding.
Result<AuditVerification> verify(const std::filesystem::path& folder, const VerifyOptions& options = {});

}  // namespace sluice::audit
