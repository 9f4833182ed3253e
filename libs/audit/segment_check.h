// SegmentCheck: holds the records of one segment against the rules of docs/audit.md, as they come: sums, the segment
// record, anchors. Used by the verifier and by a sink that goes on with an old segment. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "audit/anchor_hash.h"
#include "audit/segment_files.h"

namespace sluice::audit {

/// The first record of a file that does not hold.
struct Finding {
  std::uint64_t record = 0;  // from 0; it begins at byte 64 × record
  std::string what;
  bool bad_sum = false;  // could be a torn tail, if nothing whole comes behind it
};

class SegmentCheck {
 public:
  explicit SegmentCheck(std::uint64_t number) : number_(number) {}

  /// The next records. After a finding nothing more may be added.
  std::optional<Finding> add(std::span<const AuditRecord> records);

  /// That hold so far, with those of the file.
  std::uint64_t records() const { return records_; }
  std::uint64_t anchors() const { return anchors_; }
  /// Records behind the last anchor (or the segment record).
  std::uint64_t since_anchor() const { return since_anchor_; }
  /// The first record; defaults until it was there.
  const AuditRecord& segment() const { return segment_; }
  /// The newest anchor's data, or the segment record's before the first.
  const ChainValue& chain() const { return chain_; }
  Nanos anchor_time() const { return anchor_time_; }
  /// What the next anchor will be the hash of: for who goes on writing. Ends the check.
  AnchorHash take_hash() { return std::move(hash_); }

 private:
  std::optional<Finding> begin(const AuditRecord& first);
  std::optional<Finding> close_anchor(const AuditRecord& anchor);

  const std::uint64_t number_;
  AuditRecord segment_{};
  AnchorHash hash_;
  ChainValue chain_{};
  Nanos anchor_time_;
  std::uint64_t records_ = 0;
  std::uint64_t anchors_ = 0;
  std::uint64_t since_anchor_ = 0;
};

/// A whole file, checked.
struct SegmentScan {
  SegmentCheck check;
  std::optional<Finding> damage;
  std::uint64_t torn_bytes = 0;  // behind the last record that holds: a tail that was never whole
  std::uint64_t bytes = 0;
};

/// Reads and checks a segment. Only the newest may have a torn tail; anywhere else it is damage. `progress` gets the
/// bytes read since the last call. Errors: kNotFound, kUnavailable.
Result<SegmentScan> scan_segment(const SegmentFile& file, bool newest,
                                 const std::function<void(std::uint64_t bytes)>& progress = {});

}  // namespace sluice::audit
