// Plots of a quantity over time: for a terminal, and as a picture (SVG). Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "domain/money.h"

namespace sluice::cli {

struct PlotPoint {
  Nanos time;  // Unix
  double value = 0;
};
struct PlotLine {
  std::string name;
  std::vector<PlotPoint> points;  // by time
};

/// Nanoseconds in the unit in which one reads them: `12.3 ms`.
std::string span_text(double nanos);
/// Rows of text, logarithmic upwards: the mean of what falls into a column. `columns` and `rows` without the labels.
std::string terminal_plot(const PlotLine& line, std::size_t columns, std::size_t rows, bool spans);
/// A picture with all lines, logarithmic upwards.
std::string svg_plot(const std::string& title, const std::vector<PlotLine>& lines, bool spans);

}  // namespace sluice::cli
