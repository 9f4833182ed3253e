#include "cli/demo/gauges.h"

#include <cstdio>

#include "cli/demo/screen.h"
#include "cli/demo/text.h"
#include "cli/load/report.h"

namespace sluice::cli {

namespace {

constexpr std::size_t kLabel = 9, kStage = 34, kFigure = 11;

std::string rule(const std::string& left, const std::string& right, std::size_t columns) {
  std::string line = "── " + left + ' ';
  const std::size_t used = width_of(line) + width_of(right) + 1;
  for (std::size_t at = used; at < columns; ++at) line += "─";
  return line + ' ' + right;
}

std::string line_of(const std::string& label, const std::string& text) { return pad_right(label, kLabel) + text; }

std::string rates_of(const Gauges& gauges) {
  if (!gauges.query_reached) return "the query service does not answer";
  std::string text =
      grouped(gauges.commands_per_second) + " commands/s   " + grouped(gauges.events_per_second) + " events/s";
  if (!gauges.flow.name.empty())
    text += "   sent " + grouped(gauges.flow.sent) + ", answered " + grouped(gauges.flow.answered);
  return text;
}

std::string engine_of(const EngineGauge& engine) {
  if (!engine.reached) return "does not answer";
  std::string text = engine.role + ", epoch " + grouped(engine.epoch) + ", command " +
                     grouped(engine.command_sequence) + ", event " + grouped(engine.event_sequence);
  for (std::size_t i = 0; i < engine.holds.size(); ++i) text += (i == 0 ? "   HELD: " : ", ") + engine.holds[i];
  return text;
}

std::string projection_of(const ProjectionGauge& shard) {
  std::string text = grouped(shard.projected) + " of " + grouped(shard.log_last) + " messages, ";
  if (!shard.halted.empty()) return text + "HALTED: " + shard.halted;
  if (shard.behind() == 0) return text + "none behind";
  text += grouped(shard.behind()) + " behind";
  if (shard.behind_since == Nanos{}) return text;  // seen a moment ago
  return text + ", for " + load::format_nanos(static_cast<std::uint64_t>(shard.behind_since.value()));
}

std::string side_of(const BookGauge::Side& side) {
  return side.quantity == 0 ? "none" : grouped(side.quantity) + " @ " + grouped(side.price);
}

std::string book_of(const BookGauge& book) {
  if (!book.known) return "not known";
  return "bid " + side_of(book.bid) + "   ask " + side_of(book.ask) + "   last " + grouped(book.last_price);
}

std::string kill_of(const KillGauge& kill, std::size_t shards) {
  const bool everywhere = kill.engaged_in == shards;
  return (everywhere ? "ENGAGED " : "NOT CONFIRMED ") + kill.scope + (kill.key.empty() ? "" : " " + kill.key) + " by " +
         kill.by + ", recorded in " + std::to_string(kill.engaged_in) + " of " + std::to_string(shards) +
         (shards == 1 ? " shard" : " shards");
}

void add_latencies(const FlowGauge& flow, std::vector<std::string>& lines) {
  if (flow.name.empty()) return;
  const auto row = [&](const std::string& name, const load::LatencySummary& latency) {
    std::string line = pad_right(name, kStage);
    for (const std::uint64_t nanos : {latency.p50_ns, latency.p99_ns, latency.p999_ns})
      line += pad_left(latency.count == 0 ? "–" : load::format_nanos(nanos), kFigure);
    lines.push_back(line);
  };
  lines.push_back(pad_right("latency of " + flow.name, kStage) + pad_left("p50", kFigure) + pad_left("p99", kFigure) +
                  pad_left("p99.9", kFigure));
  row("  intended -> client, all", flow.latency);
  for (const load::StageSummary& stage : flow.stages) row("  " + std::string(stage.name), stage.latency);
}

}  // namespace

std::vector<std::string> panel_of(const Gauges& gauges, std::size_t columns) {
  char seconds[32];
  std::snprintf(seconds, sizeof(seconds), "%.1f s", gauges.seconds);
  std::vector<std::string> lines{rule("Sluice: " + gauges.title, seconds, columns)};
  lines.push_back(line_of("rate", rates_of(gauges)));
  const auto numbered = [](const std::string& what, std::size_t shards, std::size_t shard) {
    return shards == 1 ? what : what + ' ' + std::to_string(shard);
  };
  for (std::size_t shard = 0; shard < gauges.engines.size(); ++shard)
    lines.push_back(line_of(numbered("engine", gauges.engines.size(), shard), engine_of(gauges.engines[shard])));
  for (std::size_t shard = 0; shard < gauges.projections.size(); ++shard)
    lines.push_back(
        line_of(numbered("views", gauges.projections.size(), shard), projection_of(gauges.projections[shard])));
  if (!gauges.book.symbol.empty()) lines.push_back(line_of(fit(gauges.book.symbol, kLabel - 1), book_of(gauges.book)));
  if (!gauges.kills_reached) lines.push_back(line_of("kills", "the kill switch does not answer"));
  else if (!gauges.kills_complete) lines.push_back(line_of("kills", "NOT COMPLETE: more may be engaged"));
  else if (gauges.kills.empty()) lines.push_back(line_of("kills", "none engaged"));
  for (const KillGauge& kill : gauges.kills) lines.push_back(line_of("kills", kill_of(kill, gauges.engines.size())));
  add_latencies(gauges.flow, lines);
  for (std::string& line : lines) line = fit(line, columns);
  return lines;
}

}  // namespace sluice::cli
