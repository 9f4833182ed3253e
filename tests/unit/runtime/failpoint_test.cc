#include "runtime/failpoint.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace sluice::runtime {
namespace {

TEST(FailpointDeathTest, EndsTheProcessAtTheCountedHitOfItsName) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        arm_failpoint("here:2");
        failpoint("elsewhere");
        failpoint("here");
        std::fputs("first hit survived\n", stderr);
        failpoint("here");
        std::_Exit(0);
      },
      testing::ExitedWithCode(kFailpointExitCode), "first hit survived");
}

TEST(Failpoint, UnarmedDoesNothing) {
  EXPECT_TRUE(arm_failpoint(""));
  failpoint("here");
}

TEST(Failpoint, MalformedSpecIsRefused) {
  for (const char* spec : {"here", "here:", "here:0", ":1", "here:x", "here:1x"})
    EXPECT_FALSE(arm_failpoint(spec)) << spec;
}

}  // namespace
}  // namespace sluice::runtime
