#include <algorithm>
#include <cmath>

#include "cli/load/report.h"
#include "cli/load/svg.h"

namespace sluice::load {

namespace {

constexpr const char* kStyle =
    ":root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--grid:#d9dee4;--c0:#1f6feb;--c1:#d1590a;--c2:#2da04e;"
    "--warn:#b42318}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--paper:#14171b;--grid:#333a43;--c0:#6ca8ff;--c1:#ff9b55;"
    "--c2:#63d488;--warn:#ff8a7a}}"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:900px;margin:2em auto;"
    "padding:0 1em}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{padding:.2em .8em;border-bottom:1px solid var(--grid);text-align:right}"
    "th:first-child,td:first-child{text-align:left}.warning{color:var(--warn);font-weight:600}"
    "div{overflow-x:auto}svg{width:100%;margin-top:1.5em}svg text{font-size:12px;fill:var(--ink)}"
    "svg text.t{font-size:14px;font-weight:600}.g{stroke:var(--grid);fill:none}"
    ".l{fill:none;stroke-width:2;stroke-linecap:round}.s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}"
    ".b0{fill:var(--c0)}.b1{fill:var(--c0);opacity:.3}.k{fill:var(--warn);opacity:.15}";

std::string row(const char* cell, const std::vector<std::string>& values) {
  std::string out = "<tr>";
  for (const std::string& value : values)
    out.append("<").append(cell).append(">").append(escape_xml(value)).append("</").append(cell).append(">");
  return out + "</tr>\n";
}

std::string percentile_row(const std::string& name, const Histogram& histogram) {
  std::vector<std::string> values{name};
  for (const Percentile& percentile : kPercentiles) {
    values.push_back(histogram.resolves(percentile.quantile) ? format_nanos(histogram.quantile(percentile.quantile))
                                                             : "unresolved");
  }
  values.push_back(histogram.count() > 0 ? format_nanos(histogram.max()) : "none");
  values.push_back(std::to_string(histogram.count()));
  return row("td", values);
}

std::string percentile_table(const LoadResult& result) {
  std::vector<std::string> head{""};
  for (const Percentile& percentile : kPercentiles) head.emplace_back(percentile.name);
  head.emplace_back("max");
  head.emplace_back("samples");
  std::string out = "<div><table>\n" + row("th", head);
  if (!result.closed_loop) {
    out += percentile_row("lateness (intended -> sent)", result.tally.lateness);
    out += percentile_row("latency (intended -> answer)", result.tally.latency);
  }
  out += percentile_row("response (sent -> answer)", result.tally.response);
  for (const StageInterval& stage : result.stages.intervals) {
    if (stage.nanos.count() > 0) out += percentile_row(stage.name, stage.nanos);
  }
  if (result.kills.asked > 0) out += percentile_row("kill asked -> confirmed", result.kills.confirm);
  return out + "</table></div>\n";
}

/// x is the number of nines: 0 at 0 %, 1 at 90 %, 2 at 99 %; as far as there are samples for it.
PlotLine by_percentile(const char* name, const Histogram& histogram) {
  constexpr double kStep = 0.05, kMost = 5;
  PlotLine line{name, {}};
  for (double nines = 0; nines <= kMost; nines += kStep) {
    const double quantile = 1 - std::pow(10, -nines);
    if (!histogram.resolves(quantile)) break;
    line.points.emplace_back(nines, static_cast<double>(histogram.quantile(quantile)));
  }
  return line;
}

std::string distribution_plot(const LoadResult& result) {
  Plot plot;
  plot.title = "By percentile";
  plot.x_ticks = {{0, "0"},      {0.30103, "50 %"}, {1, "90 %"},    {2, "99 %"},
                  {3, "99.9 %"}, {4, "99.99 %"},    {5, "99.999 %"}};
  plot.lines.push_back(by_percentile("response", result.tally.response));
  if (!result.closed_loop) {
    plot.lines.push_back(by_percentile("latency", result.tally.latency));
    plot.lines.push_back(by_percentile("lateness", result.tally.lateness));
  }
  return draw(plot);
}

std::vector<PlotTick> second_ticks(std::size_t seconds) {
  constexpr std::size_t kTicks = 8;
  const std::size_t last = std::max<std::size_t>(seconds, 1);
  const std::size_t step = std::max<std::size_t>(1, (last + kTicks - 1) / kTicks);
  std::vector<PlotTick> ticks;
  for (std::size_t at = 0; at < last; at += step) ticks.push_back({static_cast<double>(at), std::to_string(at)});
  ticks.push_back({static_cast<double>(last), std::to_string(last) + " s"});
  return ticks;
}

std::string time_plots(const LoadResult& result) {
  const std::vector<Second>& seconds = result.tally.seconds;
  Plot latency;
  latency.title = "Over time";
  latency.lines = {{"p50", {}}, {"p99", {}}, {"max", {}}};
  Plot rate;
  rate.title = "Commands a second";
  rate.nanos = false;
  rate.lines = {{"sent", {}}, {"rejected: killed", {}}};
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    const double at = static_cast<double>(i) + 0.5;  // the middle of its second
    rate.lines[0].points.emplace_back(at, static_cast<double>(seconds[i].sent));
    if (result.kills.asked > 0) rate.lines[1].points.emplace_back(at, static_cast<double>(seconds[i].killed));
    if (seconds[i].latency_max_ns == 0) continue;
    latency.lines[0].points.emplace_back(at, static_cast<double>(seconds[i].latency_p50_ns));
    latency.lines[1].points.emplace_back(at, static_cast<double>(seconds[i].latency_p99_ns));
    latency.lines[2].points.emplace_back(at, static_cast<double>(seconds[i].latency_max_ns));
  }
  latency.x_ticks = rate.x_ticks = second_ticks(seconds.size());
  const double last = latency.x_ticks.back().at;
  for (const KillTally::Held& held : result.kills.held) {
    const double from = std::min(static_cast<double>(held.engaged.value()) / 1e9, last);
    latency.shaded.emplace_back(from, std::min(static_cast<double>(held.released.value()) / 1e9, last));
  }
  rate.shaded = latency.shaded;
  return draw(latency) + draw(rate);
}

std::string stage_plot(const LoadResult& result) {
  std::vector<Bar> bars;
  for (const StageInterval& stage : result.stages.intervals) {
    if (stage.nanos.count() > 0) bars.push_back({stage.name, stage.nanos.quantile(0.5), stage.nanos.quantile(0.99)});
  }
  if (bars.empty()) return "<p>No stages: no command asked for a receipt, or the services do not tell.</p>\n";
  return draw_bars("By stage: p50 (dark) and p99", bars);
}

}  // namespace

