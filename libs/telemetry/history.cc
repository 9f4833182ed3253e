#include "telemetry/history.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>

#include "domain/utc.h"

namespace sluice::telemetry {

namespace {

constexpr std::string_view kColumns[] = {"time", "source", "stage", "unit",  "seconds", "samples", "count", "mean",
                                         "p50",  "p95",    "p99",   "p99.9", "p99.97",  "p99.99",  "max",   "buckets"};
constexpr std::size_t kTimeColumn = 0, kSourceColumn = 1, kStageColumn = 2, kSecondsColumn = 4, kSamplesColumn = 5,
                      kCountColumn = 6, kMeanColumn = 7, kBucketsColumn = std::size(kColumns) - 1;

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(by);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <typename Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

bool parse_buckets(std::string_view text, std::vector<BucketCount>& buckets) {
  for (const std::string_view part : split(text, ' ')) {
    const std::size_t colon = part.find(':');
    BucketCount one{};
    if (colon == std::string_view::npos || !parse_number(part.substr(0, colon), one.bucket) ||
        !parse_number(part.substr(colon + 1), one.count) || one.bucket >= Histogram::kBuckets || one.count == 0)
      return false;
    if (!buckets.empty() && buckets.back().bucket >= one.bucket) return false;
    buckets.push_back(one);
  }
  return true;
}

std::string decimal(double number) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed, 3).ptr;
  return {text.data(), end};
}

Error wrong_column(std::size_t column) {
  return {ErrorCode::kInvalidArgument, "column '" + std::string(kColumns[column]) + "' is not what it should be"};
}

}  // namespace

std::uint64_t quantile_of(const Cut& cut, double quantile) {
  const auto rank = static_cast<std::uint64_t>(std::ceil(quantile * static_cast<double>(cut.count)));
  std::uint64_t seen = 0;
  for (const BucketCount& one : cut.buckets) {
    seen += one.count;
    if (seen >= rank) return Histogram::value_of(one.bucket);
  }
  return 0;
}

Cut merged(const Cut& a, const Cut& b) {
  Cut all{a.samples + b.samples, a.count + b.count, a.sum + b.sum, {}};
  auto left = a.buckets.begin();
  auto right = b.buckets.begin();
  while (left != a.buckets.end() || right != b.buckets.end()) {
    if (right == b.buckets.end() || (left != a.buckets.end() && left->bucket < right->bucket)) {
      all.buckets.push_back(*left++);
    } else if (left == a.buckets.end() || right->bucket < left->bucket) {
      all.buckets.push_back(*right++);
    } else {
      all.buckets.push_back({left->bucket, left->count + right->count});
      ++left;
      ++right;
    }
  }
  return all;
}

std::string history_header() {
  std::string header;
  for (const std::string_view column : kColumns) header += (header.empty() ? "" : ",") + std::string(column);
  return header;
}

std::string line_of(const HistoryRow& row) {
  const Cut& cut = row.cut;
  const StageInfo& info = info_of(row.stage);
  std::string line = utc_text(row.time) + ',' + row.source + ',' + std::string(info.name) + ',' +
                     std::string(name_of(info.unit)) + ',' + decimal(row.seconds) + ',' + std::to_string(cut.samples) +
                     ',' + std::to_string(cut.count) + ',' +
                     decimal(cut.count == 0 ? 0 : cut.sum / static_cast<double>(cut.count));
  for (const double quantile : kQuantiles)
    line += ',' + (enough_for(cut.samples, quantile) ? std::to_string(quantile_of(cut, quantile)) : std::string());
  line += ',' + std::to_string(cut.buckets.empty() ? 0 : Histogram::value_of(cut.buckets.back().bucket)) + ',';
  for (std::size_t i = 0; i < cut.buckets.size(); ++i)
    line += (i == 0 ? "" : " ") + std::to_string(cut.buckets[i].bucket) + ':' + std::to_string(cut.buckets[i].count);
  return line;
}

