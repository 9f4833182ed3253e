#include "cli/perf/plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdio>

#include "domain/utc.h"

namespace sluice::cli {

namespace {

constexpr double kWidth = 960, kHeight = 420, kLeft = 90, kBottom = 50, kTop = 40, kRight = 150;
constexpr std::array kColours{"#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b"};

[[gnu::format(printf, 1, 2)]] std::string printed(const char* format, ...) {
  std::array<char, 512> text{};
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text.data(), text.size(), format, arguments);
  va_end(arguments);
  return text.data();
}

std::string value_text(double value, bool spans) { return spans ? span_text(value) : printed("%.4g", value); }

/// Of all points; a flat line gets room around it.
struct Range {
  std::int64_t from = INT64_MAX, to = INT64_MIN;
  double low = HUGE_VAL, high = 0;
  explicit Range(const std::vector<PlotLine>& lines) {
    for (const PlotLine& line : lines) {
      for (const PlotPoint& point : line.points) {
        from = std::min(from, point.time.value());
        to = std::max(to, point.time.value());
        low = std::min(low, std::max(point.value, 0.5));
        high = std::max(high, std::max(point.value, 0.5));
      }
    }
    if (low > high) low = high = 1;
    if (high / low < 1.2) {
      low /= 1.1;
      high *= 1.1;
    }
    if (to < from) from = to = 0;
    if (to == from) to = from + 1;
  }
  /// 0..1
  double x(Nanos time) const { return static_cast<double>(time.value() - from) / static_cast<double>(to - from); }
  double y(double value) const { return std::log(std::max(value, 0.5) / low) / std::log(high / low); }
  double at(double y) const { return low * std::pow(high / low, y); }
};

std::string clock_text(std::int64_t nanos) { return utc_text(Nanos{nanos}).substr(0, 19) + "Z"; }

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') out += "&lt;";
    else if (c == '&') out += "&amp;";
    else out += c;
  }
  return out;
}

}  // namespace

std::string span_text(double nanos) {
  constexpr std::array<std::pair<double, const char*>, 4> kUnits{{{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}}};
  for (const auto& [unit, name] : kUnits) {
    if (nanos >= unit || unit == 1) return printed("%.3g %s", nanos / unit, name);
  }
  return {};
}

std::string terminal_plot(const PlotLine& line, std::size_t columns, std::size_t rows, bool spans) {
  const Range range({line});
  std::vector<double> sums(columns), counts(columns);
  for (const PlotPoint& point : line.points) {
    const auto column =
        std::min(columns - 1, static_cast<std::size_t>(range.x(point.time) * static_cast<double>(columns)));
    sums[column] += point.value;
    counts[column] += 1;
  }
  constexpr std::array kEighths{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string plot = line.name + "\n";
  for (std::size_t row = rows; row-- > 0;) {
    const bool labelled = row == rows - 1 || row == 0 || row == rows / 2;
    const double height = row == rows - 1 ? 1.0 : static_cast<double>(row) / static_cast<double>(rows);
    plot += printed("%10s |", labelled ? value_text(range.at(height), spans).c_str() : "");
    for (std::size_t column = 0; column < columns; ++column) {
      if (counts[column] == 0) {
        plot += ' ';
        continue;
      }
      // At least an eighth, so that the least value is seen.
      const double filled = std::max(0.125, range.y(sums[column] / counts[column]) * static_cast<double>(rows));
      const double here = std::clamp(filled - static_cast<double>(row), 0.0, 1.0);
      plot += kEighths[static_cast<std::size_t>(std::ceil(here * 8))];
    }
    plot += '\n';
  }
  plot += std::string(11, ' ') + '+' + std::string(columns, '-') + '\n';
  if (!line.points.empty()) {
    const std::string from = clock_text(range.from), to = clock_text(range.to);
    const std::size_t gap = columns > from.size() + to.size() ? columns - from.size() - to.size() : 1;
    plot += std::string(12, ' ') + from + std::string(gap, ' ') + to + '\n';
  }
  return plot;
}

std::string svg_plot(const std::string& title, const std::vector<PlotLine>& lines, bool spans) {
  const Range range(lines);
  const double width = kWidth - kLeft - kRight, height = kHeight - kTop - kBottom;
  const auto x = [&](Nanos time) { return kLeft + range.x(time) * width; };
  const auto y = [&](double value) { return kTop + (1 - range.y(value)) * height; };
  std::string svg = printed(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
      kWidth, kHeight);
  svg += printed("<text x=\"%.0f\" y=\"22\" font-size=\"15\">", kLeft) + escaped(title) + "</text>\n";
  for (int tick = 0; tick <= 4; ++tick) {
    const double value = range.at(tick / 4.0);
    svg += printed("<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>", kLeft, kLeft + width,
                   y(value), y(value));
    svg += printed("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", kLeft - 6, y(value) + 4,
                   value_text(value, spans).c_str());
  }
  svg += printed("<text x=\"%.1f\" y=\"%.1f\">%s</text>", kLeft, kHeight - 20, clock_text(range.from).c_str());
  svg += printed("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", kLeft + width, kHeight - 20,
                 clock_text(range.to).c_str());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const char* colour = kColours[i % kColours.size()];
    std::string path;
    for (const PlotPoint& point : lines[i].points) path += printed("%.1f,%.1f ", x(point.time), y(point.value));
    svg += "<polyline fill=\"none\" stroke-width=\"1.5\" stroke=\"" + std::string(colour) + "\" points=\"" + path +
           "\"/>\n";
    svg += printed("<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">", kLeft + width + 8,
                   kTop + 14 + 16 * static_cast<double>(i), colour) +
           escaped(lines[i].name) + "</text>\n";
  }
  return svg + "</svg>\n";
}

}  // namespace sluice::cli
