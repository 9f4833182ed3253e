#include "cli/audit_source.h"

#include <algorithm>
#include <cstdio>

namespace sluice::cli {

using audit::AuditLine;

Result<AuditSource> AuditSource::open(const std::filesystem::path& folder, const audit::AuditFilter& filter,
                                      std::uint64_t from_segment) {
  auto reader = audit::AuditReader::open(folder, from_segment);
  if (!reader.ok()) return reader.error();
  return AuditSource(std::move(reader).value(), filter);
}

Status AuditSource::fill(bool to_the_end) {
  const auto take = [this](const AuditLine& line) {
    if (filter_->passes(line)) lines_.push_back(line);
  };
  while (lines_.empty()) {
    const auto records = reader_.next();
    if (!records.ok() && records.error().code != ErrorCode::kCorrupt) return records.error();
    if (!records.ok()) {
      std::fprintf(stderr, "damaged: %s\n", records.error().message.c_str());
      damaged_ = true;
      continue;
    }
    for (const audit::AuditRecord& record : records.value()) joiner_.add(record, take);
    if (!records.value().empty()) continue;
    if (to_the_end) joiner_.finish(take);
    break;
  }
  return ok_status();
}

Status show_by_time(std::vector<AuditSource>& sources, bool to_the_end, const ShowLine& show) {
  for (;;) {
    AuditSource* oldest = nullptr;
    for (AuditSource& source : sources) {
      if (const Status filled = source.fill(to_the_end); !filled.ok()) return filled;
      if (source.lines().empty()) continue;
      if (oldest == nullptr || source.lines().front().record.time < oldest->lines().front().record.time)
        oldest = &source;
    }
    if (oldest == nullptr) return ok_status();
    show(oldest->lines().front());
    oldest->lines().pop_front();
  }
}

namespace {

/// A source whose lines() are the newest `count` from `from_segment` on.
Result<AuditSource> read_from(const std::filesystem::path& folder, const audit::AuditFilter& filter,
                              std::uint64_t from_segment, std::size_t count) {
  auto source = AuditSource::open(folder, filter, from_segment);
  if (!source.ok()) return source;
  std::deque<AuditLine> newest;
  for (;;) {
    if (const Status filled = source.value().fill(true); !filled.ok()) return filled.error();
    std::deque<AuditLine>& lines = source.value().lines();
    if (lines.empty()) break;
    newest.insert(newest.end(), lines.begin(), lines.end());
    lines.clear();
    if (newest.size() > count) newest.erase(newest.begin(), newest.end() - static_cast<std::ptrdiff_t>(count));
  }
  source.value().lines() = std::move(newest);
  return source;
}

}  // namespace

Result<std::vector<AuditSource>> newest_lines(const std::vector<std::filesystem::path>& folders,
                                              const audit::AuditFilter& filter, std::size_t count) {
  std::vector<AuditSource> sources;
  for (const auto& folder : folders) {
    const auto segments = audit::list_segments(folder);
    if (!segments.ok()) return segments.error();
    // From the newest segment back, twice as many each time: a day's audit is not read for twenty lines.
    for (std::size_t back = 1;; back *= 2) {
      const std::size_t size = segments.value().size();
      const bool all = back >= size;
      auto source = read_from(folder, filter, all ? 0 : segments.value()[size - back].number, count);
      if (!source.ok()) return source.error();
      if (!all && source.value().lines().size() < count) continue;
      sources.push_back(std::move(source).value());
      break;
    }
  }
  return sources;
}

}  // namespace sluice::cli
