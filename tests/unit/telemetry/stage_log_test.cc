#include "telemetry/stage_log.h"

#include <gtest/gtest.h>

#include <thread>

namespace sluice::telemetry {
namespace {

TEST(StageLog, KnowsEachStageOfEachMessageUntilNewerOnesTakeItsPlace) {
  StageLog log(2);
  EXPECT_EQ(log.at(0, 7), Nanos{0});
  log.mark(0, 7, Nanos{100});
  EXPECT_EQ(log.at(0, 0), Nanos{0}) << "no message";
  EXPECT_EQ(log.at(0, 7), Nanos{100});
  EXPECT_EQ(log.at(1, 7), Nanos{0}) << "the other stage is not passed yet";
  log.mark(1, 7, Nanos{200});
  log.mark(0, 7 + StageLog::kRemembered, Nanos{300});
  EXPECT_EQ(log.at(0, 7), Nanos{0}) << "forgotten";
  EXPECT_EQ(log.at(0, 7 + StageLog::kRemembered), Nanos{300});
  EXPECT_EQ(log.at(1, 7), Nanos{200}) << "stages are forgotten one by one";
}

// The writer's time stamp is a function of the sequence, so a reader can tell a mix of two messages.
TEST(StageLog, AReaderNeverSeesAnotherMessagesTime) {
  StageLog log(1);
  std::atomic<std::uint64_t> newest{0};
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (std::uint64_t sequence = 1; !stop.load(std::memory_order_relaxed); ++sequence) {
      log.mark(0, sequence, Nanos{static_cast<std::int64_t>(sequence * 3 + 1)});
      newest.store(sequence, std::memory_order_release);
    }
  });
  for (std::uint64_t seen = 0; seen < 100'000;) {
    // By turns one that stands and one that is being overwritten just now.
    const std::uint64_t head = newest.load(std::memory_order_acquire);
    const bool oldest = seen % 2 == 1 && head > StageLog::kRemembered;
    const std::uint64_t sequence = oldest ? head - StageLog::kRemembered + 1 : head;
    const Nanos at = log.at(0, sequence);
    if (sequence == 0) continue;
    ++seen;
    const bool whole = at == Nanos{0} || at.value() == static_cast<std::int64_t>(sequence * 3 + 1);
    EXPECT_TRUE(whole) << sequence << ' ' << at.value();
  }
  stop.store(true);
  writer.join();
}

}  // namespace
}  // namespace sluice::telemetry
