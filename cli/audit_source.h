// Lines of the audits of several folders, by time: what `sluice audit` shows. Damage is told on standard error and
// passed over. One thread.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "audit/audit_reader.h"
#include "base/result.h"

namespace sluice::cli {

/// One folder's lines that pass a filter, in the order of its files.
class AuditSource {
 public:
  /// Errors: as AuditReader::open.
  static Result<AuditSource> open(const std::filesystem::path& folder, const audit::AuditFilter& filter,
                                  std::uint64_t from_segment = 0);

  /// Reads on until there is a line, or the end. With `to_the_end` a line whose texts could still come is given too.
  Status fill(bool to_the_end);
  std::deque<audit::AuditLine>& lines() { return lines_; }
  bool damaged() const { return damaged_; }

 private:
  AuditSource(audit::AuditReader reader, const audit::AuditFilter& filter)
      : reader_(std::move(reader)), filter_(&filter) {}

  audit::AuditReader reader_;
  const audit::AuditFilter* filter_;
  audit::LineJoiner joiner_;
  std::deque<audit::AuditLine> lines_;
  bool damaged_ = false;
};

using ShowLine = std::function<void(const audit::AuditLine&)>;
/// Gives the lines of all sources that are there, the oldest first. Errors: kUnavailable.
Status show_by_time(std::vector<AuditSource>& sources, bool to_the_end, const ShowLine& show);
/// The newest `count` lines of each folder that pass, as sources positioned at the folders' ends. Errors: kNotFound,
/// kUnavailable.
Result<std::vector<AuditSource>> newest_lines(const std::vector<std::filesystem::path>& folders,
                                              const audit::AuditFilter& filter, std::size_t count);

}  // namespace sluice::cli
