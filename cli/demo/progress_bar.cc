#include "cli/demo/progress_bar.h"

#include <algorithm>

#include "cli/demo/text.h"

namespace sluice::cli {

namespace {

constexpr std::size_t kBarMax = 40, kBarMin = 5;

int percent_of(std::uint64_t done, std::uint64_t all) {
  return all == 0 ? 100 : static_cast<int>(std::min(done, all) * 100 / all);
}

std::string repeated(const char* text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

std::string bar_text(const std::string& label, std::uint64_t done, std::uint64_t all, const std::string& unit,
                     std::size_t columns) {
  const int percent = percent_of(done, all);
  const std::string figures =
      pad_left(std::to_string(percent), 3) + " %  " + grouped(done) + " of " + grouped(all) + ' ' + unit;
  const std::size_t others = width_of(label) + width_of(figures) + 4;  // two spaces, two brackets
  if (columns < others + kBarMin) return fit(label + ' ' + figures, columns);
  const std::size_t bar = std::min(columns - others, kBarMax);
  const std::size_t full = bar * static_cast<std::size_t>(percent) / 100;
  return label + " [" + repeated("█", full) + repeated("░", bar - full) + "] " + figures;
}

void ProgressBar::at(std::uint64_t done, std::uint64_t all) {
  if (screen_.pinned()) {
    screen_.status(bar_text(label_, done, all, unit_, screen_.columns() - 1));
    return;
  }
  const int tenths = percent_of(done, all) / 10;
  if (tenths <= told_tenths_) return;
  told_tenths_ = tenths;
  screen_.say(label_ + ' ' + std::to_string(percent_of(done, all)) + " %  " + grouped(done) + " of " + grouped(all) +
              ' ' + unit_);
}

}  // namespace sluice::cli
