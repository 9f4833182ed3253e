// Plots as inline SVG: lines over two axes, and bars of spans. Colours come from the page (classes s0, s1, …). Pure
// functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sluice::load {

/// Text as it may stand in an element or an attribute.
std::string escape_xml(const std::string& text);

struct PlotLine {
  std::string name;
  std::vector<std::pair<double, double>> points;  // x, y
};
struct PlotTick {
  double at;
  std::string label;
};
struct Plot {
  std::string title;
  std::vector<PlotLine> lines;
  std::vector<PlotTick> x_ticks;                    // the first and the last are the ends of the axis
  bool nanos = true;                                // y in nanoseconds on a logarithmic axis; else a count from 0
  std::vector<std::pair<double, double>> shaded{};  // spans of x
};
/// Empty if no line has a point.
std::string draw(const Plot& plot);

struct Bar {
  std::string name;
  std::uint64_t half, most;  // p50 and p99, nanoseconds
};
/// A dark bar to p50, a light one to p99, a line each; from 0 on a linear axis.
std::string draw_bars(const std::string& title, const std::vector<Bar>& bars);

}  // namespace sluice::load
