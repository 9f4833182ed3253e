#include <cstdlib>

#include "projections/views/log_index_view.h"
#include "projector_fixture.h"
#include "runtime/failpoint.h"

namespace sluice::projections {
namespace {

using test::RandomFlow;
using test::ShardRig;

class ProjectorTest : public ProjectorFixture {};

TEST_F(ProjectorTest, FollowsTheLogAndAnnounces) {
  const AccountId alice = rig_.account("alice");
  const auto process = start();
  ASSERT_TRUE(caught_up(*process));
  const InstrumentId btc = rig_.instrument("BTC-USD");
  rig_.orders({ShardRig::limit(alice, btc, Side::kBuy, 100, 5, "a1")});
  ASSERT_TRUE(caught_up(*process));
  const ShardProgress progress = process->board.of(ShardId{0});
  EXPECT_EQ(progress.evt_sequence, EvtSequence{rig_.last_sequence()});
  EXPECT_EQ(progress.log_last, rig_.last_sequence());
  EXPECT_EQ(progress.state, ProjectionState::kLive);
  EXPECT_EQ(process->names.account(ShardId{0}, *Name::from("alice")), alice);
  EXPECT_EQ(process->names.symbol(ShardId{0}, btc), "BTC-USD");
}

TEST_F(ProjectorTest, RestartContinuesBehindItsCheckpoint) {
  RandomFlow flow(rig_, 1);
  for (int i = 0; i < 50; ++i) flow.step();
  {
    const auto process = start();
    ASSERT_TRUE(caught_up(*process));
  }
  for (int i = 0; i < 50; ++i) flow.step();
  const auto process = start();
  ASSERT_TRUE(caught_up(*process));
  EXPECT_EQ(process->names.account(ShardId{0}, *Name::from("alice")), flow.accounts()[0]);
  const auto rebuilt = start("rebuilt");
  ASSERT_TRUE(caught_up(*rebuilt));
  EXPECT_EQ(process->store->digest(ShardId{0}).value().hash, rebuilt->store->digest(ShardId{0}).value().hash);
}

TEST_F(ProjectorTest, VoidMessagesAreCountedOnceAcrossRestarts) {
  rig_.write_void();
  rig_.write_void();
  rig_.account("alice");
  {
    const auto process = start();
    ASSERT_TRUE(caught_up(*process));
    EXPECT_EQ(process->board.of(ShardId{0}).void_messages, 2u);
  }
  rig_.write_void();
  rig_.account("bob");
  const auto process = start();
  ASSERT_TRUE(caught_up(*process));
  EXPECT_EQ(process->board.of(ShardId{0}).void_messages, 3u);
}

TEST_F(ProjectorTest, WaitsForALogThatIsAway) {
  rig_.account("alice");
  log_.set_available(false);
  const auto process = start();
  EXPECT_FALSE(process->board.wait({{ShardId{0}, rig_.cmd_sequence()}}, Nanos{20 * kNanosPerMilli}));
  log_.set_available(true);
  EXPECT_TRUE(caught_up(*process));
}

TEST_F(ProjectorTest, HaltsOnADamagedMessageAndKeepsWhatWasCompleteBefore) {
  rig_.account("alice");
  const CmdSequence good = rig_.cmd_sequence();
  rig_.account("bob");
  log_.corrupt(rig_.stream(), rig_.last_sequence(), 120);
  const auto process = start();
  ASSERT_TRUE(eventually([&] { return process->board.of(ShardId{0}).state == ProjectionState::kHalted; }));
  const ShardProgress progress = process->board.of(ShardId{0});
  EXPECT_EQ(progress.cmd_sequence, good);
  EXPECT_NE(progress.halted.find("chain"), std::string::npos) << progress.halted;
}

TEST_F(ProjectorTest, HaltsWhenTheLogHasLostItsTail) {
  rig_.account("alice");
  rig_.account("bob");
  {
    const auto process = start();
    ASSERT_TRUE(caught_up(*process));
  }
  log_.truncate(rig_.stream(), rig_.last_sequence() - 1);
  const auto process = start();
  ASSERT_TRUE(eventually([&] { return process->board.of(ShardId{0}).state == ProjectionState::kHalted; }));
  EXPECT_NE(process->board.of(ShardId{0}).halted.find("truncated"), std::string::npos);
}

TEST_F(ProjectorTest, LogIndexLetsAReaderBeginInTheMiddle) {
  RandomFlow flow(rig_, 3);
  while (rig_.last_sequence() < 3 * log_index_view::kSpacing) rig_.control(FrameClass::kControl, Tick{});
  const auto process = start();
  ASSERT_TRUE(caught_up(*process));
  const auto found = log_index_view::find(process->store->read(), ShardId{0}, EvtSequence{2500});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->evt_sequence, EvtSequence{2048});
  EXPECT_TRUE(eventlog::check_checkpoint(log_, ShardId{0}, *found).ok());
  EXPECT_FALSE(log_index_view::find(process->store->read(), ShardId{0}, EvtSequence{1000}).has_value());
}

/// Dies in a process of its own at `failpoint`; this process then goes on in the same directory.
class ProjectorDeathTest : public ProjectorFixture {
 protected:
  void expect_same_rows_after_crash_at(const char* failpoint) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    // The re-executed child comes by here, too, and must use the parent's directory.
    setenv("SLUICE_TEST_CRASH_DIR", (dir_.path() / "crashed").c_str(), 0);
    const std::string crashed = getenv("SLUICE_TEST_CRASH_DIR");
    RandomFlow flow(rig_, 11);
    for (int i = 0; i < 200; ++i) flow.step();
    EXPECT_EXIT(
        {
          runtime::arm_failpoint(failpoint);
          const auto process = start(crashed.c_str(), nullptr, 7);
          caught_up(*process);
          std::_Exit(0);
        },
        testing::ExitedWithCode(runtime::kFailpointExitCode), "");
    const auto recovered = start(crashed.c_str());
    ASSERT_TRUE(caught_up(*recovered));
    const auto rebuilt = start("rebuilt");
    ASSERT_TRUE(caught_up(*rebuilt));
    EXPECT_EQ(recovered->store->digest(ShardId{0}).value().hash, rebuilt->store->digest(ShardId{0}).value().hash);
    EXPECT_EQ(recovered->board.of(ShardId{0}).void_messages, rebuilt->board.of(ShardId{0}).void_messages);
    unsetenv("SLUICE_TEST_CRASH_DIR");
  }
};

TEST_F(ProjectorDeathTest, BatchWrittenAndNotAnnouncedCountsOnce) {
  expect_same_rows_after_crash_at("projector_batch_written:5");
}
TEST_F(ProjectorDeathTest, BatchBegunAndNotWrittenIsReadAgain) {
  expect_same_rows_after_crash_at("projector_before_batch:5");
}

}  // namespace
}  // namespace sluice::projections
