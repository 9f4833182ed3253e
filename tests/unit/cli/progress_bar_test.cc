// The progress bar: its text at every width, and lines instead of it where there is no terminal.
#include "cli/demo/progress_bar.h"

#include <gtest/gtest.h>

#include <sstream>

#include "cli/demo/text.h"

namespace sluice::cli {
namespace {

TEST(BarText, FillsTheWidthUpToABound) {
  EXPECT_EQ(bar_text("rebuild", 0, 1'000, "rows", 43), "rebuild [░░░░░░░░░░]   0 %  0 of 1,000 rows");
  EXPECT_EQ(bar_text("rebuild", 500, 1'000, "rows", 40), "rebuild [██░░░]  50 %  500 of 1,000 rows");
  EXPECT_EQ(width_of(bar_text("rebuild", 500, 1'000, "rows", 40)), 40u);
  EXPECT_EQ(width_of(bar_text("rebuild", 1, 2, "rows", 500)),
            width_of("rebuild [] ") + 40 + width_of(" 50 %  1 of 2 rows"));
}

TEST(BarText, WithoutRoomThereIsNoBar) {
  EXPECT_EQ(bar_text("rebuild", 500, 1'000, "rows", 36), "rebuild  50 %  500 of 1,000 rows");
  EXPECT_EQ(bar_text("rebuild", 500, 1'000, "rows", 10), "rebuild  …");
}

TEST(BarText, NothingToDoIsDoneAndMoreThanAllIsAll) {
  EXPECT_NE(bar_text("r", 0, 0, "rows", 20).find("100 %"), std::string::npos);
  EXPECT_NE(bar_text("r", 7, 5, "rows", 20).find("100 %"), std::string::npos);
}

TEST(ProgressBar, TellsEachTenthOnceWithoutATerminal) {
  std::ostringstream out;
  Screen screen(
      out, [] { return std::optional<TerminalSize>{}; }, true);
  {
    ProgressBar bar(screen, "rebuild", "rows");
    for (const std::uint64_t done : {0u, 1u, 9u, 15u, 19u, 100u, 100u}) bar.at(done, 100);
  }
  EXPECT_EQ(out.str(), "rebuild 0 %  0 of 100 rows\nrebuild 15 %  15 of 100 rows\nrebuild 100 %  100 of 100 rows\n");
}

TEST(ProgressBar, IsDrawnInPlaceOnATerminalAndTakenAway) {
  std::ostringstream out;
  Screen screen(
      out,
      [] {
        return std::optional<TerminalSize>{{24, 30}};
      },
      false);
  {
    ProgressBar bar(screen, "r", "x");
    bar.at(1, 2);
  }
  EXPECT_EQ(out.str(), "\033[?25l\rr [████░░░░░]  50 %  1 of 2 x\033[K\n\033[1A\r\033[J");
}

TEST(Grouped, PutsCommasBetweenThousands) {
  EXPECT_EQ(grouped(std::uint64_t{0}), "0");
  EXPECT_EQ(grouped(std::uint64_t{999}), "999");
  EXPECT_EQ(grouped(std::uint64_t{1'000}), "1,000");
  EXPECT_EQ(grouped(std::int64_t{-1'234'567}), "-1,234,567");
  EXPECT_EQ(grouped(INT64_MIN), "-9,223,372,036,854,775,808");
  EXPECT_EQ(grouped(999.6), "1,000");
}

}  // namespace
}  // namespace sluice::cli
