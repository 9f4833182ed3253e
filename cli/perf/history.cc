// sluice perf trend, sluice perf compare: what the histories of performance say.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>

#include "cli/audit_lines.h"
#include "cli/perf/commands.h"
#include "cli/perf/plot.h"
#include "domain/utc.h"
#include "runtime/clock.h"
#include "telemetry/compare.h"

namespace sluice::cli {

namespace {

using telemetry::HistoryRow;
using Rows = std::vector<HistoryRow>;
/// By process and stage.
using Series = std::map<std::pair<std::string, telemetry::Stage>, Rows>;

struct Selection {
  std::string stage, process, since, until;
};

Result<Series> select(const std::string& path, const Selection& selection) {
  auto rows = telemetry::read_history(path);
  if (!rows.ok()) return Error{ErrorCode::kInvalidArgument, rows.error().message};
  const Nanos now = runtime::wall_now();
  Nanos from, until{INT64_MAX};
  for (const auto& [text, to] : {std::pair{&selection.since, &from}, std::pair{&selection.until, &until}}) {
    if (text->empty()) continue;
    const auto moment = parse_moment(*text, now);
    if (!moment) return Error{ErrorCode::kInvalidArgument, "'" + *text + "' " + kNoMoment};
    *to = *moment;
  }
  const auto stage = telemetry::parse_stage(selection.stage);
  if (!selection.stage.empty() && !stage)
    return Error{ErrorCode::kInvalidArgument,
                 "there is no stage '" + selection.stage + "'; docs/telemetry.md names them"};
  Series series;
  for (HistoryRow& row : rows.value()) {
    if (row.time < from || row.time >= until) continue;
    if ((stage && row.stage != *stage) || (!selection.process.empty() && row.source != selection.process)) continue;
    series[{row.source, row.stage}].push_back(std::move(row));
  }
  if (series.empty())
    return Error{ErrorCode::kInvalidArgument,
                 "no line of " + path + " is about that (files are named DAY.csv, below <data-dir>)"};
  return series;
}

void add_selection(CLI::App& command, Selection& selection) {
  command.add_option("--stage", selection.stage, "only this stage, for example order_placement");
  command.add_option("--process", selection.process, "only what this process measured, for example engine-0");
  command.add_option("--since", selection.since, "not before: 2026-11-21T16:38:19Z, or 5m ago");
  command.add_option("--until", selection.until, "before, in the same forms");
}

struct TrendFlags {
  Selection selection;
  std::string path, percentile = "p99", svg;
};

std::optional<std::size_t> quantile_named(const std::string& name) {
  const auto found = std::find(telemetry::kQuantileNames.begin(), telemetry::kQuantileNames.end(), name);
  if (found == telemetry::kQuantileNames.end()) return std::nullopt;
  return static_cast<std::size_t>(found - telemetry::kQuantileNames.begin());
}

/// Lines of too few samples for the quantile are left out.
PlotLine line_of(const Rows& rows, std::size_t quantile) {
  PlotLine line;
  for (const HistoryRow& row : rows) {
    if (telemetry::enough_for(row.cut.samples, telemetry::kQuantiles[quantile]))
      line.points.push_back(
          {row.time, static_cast<double>(telemetry::quantile_of(row.cut, telemetry::kQuantiles[quantile]))});
  }
  return line;
}

void print_json(const std::string& source, telemetry::Stage stage, const std::string& percentile,
                const PlotLine& line) {
  for (const PlotPoint& point : line.points)
    std::printf("%s\n", nlohmann::ordered_json{{"time", utc_text(point.time)},
                                               {"process", source},
                                               {"stage", name_of(stage)},
                                               {"percentile", percentile},
                                               {"unit", name_of(info_of(stage).unit)},
                                               {"value", point.value}}
                            .dump()
                            .c_str());
}

int trend(const Context& context, const TrendFlags& flags) {
  constexpr std::size_t kColumns = 72, kRows = 8;
  const auto series = select(flags.path.empty() ? context.data_dir : flags.path, flags.selection);
  if (!series.ok()) return fail(series.error());
  const std::size_t quantile = *quantile_named(flags.percentile);
  std::vector<PlotLine> times, counts;
  std::size_t too_few = 0;
  for (const auto& [key, rows] : series.value()) {
    const bool spans = info_of(key.second).unit == telemetry::Unit::kNanos;
    PlotLine line = line_of(rows, quantile);
    too_few += rows.size() - line.points.size();
    if (line.points.empty()) continue;
    line.name = key.first + " " + std::string(name_of(key.second)) + " " + flags.percentile;
    if (context.json()) print_json(key.first, key.second, flags.percentile, line);
    else std::printf("%s\n", terminal_plot(line, kColumns, kRows, spans).c_str());
    (spans ? times : counts).push_back(std::move(line));
  }
  if (too_few > 0)
    std::fprintf(stderr, "%zu intervals have too few samples for %s and are left out\n", too_few,
                 flags.percentile.c_str());
  if (times.empty() && counts.empty())
    return fail(Error{ErrorCode::kInvalidArgument, "nothing to draw: ask for a lower --percentile"});
  if (!flags.svg.empty()) {
    // One scale for all lines: counts are drawn only if nothing else is asked for.
    const bool spans = !times.empty();
    std::ofstream file(flags.svg);
    file << svg_plot("Sluice: " + flags.percentile + " by interval", spans ? times : counts, spans) << std::flush;
    if (!file) return fail(Error{ErrorCode::kInvalidArgument, "cannot write " + flags.svg});
  }
  return kExitOk;
}

struct CompareFlags {
  Selection selection;
  std::string base, fresh;
};

nlohmann::json or_null(bool there, double value) { return there ? nlohmann::json(value) : nlohmann::json(nullptr); }
nlohmann::json or_null(const std::optional<std::uint64_t>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

void print(const Context& context, const std::string& source, telemetry::Stage stage,
           const telemetry::Comparison& one) {
  using telemetry::Moved;
  const std::string percentile(telemetry::kQuantileNames[one.quantile]);
  const std::string moved(telemetry::name_of(one.moved));
  const bool told = one.moved != Moved::kTooFew && one.moved != Moved::kTooShort;
  if (context.json()) {
    nlohmann::ordered_json line{{"process", source},
                                {"stage", name_of(stage)},
                                {"percentile", percentile},
                                {"unit", name_of(info_of(stage).unit)},
                                {"base", or_null(one.base)},
                                {"new", or_null(one.fresh)},
                                {"ratio", or_null(one.moved != Moved::kTooFew, one.ratio)},
                                {"ci_low", or_null(told, one.low)},
                                {"ci_high", or_null(told, one.high)},
                                {"base_intervals", one.base_blocks},
                                {"new_intervals", one.fresh_blocks},
                                {"moved", moved}};
    std::printf("%s\n", line.dump().c_str());
    return;
  }
  const bool spans = info_of(stage).unit == telemetry::Unit::kNanos;
  const auto text = [&](const std::optional<std::uint64_t>& value) {
    if (!value) return std::string("-");
    return spans ? span_text(static_cast<double>(*value)) : std::to_string(*value);
  };
  std::printf("%-12s %-16s %-7s %10s -> %-10s", source.c_str(), std::string(name_of(stage)).c_str(), percentile.c_str(),
              text(one.base).c_str(), text(one.fresh).c_str());
  if (told) std::printf(" x %.3f [%.3f, %.3f] %s\n", one.ratio, one.low, one.high, moved.c_str());
  else if (one.moved == Moved::kTooFew) std::printf(" %s\n", moved.c_str());
  else
    std::printf(" %s: %zu and %zu, at least %zu are needed\n", moved.c_str(), one.base_blocks, one.fresh_blocks,
                telemetry::kBlocksMin);
}

int compare_histories(const Context& context, const CompareFlags& flags) {
  const auto base = select(flags.base, flags.selection);
  if (!base.ok()) return fail(base.error());
  const auto fresh = select(flags.fresh, flags.selection);
  if (!fresh.ok()) return fail(fresh.error());
  bool slower = false, common = false;
  for (const auto& [key, rows] : base.value()) {
    const auto other = fresh.value().find(key);
    if (other == fresh.value().end()) continue;
    common = true;
    for (const telemetry::Comparison& one : telemetry::compare(rows, other->second)) {
      print(context, key.first, key.second, one);
      slower = slower || one.moved == telemetry::Moved::kSlower;
    }
  }
  if (!common)
    return fail(
        Error{ErrorCode::kInvalidArgument, "no process and stage is in both " + flags.base + " and " + flags.fresh});
  return slower ? kExitFailed : kExitOk;
}

}  // namespace

void add_perf_trend(CLI::App& family, Context& context, Action& action) {
  static TrendFlags flags;
  auto* command = family.add_subcommand("trend", "how a percentile went over time, drawn");
  command->footer("Example: sluice perf trend --stage order_placement --percentile p99 --since 1h --svg placement.svg");
  command->add_option("path", flags.path, "a history, or a folder with some; default: the data directory");
  add_selection(*command, flags.selection);
  command->add_option("--percentile", flags.percentile, "p50, p95, p99, p99.9, p99.97 or p99.99")
      ->check(CLI::IsMember({"p50", "p95", "p99", "p99.9", "p99.97", "p99.99"}))
      ->capture_default_str();
  command->add_option("--svg", flags.svg, "also draw a picture into this file");
  command->callback([&] { action = [&] { return trend(context, flags); }; });
}

void add_perf_compare(CLI::App& family, Context& context, Action& action) {
  static CompareFlags flags;
  auto* command = family.add_subcommand("compare", "whether percentiles moved between two histories");
  command->footer(
      "Says the ratio NEW / BASE with its 95 % interval, from the spread between intervals of the history:\n"
      "at least 8 of each.\nExit code 1 if a percentile is slower.\nExample: sluice perf compare before/ after/ "
      "--stage decide");
  command->add_option("base", flags.base, "a history, or a folder with some")->required();
  command->add_option("new", flags.fresh, "likewise")->required();
  add_selection(*command, flags.selection);
  command->callback([&] { action = [&] { return compare_histories(context, flags); }; });
}

}  // namespace sluice::cli
