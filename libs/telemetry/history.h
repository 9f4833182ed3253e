// History: what each stage did, a line for each stage and interval, in one CSV file a day (UTC). A line keeps its whole
// histogram, so that lines can be added up and compared later. Columns: docs/telemetry.md. Threads: one, as said.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "telemetry/aggregator.h"

namespace sluice::telemetry {

struct HistoryRow {
  Nanos time;          // Unix time at its end
  std::string source;  // process that measured it
  Stage stage{};
  double seconds = 0;  // of the interval
  Cut cut;
};

/// Quantile of a cut by nearest rank; 0 for an empty one.
std::uint64_t quantile_of(const Cut& cut, double quantile);
Cut merged(const Cut& a, const Cut& b);

std::string history_header();
/// A line without its end.
std::string line_of(const HistoryRow& row);
/// Errors: kInvalidArgument, with the column that is wrong.
Result<HistoryRow> parse_line(std::string_view line);
/// All rows of a file, or of all `*.csv` below a folder, by time; a last line that is not whole is left out. Errors:
/// kNotFound, kInvalidArgument with file and line.
Result<std::vector<HistoryRow>> read_history(const std::filesystem::path& path);

class HistoryWriter {
 public:
  /// `days`: files kept; 0: all.
  HistoryWriter(std::filesystem::path folder, std::string source, std::uint64_t days)
      : folder_(std::move(folder)), source_(std::move(source)), days_(days) {}
  /// A line for each stage that was recorded since the last call. Errors: kUnavailable.
  Status write(const Aggregator& aggregator, Nanos now);

 private:
  void remove_old() const;

  const std::filesystem::path folder_;
  const std::string source_;
  const std::uint64_t days_;
  std::map<Stage, Cut> before_;
  Nanos last_;
};

}  // namespace sluice::telemetry
