// The frame around decisions: sequence, log time, state hash, apply, frames that are none.
#include "engine/core/engine.h"

#include <gtest/gtest.h>

#include "tests/support/core_fixture.h"

namespace sluice::core {
namespace {

TEST(EngineFrame, StartsAfterGenesis) {
  CoreFixture core;
  EXPECT_EQ(core.engine().cmd_sequence(), CmdSequence{1});
  core.account("A");
  EXPECT_EQ(core.last().cmd_sequence, CmdSequence{2});
  EXPECT_EQ(core.engine().cmd_sequence(), CmdSequence{2});
}

TEST(EngineFrame, LogTimeNeverRunsBackwards) {
  CoreFixture core;
  core.account("A");
  const Nanos before = core.engine().log_time();
  core.advance_millis(-500);
  EXPECT_EQ(core.control("engine", Tick{}).log_time, before);
}

TEST(EngineFrame, AnswersAtMultiplesOfTheIntervalCarryTheStateHash) {
  CoreFixture core;
  core.compare_every(256);
  while (core.engine().cmd_sequence() < CmdSequence{2 * kStateHashInterval}) {
    const Answer& answer = core.control("engine", Tick{});
    EXPECT_EQ(answer.has_state_hash, answer.cmd_sequence.value() % kStateHashInterval == 0);
    if (answer.has_state_hash) {
      EXPECT_EQ(answer.state_hash, core.engine().state_hash());
    }
  }
}

TEST(EngineFrame, AMessageThatIsNoFrameMovesSequenceAndLogTimeOnly) {
  CoreFixture core;
  core.register_usual();
  core.advance_millis(7);
  const Hash128 before = core.engine().trading_hash();
  const Answer& answer = core.reject_frame(FrameFault::kNotAFrame);
  ASSERT_EQ(answer.control_events.size(), 1u);
  EXPECT_EQ(std::get<FrameRejected>(answer.control_events[0].body).fault, FrameFault::kNotAFrame);
  EXPECT_TRUE(answer.outcomes.empty());
  EXPECT_EQ(core.engine().log_time(), core.now());
  EXPECT_EQ(core.engine().trading_hash(), before);
}

TEST(EngineFrame, EveryCommandOfAFrameHasOneOutcomeInOrder) {
  CoreFixture core;
  core.register_usual();
  const std::vector<OrderCommand> commands{limit(core, AccountId{1}, "a", Side::kBuy, 10, 1),
                                           cancel(core, AccountId{1}, "none"),
                                           limit(core, AccountId{2}, "b", Side::kSell, 10, 1)};
  const Answer& answer = core.send(commands);
  for (std::size_t i = 0; i < commands.size(); ++i) {
    EXPECT_EQ(answer.outcomes[i].command_id, commands[i].command_id);
    EXPECT_EQ(answer.outcomes[i].first_index, i);
    EXPECT_EQ(answer.outcomes[i].first_sequence, answer.cmd_sequence);
  }
  const CountersImage& counters = core.state().counters();
  EXPECT_EQ(counters.orders, 2u);
  EXPECT_EQ(counters.trades, 1u);
  EXPECT_EQ(counters.rejected, 1u);
  EXPECT_EQ(counters.commands, 10u) << "seven registrations before";
}

TEST(EngineApply, RefusesAnAnswerOutOfOrder) {
  CoreFixture core;
  core.account("A");
  core.account("B");
  Engine follower(CoreFixture::default_genesis(), core.capacity());
  const Status second_first = follower.apply(core.log()[1]);
  ASSERT_FALSE(second_first.ok());
  EXPECT_EQ(second_first.error().code, ErrorCode::kHalted);
  EXPECT_TRUE(follower.apply(core.log()[0]).ok());
  EXPECT_FALSE(follower.apply(core.log()[0]).ok()) << "twice";
}

TEST(EngineApply, NoticesAStateHashThatDiffers) {
  CoreFixture core;
  core.account("A");
  Answer forged = core.log()[0];
  forged.has_state_hash = true;
  forged.state_hash = core.engine().state_hash();
  Engine honest(CoreFixture::default_genesis(), core.capacity());
  EXPECT_TRUE(honest.apply(forged).ok());
  forged.state_hash.lo ^= 1;
  Engine follower(CoreFixture::default_genesis(), core.capacity());
  const Status applied = follower.apply(forged);
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error().code, ErrorCode::kHalted);
}

TEST(EngineApply, RefusesLogTimeThatRunsBackwardsAndAMisplacedControlMessage) {
  CoreFixture core;
  core.account("A");
  core.account("B");
  Engine follower(CoreFixture::default_genesis(), core.capacity());
  ASSERT_TRUE(follower.apply(core.log()[0]).ok());
  Answer backwards = core.log()[1];
  backwards.log_time = backwards.log_time - Nanos{1};
  EXPECT_FALSE(follower.apply(backwards).ok());
  Answer control;
  control.kind = AnswerKind::kControl;
  control.cmd_sequence = CmdSequence{9};
  EXPECT_FALSE(follower.apply(control).ok());
}

TEST(EngineApply, TheStartOfAnEpochChangesNothing) {
  CoreFixture core;
  core.register_usual();
  const Hash128 before = core.engine().state_hash();
  Answer control;
  control.kind = AnswerKind::kControl;
  control.frame_class = FrameClass::kControl;
  control.cmd_sequence = core.engine().cmd_sequence();
  control.control_events.push_back(
      {.before = 0, .command_index = kNoCommand, .body = EpochStarted{Epoch{2}, OwnerId{5}}});
  ASSERT_TRUE(core.engine().apply(control).ok());
  EXPECT_EQ(core.engine().state_hash(), before);
}

}  // namespace
}  // namespace sluice::core
