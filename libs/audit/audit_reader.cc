#include "audit/audit_reader.h"

#include <fcntl.h>

#include <algorithm>
#include <string_view>

#include "audit/crc32c.h"

namespace sluice::audit {

namespace {

constexpr std::size_t kBatchRecords = 4096;

std::string_view text_of(const AuditRecord& record) {
  const std::string_view bytes(reinterpret_cast<const char*>(record.data.data()), kTextBytes);
  return bytes.substr(0, bytes.find('\0'));
}

}  // namespace

AuditReader::AuditReader(std::filesystem::path folder) : folder_(std::move(folder)), buffer_(kBatchRecords) {}

Result<AuditReader> AuditReader::open(const std::filesystem::path& folder, Place from) {
  const auto listed = list_segments(folder);
  if (!listed.ok()) return listed.error();
  AuditReader reader(folder);
  reader.from_ = from;
  const std::uint64_t from_segment = from.segment;
  const auto first = std::find_if(listed.value().begin(), listed.value().end(),
                                  [&](const SegmentFile& file) { return file.number >= from_segment; });
  // One below, so that it is no gap. Of a folder that is empty yet, the first one that comes.
  reader.number_ = (first != listed.value().end() ? first->number : std::max<std::uint64_t>(from_segment, 1)) - 1;
  return reader;
}

Result<std::optional<SegmentFile>> AuditReader::newer_segment() const {
  const auto listed = list_segments(folder_);
  if (!listed.ok()) return listed.error();
  const auto next = std::find_if(listed.value().begin(), listed.value().end(),
                                 [&](const SegmentFile& file) { return file.number > number_; });
  return next == listed.value().end() ? std::nullopt : std::optional(*next);
}

Status AuditReader::move_to(const SegmentFile& segment) {
  auto opened = open_file(segment.path, O_RDONLY);
  if (!opened.ok()) return opened.error();
  const std::uint64_t expected = number_ + 1;
  file_ = std::move(opened).value();
  path_ = segment.path;
  number_ = segment.number;
  record_ = number_ == from_.segment ? from_.record : 0;
  if (number_ == expected) return ok_status();
  return Error{ErrorCode::kCorrupt, folder_.string() + ": " +
                                        (number_ == expected + 1 ? "segment " + std::to_string(expected) + " is missing"
                                                                 : "segments " + std::to_string(expected) + " to " +
                                                                       std::to_string(number_ - 1) + " are missing")};
}

Result<std::span<const AuditRecord>> AuditReader::read_some() {
  const auto read = read_records(file_, path_, buffer_, record_ * sizeof(AuditRecord));
  if (!read.ok()) return read.error();
  const auto records = std::span<const AuditRecord>(buffer_).first(read.value() / sizeof(AuditRecord));
  const auto bad = std::find_if_not(records.begin(), records.end(), is_whole);
  const auto whole = static_cast<std::size_t>(bad - records.begin());
  if (whole > 0) {
    place_ = {number_, record_};
    record_ += whole;
    return records.first(whole);
  }
  const auto good = std::find_if(bad, records.end(), is_whole);
  // Bad up to the end: a torn tail, which the sink cuts off at its next start, or a file that will be reported.
  if (good == records.end() && records.size() < buffer_.size()) return records.first(0);
  const std::uint64_t first = record_;
  record_ += static_cast<std::uint64_t>(good - records.begin());
  return Error{ErrorCode::kCorrupt, path_.string() + ": record " + std::to_string(first) + ": its sum is wrong (" +
                                        std::to_string(record_ - first) + " records passed over)"};
}

Result<std::span<const AuditRecord>> AuditReader::next() {
  for (;;) {
    if (file_.open()) {
      auto records = read_some();
      if (!records.ok() || !records.value().empty()) return records;
    }
    const auto newer = newer_segment();
    if (!newer.ok()) return newer.error();
    if (!newer.value()) return std::span<const AuditRecord>{};
    if (file_.open()) {
      // It may have got its last records between our look at it and its successor's beginning.
      auto records = read_some();
      if (!records.ok() || !records.value().empty()) return records;
    }
    if (const Status moved = move_to(*newer.value()); !moved.ok()) return moved.error();
  }
}

void LineJoiner::add(const AuditRecord& record, const Take& take) {
  if (record.kind != Kind::kText) {
    finish(take);
    line_ = AuditLine{.record = record};
    return;
  }
  if (!line_) return;  // the beginning of it was in a segment that is gone
  switch (static_cast<Field>(record.index >> 8)) {
    case Field::kPrincipal: line_->principal += text_of(record); break;
    case Field::kKey: line_->key += text_of(record); break;
    case Field::kReason: line_->reason += text_of(record); break;
    case Field::kDetail: line_->detail += text_of(record); break;
  }
}

void LineJoiner::finish(const Take& take) {
  if (line_) take(*line_);
  line_.reset();
}

bool AuditFilter::passes(const AuditLine& line) const {
  const AuditRecord& record = line.record;
  const bool named = actions.empty() ? of_file || !is_of_file(record)
                                     : std::find(actions.begin(), actions.end(), record.action) != actions.end();
  return named && (!from || record.time >= *from) && (!until || record.time < *until) &&
         (!account || (record.actor == *account && *account != 0)) &&
         (principal.empty() || line.principal == principal) && (key.empty() || line.key == key) &&
         (!kind || record.kind == *kind) && (!sequence || record.sequence == *sequence);
}

}  // namespace sluice::audit
