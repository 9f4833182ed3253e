#include "runtime/shutdown.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

#include "runtime/logging.h"

namespace sluice::runtime {
namespace {

TEST(ShutdownDeathTest, SignalDrainsAndExitsZero) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Shutdown shutdown;
        kill(getpid(), SIGTERM);
        std::_Exit(run_until_shutdown(shutdown, Nanos{10 * kNanosPerSecond}, [] { std::fputs("drained\n", stderr); }));
      },
      testing::ExitedWithCode(0), "drained");
}

TEST(ShutdownDeathTest, SecondSignalExitsAtOnce) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Shutdown shutdown;
        kill(getpid(), SIGINT);
        run_until_shutdown(shutdown, Nanos{60 * kNanosPerSecond}, [] {
          kill(getpid(), SIGINT);
          pause();
        });
      },
      testing::ExitedWithCode(Shutdown::kImpatientExitCode), "shutting down");
}

TEST(ShutdownDeathTest, DrainThatTakesTooLongEndsWithOne) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Shutdown shutdown;
        shutdown.request();
        run_until_shutdown(shutdown, Nanos{kNanosPerMilli}, [] { pause(); });
      },
      testing::ExitedWithCode(1), "not drained in time");
}

TEST(Logging, WritesFieldsAsTextAndJson) {
  ASSERT_TRUE(set_up_logging("unit", "info", LogFormat::kJson).ok());
  testing::internal::CaptureStderr();
  log_info("a \"thing\"", {{"count", 3}, {"name", "x y"}, {"good", true}});
  log_debug("not shown");
  const std::string json = testing::internal::GetCapturedStderr();
  EXPECT_NE(json.find(R"("msg":"a \"thing\"","count":3,"name":"x y","good":true})"), std::string::npos) << json;
  EXPECT_EQ(json.find("not shown"), std::string::npos);
  ASSERT_TRUE(set_up_logging("unit", "info", LogFormat::kText).ok());
  testing::internal::CaptureStderr();
  log_warn("a thing", {{"count", 3}, {"name", "x y"}});
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("level=warn program=unit msg=\"a thing\" count=3 name=\"x y\""), std::string::npos) << text;
  EXPECT_FALSE(set_up_logging("unit", "loud").ok());
}

}  // namespace
}  // namespace sluice::runtime
