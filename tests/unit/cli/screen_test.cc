// The screen: what a terminal gets, byte for byte, and that anything else gets plain lines.
#include "cli/demo/screen.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

namespace sluice::cli {
namespace {

using Size = std::optional<TerminalSize>;

class ScreenTest : public testing::Test {
 protected:
  std::string taken() {
    std::string text = out_.str();
    out_.str({});
    return text;
  }
  Screen terminal(std::size_t rows, std::size_t columns, bool colour = false) {
    size_ = {rows, columns};
    return Screen(
        out_, [this]() -> Size { return size_; }, colour);
  }

  std::ostringstream out_;
  TerminalSize size_;
};

TEST_F(ScreenTest, ThePanelIsDrawnBelowTheLinesAndAgainInPlace) {
  Screen screen = terminal(24, 80);
  screen.say("one");
  EXPECT_EQ(taken(), "one\n");
  screen.show({"a", "b"});
  EXPECT_EQ(taken(), "\033[?25l\ra\033[K\n\rb\033[K\n") << "the cursor is hidden";
  screen.show({"c"});
  EXPECT_EQ(taken(), "\033[2A\r\033[J\rc\033[K\n");
  screen.say("two");
  EXPECT_EQ(taken(), "\033[1A\r\033[Jtwo\n\rc\033[K\n") << "the line goes above";
  screen.status("bar");
  EXPECT_EQ(taken(), "\033[1A\r\033[J\rbar\033[K\n\rc\033[K\n");
  screen.end();
  EXPECT_EQ(taken(), "\033[2A\r\033[J\033[?25h") << "as if it had never been there";
}

TEST_F(ScreenTest, ANarrowOrLowWindowCutsThePanel) {
  Screen screen = terminal(6, 5);
  screen.show({"abcdef", "ok", "third"});
  EXPECT_EQ(taken(), "\033[?25l\rabc…\033[K\n\rok\033[K\n") << "never as wide as the window: it might wrap";
  size_ = {24, 80};
  screen.show({"abcdef", "ok", "third"});
  EXPECT_EQ(taken(), "\033[2A\r\033[J\rabcdef\033[K\n\rok\033[K\n\rthird\033[K\n") << "a larger window is filled";
}

TEST_F(ScreenTest, WithoutATerminalThereAreOnlyPlainLines) {
  Screen screen(
      out_, [] { return Size{}; }, true);
  screen.show({"a"});
  screen.status("bar");
  screen.say("  ok    held", Tone::kGood);
  screen.say("  FAILED broken", Tone::kBad);
  screen.end();
  EXPECT_EQ(taken(), "  ok    held\n  FAILED broken\n");
  EXPECT_FALSE(screen.pinned());
}

TEST_F(ScreenTest, ColoursOnlyWhereTheyAreWanted) {
  Screen plain = terminal(24, 80, false);
  plain.say("x", Tone::kBad);
  EXPECT_EQ(taken(), "x\n");
  Screen coloured = terminal(24, 80, true);
  coloured.say("x", Tone::kBad);
  EXPECT_EQ(taken(), "\033[1;31mx\033[0m\n");
}

TEST(Fit, CutsByCharactersAndSaysSo) {
  EXPECT_EQ(fit("abc", 3), "abc");
  EXPECT_EQ(fit("abcd", 3), "ab…");
  EXPECT_EQ(fit("äöüß", 3), "äö…");
  EXPECT_EQ(fit("ab", 1), "…");
  EXPECT_EQ(fit("ab", 0), "");
  EXPECT_EQ(width_of("── ä"), 4u);
}

TEST(Terminal, AFileIsNone) {
  std::FILE* file = std::tmpfile();
  EXPECT_FALSE(terminal_size(fileno(file)).has_value());
  std::fclose(file);
}

TEST(Terminal, NoColorIsRespectedIfItIsNotEmpty) {
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(colour_wanted());
  ::setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(colour_wanted());
  ::unsetenv("NO_COLOR");
  EXPECT_TRUE(colour_wanted());
}

}  // namespace
}  // namespace sluice::cli
