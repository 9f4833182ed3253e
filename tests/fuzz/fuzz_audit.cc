// A segment of the audit behind a byte that chooses: as it is, with right sums, or with right anchors too, so that what
// lies behind each check is reached. However it is cut into pieces the finding is the same, and every line can be
// shown.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "audit/crc32c.h"
#include "audit/segment_check.h"
#include "cli/audit_lines.h"
#include "tests/fuzz/fuzz_target.h"

using namespace sluice;

namespace {

std::vector<audit::AuditRecord> records_of(std::span<const std::byte> bytes) {
  std::vector<audit::AuditRecord> records(bytes.size() / sizeof(audit::AuditRecord));
  if (!records.empty()) std::memcpy(records.data(), bytes.data(), records.size() * sizeof(audit::AuditRecord));
  return records;
}

void put_right(std::vector<audit::AuditRecord>& records, bool anchors) {
  audit::AnchorHash hash;
  std::uint32_t since = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    audit::AuditRecord& record = records[i];
    const bool anchor = anchors && i > 0 && record.action == audit::Action::kAnchor;
    if (anchor) {
      record.data = hash.finish();
      record.sequence = i;
      record.index = since;
    }
    record = audit::summed(record);
    if (i == 0 || anchor) {
      hash.begin(record);
      since = 0;
    } else {
      hash.add(std::span(&record, 1));
      ++since;
    }
  }
}

/// The record found bad, or one above the last if none is.
std::uint64_t first_bad(std::span<const audit::AuditRecord> records, std::size_t piece) {
  audit::SegmentCheck check(records.empty() ? 1 : records.front().sequence);
  for (std::size_t at = 0; at < records.size(); at += piece) {
    const auto finding = check.add(records.subspan(at, std::min(piece, records.size() - at)));
    if (finding) return finding->record;
  }
  if (check.records() != records.size()) std::abort();
  return records.size();
}

}  // namespace

FUZZ_TARGET(audit) {
  if (bytes.empty()) return;
  const auto choice = static_cast<unsigned>(bytes.front());
  auto records = records_of(bytes.subspan(1));
  if (choice % 3 > 0) put_right(records, choice % 3 == 2);
  if (first_bad(records, records.size() + 1) != first_bad(records, 1 + choice / 3)) std::abort();
  audit::LineJoiner joiner;
  const auto take = [](const audit::AuditLine& line) {
    if (cli::audit_text(line).empty()) std::abort();
  };
  for (const audit::AuditRecord& record : records) joiner.add(record, take);
  joiner.finish(take);
}
