// ProgressBar: how far something long has come, as a bar on a terminal and as a line every tenth elsewhere. One thread.
#pragma once

#include <cstdint>
#include <string>

#include "cli/demo/screen.h"

namespace sluice::cli {

/// `label [██████░░░░]  60 %  600 of 1000 messages`, at most `columns` characters wide; without room for a bar, no bar.
/// Nothing to do counts as done.
std::string bar_text(const std::string& label, std::uint64_t done, std::uint64_t all, const std::string& unit,
                     std::size_t columns);

class ProgressBar {
 public:
  ProgressBar(Screen& screen, std::string label, std::string unit)
      : screen_(screen), label_(std::move(label)), unit_(std::move(unit)) {}
  /// Takes the bar away.
  ~ProgressBar() { screen_.status({}); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void at(std::uint64_t done, std::uint64_t all);

 private:
  Screen& screen_;
  const std::string label_, unit_;
  int told_tenths_ = -1;
};

}  // namespace sluice::cli
