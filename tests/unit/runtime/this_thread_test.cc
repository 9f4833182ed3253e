#include "runtime/this_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>

namespace sluice::runtime {
namespace {

std::string name_of_this_thread() {
  std::array<char, 32> name{};
  EXPECT_EQ(pthread_getname_np(pthread_self(), name.data(), name.size()), 0);
  return name.data();
}

std::string kept_of(std::string_view name) {
  std::string kept;
  std::thread([&] {
    name_this_thread(name);
    kept = name_of_this_thread();
  }).join();
  return kept;
}

TEST(ThreadName, IsTheOneThatToolsShow) { EXPECT_EQ(kept_of("executing"), "executing"); }

TEST(ThreadName, ALongerOneIsCutNotRefused) { EXPECT_EQ(kept_of("a-name-of-20-letters"), "a-name-of-20-le"); }

TEST(ThreadName, OfOneThreadLeavesTheOthersAlone) {
  const std::string before = name_of_this_thread();
  EXPECT_EQ(kept_of("other"), "other");
  EXPECT_EQ(name_of_this_thread(), before);
}

TEST(StepBehindOrderPath, IsOfThisThreadAlone) {
  const auto nice = [] { return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())); };
  const int before = nice();
  int lowered = before;
  std::thread([&] {
    step_behind_order_path(3);
    lowered = nice();
  }).join();
  EXPECT_EQ(lowered, std::min(before + 3, 19));
  EXPECT_EQ(nice(), before);
}

}  // namespace
}  // namespace sluice::runtime