Result<HistoryRow> parse_line(std::string_view line) {
  const auto parts = split(line, ',');
  if (parts.size() != std::size(kColumns))
    return Error{ErrorCode::kInvalidArgument,
                 "has " + std::to_string(parts.size()) + " columns instead of " + std::to_string(std::size(kColumns))};
  HistoryRow row;
  const auto time = parse_utc(parts[kTimeColumn]);
  if (!time) return wrong_column(kTimeColumn);
  row.time = *time;
  row.source = parts[kSourceColumn];
  const auto stage = parse_stage(parts[kStageColumn]);
  if (!stage) return wrong_column(kStageColumn);
  row.stage = *stage;
  double mean = 0;
  if (!parse_number(parts[kSecondsColumn], row.seconds) || row.seconds <= 0) return wrong_column(kSecondsColumn);
  if (!parse_number(parts[kSamplesColumn], row.cut.samples)) return wrong_column(kSamplesColumn);
  if (!parse_number(parts[kCountColumn], row.cut.count)) return wrong_column(kCountColumn);
  if (!parse_number(parts[kMeanColumn], mean)) return wrong_column(kMeanColumn);
  row.cut.sum = mean * static_cast<double>(row.cut.count);
  if (!parse_buckets(parts[kBucketsColumn], row.cut.buckets)) return wrong_column(kBucketsColumn);
  std::uint64_t count = 0;
  for (const BucketCount& one : row.cut.buckets) count += one.count;
  if (count != row.cut.count) return wrong_column(kBucketsColumn);
  return row;
}

namespace {

Status read_file(const std::filesystem::path& path, std::vector<HistoryRow>& rows) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{ErrorCode::kNotFound, "cannot read " + path.string()};
  std::string line;
  for (std::uint64_t number = 1; std::getline(file, line); ++number) {
    if (file.eof()) break;  // without its end: the process died while it wrote, or writes just now
    if (line == history_header()) continue;
    auto row = parse_line(line);
    if (!row.ok())
      return Error{ErrorCode::kInvalidArgument,
                   path.string() + " line " + std::to_string(number) + ": " + row.error().message};
    rows.push_back(std::move(row).value());
  }
  return ok_status();
}

}  // namespace

Result<std::vector<HistoryRow>> read_history(const std::filesystem::path& path) {
  std::vector<HistoryRow> rows;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path, error)) {
      if (entry.path().extension() != ".csv") continue;
      if (const Status read = read_file(entry.path(), rows); !read.ok()) return read.error();
    }
  } else if (const Status read = read_file(path, rows); !read.ok()) {
    return read.error();
  }
  std::stable_sort(rows.begin(), rows.end(), [](const HistoryRow& a, const HistoryRow& b) { return a.time < b.time; });
  return rows;
}

namespace {

/// What a process that died while it wrote has left of its last line.
void cut_torn_line(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return;
  const std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::error_code error;
  const std::size_t whole = content.rfind('\n') + 1;
  if (whole != content.size()) std::filesystem::resize_file(path, whole, error);
}

}  // namespace

Status HistoryWriter::write(const Aggregator& aggregator, Nanos now) {
  std::string lines;
  const double seconds = static_cast<double>((now - last_).value()) / 1e9;
  const bool first = last_ == Nanos{0};
  last_ = now;
  for (const StageInfo& info : stages()) {
    if (!aggregator.recorded(info.stage)) continue;
    Cut cut = aggregator.cut(info.stage);
    HistoryRow row{now, source_, info.stage, seconds, between(before_[info.stage], cut)};
    before_[info.stage] = std::move(cut);
    if (!first && row.cut.samples > 0 && seconds > 0) lines += line_of(row) + '\n';
  }
  const std::filesystem::path path = folder_ / (utc_text(now).substr(0, 10) + ".csv");
  if (first) cut_torn_line(path);
  if (lines.empty()) return ok_status();
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  const bool fresh = !std::filesystem::exists(path, error);
  std::ofstream file(path, std::ios::app | std::ios::binary);
  if (fresh) file << history_header() << '\n';
  file << lines << std::flush;
  if (!file) return Error{ErrorCode::kUnavailable, "cannot write " + path.string()};
  if (fresh) remove_old();
  return ok_status();
}

void HistoryWriter::remove_old() const {
  if (days_ == 0) return;
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (entry.path().extension() == ".csv") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (std::size_t i = 0; i + days_ < files.size(); ++i) std::filesystem::remove(files[i], error);
}

}  // namespace sluice::telemetry
