// How the demo tells and counts its checks.
#include "cli/demo/narrative.h"

#include <gtest/gtest.h>

#include <sstream>

namespace sluice::cli {
namespace {

TEST(Narrative, TellsStepsAndChecksAndCountsThem) {
  std::ostringstream out;
  Screen screen(
      out, [] { return std::optional<TerminalSize>{}; }, true);
  Narrative narrative(screen);
  EXPECT_FALSE(narrative.all_held()) << "nothing was checked";
  narrative.step("start");
  EXPECT_TRUE(narrative.check("answers", true, "after 1 ms"));
  EXPECT_TRUE(narrative.all_held());
  narrative.step("stop");
  narrative.tell("by the way");
  EXPECT_FALSE(narrative.check("stops", false, "code 3"));
  EXPECT_FALSE(narrative.check("is gone", false));
  EXPECT_EQ(out.str(),
            "1  start\n  ok    answers (after 1 ms)\n2  stop\n        by the way\n  FAILED stops: code 3\n"
            "  FAILED is gone\n");
  EXPECT_EQ(narrative.held(), 1);
  EXPECT_EQ(narrative.checks(), 3);
  EXPECT_FALSE(narrative.all_held());
  EXPECT_EQ(narrative.record()[1].dump(), R"({"step":2,"name":"stops","held":false,"detail":"code 3"})");
}

}  // namespace
}  // namespace sluice::cli
