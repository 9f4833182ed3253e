// Reading an audit back: AuditReader gives the records of a folder in their order, while a sink appends to it too;
// LineJoiner puts texts to the record they belong to; AuditFilter says which lines are wanted. It checks sums; chain
// and anchors are audit_verify.h's. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audit/disk_file.h"
#include "audit/segment_files.h"

namespace sluice::audit {

class AuditReader {
 public:
  /// Where a record stands in a folder.
  struct Place {
    std::uint64_t segment = 0;
    std::uint64_t record = 0;  // from 0, the segment record
    auto operator<=>(const Place&) const = default;
  };

  /// Begins at `from`, or where that is no more with the first segment behind it. Errors: kNotFound (no such folder),
  /// kUnavailable.
  static Result<AuditReader> open(const std::filesystem::path& folder, Place from);
  static Result<AuditReader> open(const std::filesystem::path& folder, std::uint64_t from_segment = 0) {
    return open(folder, Place{from_segment, 0});
  }

  /// The next records, valid until the next call; empty at what is the end now: ask again later. Errors: kCorrupt
  /// naming file and record (bad records or missing segments are passed over; go on calling), kUnavailable.
  Result<std::span<const AuditRecord>> next();
  /// Of the first record that next() gave last.
  Place place() const { return place_; }

 private:
  explicit AuditReader(std::filesystem::path folder);
  Result<std::span<const AuditRecord>> read_some();
  /// The one after that which is open, if there is one yet.
  Result<std::optional<SegmentFile>> newer_segment() const;
  Status move_to(const SegmentFile& segment);

  std::filesystem::path folder_;
  std::vector<AuditRecord> buffer_;
  DiskFile file_;
  std::filesystem::path path_;
  std::uint64_t number_ = 0;  // of the segment that is open, or comes before the first
  std::uint64_t record_ = 0;  // next one in it
  Place from_;                // not before this
  Place place_;
};

/// One line of the audit: a record with its texts.
struct AuditLine {
  AuditRecord record{};
  std::string principal{};
  std::string key{};
  std::string reason{};
  std::string detail{};
};

/// Records in, lines out: each when the next record that is no text comes, or at finish().
class LineJoiner {
 public:
  using Take = std::function<void(const AuditLine&)>;
  void add(const AuditRecord& record, const Take& take);
  /// Gives the last line out: call when nothing more is there for now.
  void finish(const Take& take);

 private:
  std::optional<AuditLine> line_;
};

/// What is empty lets everything pass.
struct AuditFilter {
  std::optional<Nanos> from{};   // inclusive
  std::optional<Nanos> until{};  // exclusive
  std::optional<std::uint32_t> account{};
  std::string principal{};
  std::string key{};
  std::vector<Action> actions{};
  std::optional<Kind> kind{};
  std::optional<std::uint64_t> sequence{};
  bool of_file = false;  // segment records and anchors too

  bool passes(const AuditLine& line) const;
};

}  // namespace sluice::audit
