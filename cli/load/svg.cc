#include "cli/load/svg.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>

#include "cli/load/report.h"

namespace sluice::load {

namespace {

constexpr double kWidth = 860, kHeight = 320, kLeft = 80, kRight = 34, kTop = 36, kBottom = 40;

__attribute__((format(printf, 2, 3))) void append(std::string& out, const char* format, ...) {
  char piece[256];
  va_list values;
  va_start(values, format);
  const int length = std::vsnprintf(piece, sizeof(piece), format, values);
  va_end(values);
  out.append(piece, static_cast<std::size_t>(std::min<int>(length, sizeof(piece) - 1)));
}

void begin(std::string& out, const std::string& title, double height) {
  append(out, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n", kWidth, height);
  const std::string safe = escape_xml(title);
  out += "<title>" + safe + "</title>\n<text class=\"t\" x=\"" + std::to_string(static_cast<int>(kLeft)) +
         "\" y=\"20\">" + safe + "</text>\n";
}

void label(std::string& out, double x, double y, const char* anchor, const std::string& text) {
  append(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
  out += escape_xml(text) + "</text>\n";
}

/// Where values stand on the page.
struct Axis {
  double low, high;  // of the values, after the logarithm if there is one
  double from, to;   // on the page
  bool logarithmic;
  double operator()(double value) const {
    const double place = logarithmic ? std::log10(std::max(value, 1.0)) : value;
    return from + (place - low) / (high - low) * (to - from);
  }
};

Axis y_axis(const Plot& plot) {
  double low = HUGE_VAL, high = 0;
  for (const PlotLine& line : plot.lines) {
    for (const auto& [x, y] : line.points) {
      low = std::min(low, y);
      high = std::max(high, y);
    }
  }
  if (!plot.nanos) return {0, std::max(high * 1.05, 1.0), kHeight - kBottom, kTop, false};
  const double first = std::floor(std::log10(std::max(low, 1.0)));
  const double last = std::ceil(std::log10(std::max(high, 10.0)));
  return {first, std::max(last, first + 1), kHeight - kBottom, kTop, true};
}

void draw_y_ticks(std::string& out, const Plot& plot, const Axis& y) {
  constexpr int kCountTicks = 4;
  const auto tick = [&](double value, const std::string& text) {
    append(out, "<path class=\"g\" d=\"M%.1f %.1fH%.1f\"/>\n", kLeft, y(value), kWidth - kRight);
    label(out, kLeft - 6, y(value) + 4, "end", text);
  };
  if (plot.nanos) {
    for (double power = y.low; power <= y.high; power += 1)
      tick(std::pow(10, power), format_nanos(static_cast<std::uint64_t>(std::llround(std::pow(10, power)))));
  } else {
    for (int i = 0; i <= kCountTicks; ++i) {
      const double value = y.high * i / kCountTicks;
      tick(value, std::to_string(std::llround(value)));
    }
  }
}

}  // namespace

std::string escape_xml(const std::string& text) {
  std::string out;
  for (const char letter : text) {
    switch (letter) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<unsigned char>(letter) < ' ' ? ' ' : letter;
    }
  }
  return out;
}

std::string draw(const Plot& plot) {
  const bool empty = std::all_of(plot.lines.begin(), plot.lines.end(), [](const auto& l) { return l.points.empty(); });
  if (empty || plot.x_ticks.size() < 2) return {};
  const Axis y = y_axis(plot);
  const Axis x{plot.x_ticks.front().at, plot.x_ticks.back().at, kLeft, kWidth - kRight, false};
  std::string out;
  begin(out, plot.title, kHeight);
  for (const auto& [from, to] : plot.shaded)
    append(out, "<rect class=\"k\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n", x(from), kTop,
           std::max(x(to) - x(from), 1.0), kHeight - kBottom - kTop);
  draw_y_ticks(out, plot, y);
  for (const PlotTick& tick : plot.x_ticks) label(out, x(tick.at), kHeight - kBottom + 18, "middle", tick.label);
  for (std::size_t i = 0; i < plot.lines.size(); ++i) {
    const PlotLine& line = plot.lines[i];
    if (line.points.empty()) continue;
    append(out, "<path class=\"l s%zu\" d=\"", i);
    for (std::size_t p = 0; p < line.points.size(); ++p)
      append(out, "%c%.1f %.1f", p == 0 ? 'M' : 'L', x(line.points[p].first), y(line.points[p].second));
    // A single point is drawn as a dot.
    out += line.points.size() == 1 ? "h0.1\"/>\n" : "\"/>\n";
    const double at = kWidth - kRight - 150 * static_cast<double>(plot.lines.size() - i);
    append(out, "<path class=\"l s%zu\" d=\"M%.1f 16h18\"/>\n", i, at);
    label(out, at + 24, 20, "start", line.name);
  }
  return out + "</svg>\n";
}

std::string draw_bars(const std::string& title, const std::vector<Bar>& bars) {
  if (bars.empty()) return {};
  constexpr double kRow = 26, kNames = 230, kFigures = 170;
  std::uint64_t most = 1;
  for (const Bar& bar : bars) most = std::max({most, bar.half, bar.most});
  const double scale = (kWidth - kNames - kFigures) / static_cast<double>(most);
  std::string out;
  begin(out, title, kTop + kRow * static_cast<double>(bars.size()) + 10);
  double y = kTop;
  for (const Bar& bar : bars) {
    label(out, kNames - 8, y + 15, "end", bar.name);
    const double half = static_cast<double>(bar.half) * scale;
    const double all = static_cast<double>(std::max(bar.half, bar.most)) * scale;
    append(out, "<rect class=\"b1\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"16\"/>\n", kNames, y + 3, all);
    append(out, "<rect class=\"b0\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"16\"/>\n", kNames, y + 3, half);
    label(out, kNames + all + 6, y + 15, "start", format_nanos(bar.half) + " / " + format_nanos(bar.most));
    y += kRow;
  }
  return out + "</svg>\n";
}

}  // namespace sluice::load