std::string report_html(const LoadOptions& options, std::size_t connections, const LoadResult& result) {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width\"/>\n<title>sluice load</title>\n<style>";
  out += std::string(kStyle) + "</style>\n</head>\n<body>\n<h1>sluice load</h1>\n";
  for (const std::string& warning : warnings(result)) out += "<p class=\"warning\">" + escape_xml(warning) + "</p>\n";
  out += "<p>" + escape_xml(describe(options, connections)) + "</p>\n<p>" + std::to_string(result.tally.sent) +
         " commands, " + std::to_string(std::llround(result.achieved_rate())) + "/s";
  if (!result.closed_loop) out += " of " + std::to_string(std::llround(result.intended_rate())) + "/s intended";
  out += ":";
  for (const Outcome outcome : kOutcomes) {
    if (result.tally.of(outcome) > 0)
      out += std::string(" ") + std::to_string(result.tally.of(outcome)) + " " + name_of(outcome);
  }
  out += "</p>\n" + percentile_table(result) + distribution_plot(result) + time_plots(result);
  if (!result.kills.held.empty())
    out += "<p>Shaded: an account was killed. A second holds what was meant to be sent in it.</p>\n";
  return out + stage_plot(result) + "</body>\n</html>\n";
}

}  // namespace sluice::load
