#include "projections/progress_board.h"

#include <gtest/gtest.h>

#include <thread>

namespace sluice::projections {
namespace {

ShardProgress at(std::uint64_t cmd) {
  return {.state = ProjectionState::kLive, .cmd_sequence = CmdSequence{cmd}, .evt_sequence = {}, .halted = {}};
}

TEST(ProgressBoard, CallbackRunsAtOnceIfTheTokenIsReached) {
  ProgressBoard board(1);
  board.announce(ShardId{0}, at(5));
  int calls = 0;
  EXPECT_EQ(board.when_reached({{ShardId{0}, CmdSequence{5}}}, [&] { ++calls; }), 0u);
  EXPECT_EQ(calls, 1);
}

TEST(ProgressBoard, CallbackRunsOnceWhenEveryShardOfTheTokenIsThere) {
  ProgressBoard board(2);
  int calls = 0;
  EXPECT_NE(board.when_reached({{ShardId{0}, CmdSequence{5}}, {ShardId{1}, CmdSequence{7}}}, [&] { ++calls; }), 0u);
  board.announce(ShardId{0}, at(5));
  EXPECT_EQ(calls, 0);
  board.announce(ShardId{1}, at(6));
  EXPECT_EQ(calls, 0);
  board.announce(ShardId{1}, at(9));
  EXPECT_EQ(calls, 1);
  board.announce(ShardId{1}, at(10));
  EXPECT_EQ(calls, 1);
}

TEST(ProgressBoard, ForgottenWaiterIsNotCalled) {
  ProgressBoard board(1);
  int calls = 0;
  board.forget(board.when_reached({{ShardId{0}, CmdSequence{5}}}, [&] { ++calls; }));
  board.announce(ShardId{0}, at(5));
  EXPECT_EQ(calls, 0);
}

TEST(ProgressBoard, WaitEndsWhenReachedOrInTime) {
  ProgressBoard board(1);
  EXPECT_FALSE(board.wait({{ShardId{0}, CmdSequence{5}}}, Nanos{kNanosPerMilli}));
  std::thread projector([&] { board.announce(ShardId{0}, at(5)); });
  EXPECT_TRUE(board.wait({{ShardId{0}, CmdSequence{5}}}, Nanos{60 * kNanosPerSecond}));
  projector.join();
}

TEST(ProgressBoard, HealthNeedsEveryShard) {
  ProgressBoard board(2);
  board.announce(ShardId{0}, at(1));
  EXPECT_FALSE(board.all_live());
  board.announce(ShardId{1}, at(1));
  EXPECT_TRUE(board.all_live());
}

}  // namespace
}  // namespace sluice::projections
