#include "engine/core/slot_queue.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace sluice::core {
namespace {

TEST(SlotQueue, AgreesWithADequeAndNeverMovesAnElement) {
  std::mt19937_64 chance(5);
  SlotQueue<std::uint64_t> queue(8);
  std::deque<std::pair<std::uint32_t, std::uint64_t>> model;  // slot, value
  std::uint64_t pushed = 0;
  for (int step = 0; step < 20'000; ++step) {
    // Long tides, so that the circle grows, empties, and is walked round again.
    const bool push = model.empty() || chance() % 100 < (step / 1000 % 2 == 0 ? 60u : 42u);
    if (push) {
      model.emplace_back(queue.push(pushed), pushed);
      ++pushed;
    } else {
      queue.pop_front();
      model.pop_front();
    }
    ASSERT_EQ(queue.size(), model.size());
    if (model.empty()) continue;
    ASSERT_EQ(queue.front(), model.front().first);
    ASSERT_EQ(queue.back(), model.back().first);
    const auto& [slot, value] = model[chance() % model.size()];
    ASSERT_EQ(queue[slot], value);
  }
  std::vector<std::uint64_t> walked;
  queue.for_each([&](std::uint64_t value) { walked.push_back(value); });
  ASSERT_EQ(walked.size(), model.size());
  for (std::size_t i = 0; i < model.size(); ++i) EXPECT_EQ(walked[i], model[i].second);
}

TEST(SlotQueue, ASteadyFlowNeedsNoMoreRoomHoweverLongItLasts) {
  SlotQueue<int> queue(64);
  for (int i = 0; i < 100; ++i) queue.push(i);
  const std::uint64_t room = queue.capacity();
  for (int i = 0; i < 100'000; ++i) {
    queue.pop_front();
    queue.push(i);
  }
  EXPECT_LE(queue.capacity(), room + 64);
}

}  // namespace
}  // namespace sluice::core
