// Randomised properties (PROPERTIES 1-7, 9, 12-15, 17-19) against the reference and against the log itself.
#include <gtest/gtest.h>

#include "tests/property/property_run.h"

namespace sluice::property {
namespace {

class Differential : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Differential, CoreAndReferenceAgreeEventByEvent) {
  PropertyRun run({.seed = GetParam(), .mix = {}, .steps = 3000, .frame_max = 1 + GetParam() % 5, .restore_every = 0});
  run.run();
  EXPECT_GT(run.checker().trades(), 100u) << "a flow that hardly trades tests nothing";
  EXPECT_GT(run.checker().kills(), 5u);
}

TEST_P(Differential, ReplayGivesTheLiveStateAtTheEndAndFromEveryImage) {
  PropertyRun run({.seed = GetParam() + 1000, .mix = {}, .steps = 300, .frame_max = 3, .restore_every = 0});
  run.run();
  const std::vector<Answer>& log = run.core().log();
  EXPECT_EQ(run.core().replayed()->state_hash(), run.core().engine().state_hash());
  core::Engine follower(core::CoreFixture::default_genesis(), run.core().capacity());
  for (std::size_t k = 0; k < log.size(); ++k) {
    ASSERT_TRUE(follower.apply(log[k]).ok());
    if (k % 37 != 0) continue;
    auto restored = core::Engine::restore(follower.image(), run.core().capacity());
    ASSERT_TRUE(restored.ok()) << restored.error().message;
    for (std::size_t rest = k + 1; rest < log.size(); ++rest) ASSERT_TRUE(restored.value()->apply(log[rest]).ok());
    EXPECT_EQ(restored.value()->state_hash(), run.core().engine().state_hash()) << "from the image after answer " << k;
  }
}

TEST_P(Differential, AnEngineThatIsRestoredAgainAndAgainDecidesTheSame) {
  PropertyRun run({.seed = GetParam() + 2000, .mix = {}, .steps = 400, .frame_max = 2, .restore_every = 7});
  run.run();  // the reference was never restored
}

TEST_P(Differential, HowCommandsAreFramedDoesNotMatter) {
  FlowMix mix;
  mix.kills_percent = 0;
  PropertyRun single({.seed = GetParam() + 3000, .mix = mix, .steps = 600, .frame_max = 1, .restore_every = 0});
  PropertyRun framed({.seed = GetParam() + 3000, .mix = mix, .steps = 600, .frame_max = 16, .restore_every = 0});
  single.run();
  framed.run();
  EXPECT_LT(framed.core().log().size(), single.core().log().size());
  EXPECT_EQ(framed.events(), single.events());
  EXPECT_EQ(framed.core().engine().trading_hash(), single.core().engine().trading_hash());
}

TEST_P(Differential, EqualCommandLogsGiveEqualAnswers) {
  const RunOptions options{.seed = GetParam() + 4000, .mix = {}, .steps = 300, .frame_max = 4, .restore_every = 0};
  RunOptions restored = options;
  restored.restore_every = 5;  // another memory layout
  PropertyRun first(options), second(restored);
  first.run();
  second.run();
  ASSERT_EQ(first.core().log().size(), second.core().log().size());
  for (std::size_t i = 0; i < first.core().log().size(); ++i) {
    const Answer& a = first.core().log()[i];
    const Answer& b = second.core().log()[i];
    ASSERT_EQ(a.order_events.size(), b.order_events.size());
    ASSERT_EQ(a.outcomes.size(), b.outcomes.size());
    EXPECT_EQ(a.state_hash, b.state_hash);
    for (std::size_t e = 0; e < a.order_events.size(); ++e) {
      EXPECT_EQ(hash_value(a.order_events[e], 0), hash_value(b.order_events[e], 0));
    }
    for (std::size_t o = 0; o < a.outcomes.size(); ++o)
      EXPECT_EQ(hash_value(a.outcomes[o], 0), hash_value(b.outcomes[o], 0));
  }
  EXPECT_EQ(first.core().engine().state_hash(), second.core().engine().state_hash());
}

INSTANTIATE_TEST_SUITE_P(Seeds, Differential, testing::Range<std::uint64_t>(1, 9));

// Property 15: with limits set from the start, position + live quantity per side and open orders stay within them at
// every step.
TEST(LimitsHold, AtEveryStepWhenSetFromTheStart) {
  constexpr std::int64_t kPosition = 120;
  constexpr std::int64_t kOpen = 6;
  core::CoreFixture core(core::CoreFixture::default_genesis(), {.orders = 1024, .keys = 1u << 14});
  core.compare_every(64);
  for (std::uint32_t i = 1; i <= kAccounts; ++i) {
    core.account("A" + std::to_string(i));
    SetLimits limits;
    limits.account = core::name("A" + std::to_string(i));
    limits.changes[static_cast<std::size_t>(LimitKind::kMaxPosition)] = {LimitAction::kSet, kPosition};
    limits.changes[static_cast<std::size_t>(LimitKind::kMaxOpenOrders)] = {LimitAction::kSet, kOpen};
    core.control("officer", limits);
  }
  for (std::uint32_t i = 1; i <= kStrategies; ++i) core.strategy("S" + std::to_string(i));
  for (std::uint32_t i = 1; i <= kInstruments; ++i) core.instrument("I" + std::to_string(i));
  OrderFlow flow(77, {.kills_percent = 0, .limits_percent = 0, .matching_extras = true});
  std::size_t refused = 0;
  for (int step = 0; step < 3000; ++step) {
    OrderCommand command = std::get<OrderCommand>(flow.next());
    command.command_id = core.fresh_id();
    const RejectReason reason = core::reason(core.send(command));
    refused += reason == RejectReason::kMaxPosition || reason == RejectReason::kMaxOpenOrders ? 1 : 0;
    for (const core::Position& position : core.state().positions().all()) {
      ASSERT_LE(position.holding.net.value() + position.live_buy.value(), kPosition);
      ASSERT_LE(-position.holding.net.value() + position.live_sell.value(), kPosition);
    }
    for (const core::Account& account : core.state().accounts()) ASSERT_LE(account.orders.count, kOpen);
  }
  EXPECT_GT(refused, 50u);
}

}  // namespace
}  // namespace sluice::property
