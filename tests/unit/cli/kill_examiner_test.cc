// KillExaminer over what the real engine writes: it keeps its promise in every mode, and the examiner does not cry
// wolf.
#include <gtest/gtest.h>

#include "cli/event_walk.h"
#include "cli/kill/examiner.h"
#include "eventlog/memory_log.h"
#include "support/random_flow.h"

namespace sluice::cli {
namespace {

constexpr int kSteps = 300;

Name name(std::string_view text) { return *Name::from(text); }

std::vector<KillSwitchEngaged> kills_of(eventlog::EventLog& log) {
  std::vector<KillSwitchEngaged> kills;
  const auto walked = walk_events(log, ShardId{0}, [&](const eventlog::EventFold& fold) {
    for (const ControlEvent& event : fold.answer().control_events) {
      if (const auto* kill = std::get_if<KillSwitchEngaged>(&event.body)) kills.push_back(*kill);
    }
  });
  EXPECT_TRUE(walked.ok());
  return kills;
}

KillEvidence examine(eventlog::EventLog& log, const KillId& kill) {
  // The rig keeps no commands: refusals of a symbol or a strategy are not counted here.
  KillExaminer examiner(kill, [](CmdSequence, const Sha256&) -> Result<std::vector<OrderCommand>> {
    return std::vector<OrderCommand>(eventlog::kCommandsMax);
  });
  const auto walked = walk_events(log, ShardId{0}, [&](const eventlog::EventFold& fold) {
    EXPECT_TRUE(examiner.take(fold.answer(), fold.last_sequence(), fold.chain()).ok());
  });
  EXPECT_TRUE(walked.ok());
  return examiner.evidence();
}

TEST(Examiner, EveryKillOfARandomFlowHolds) {
  std::size_t seen = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    eventlog::MemoryLog log{1};
    test::ShardRig rig(log);
    test::RandomFlow flow(rig, seed);
    for (int i = 0; i < kSteps; ++i) flow.step();
    for (const KillSwitchEngaged& kill : kills_of(log)) {
      const KillEvidence evidence = examine(log, kill.kill.kill_id);
      ASSERT_TRUE(evidence.engaged.has_value());
      EXPECT_EQ(evidence.violations, 0u) << "seed " << seed << ": " << evidence.examples.front();
      ++seen;
    }
  }
  EXPECT_GE(seen, 8u);
}

TEST(Examiner, TheRealEngineKeepsWhatEachModePromises) {
  for (const KillMode mode :
       {KillMode::kBlockAndCancel, KillMode::kBlockOnly, KillMode::kReduceOnly, KillMode::kFlatten}) {
    eventlog::MemoryLog log{1};
    test::ShardRig rig(log);
    const AccountId a = rig.account("A"), b = rig.account("B");
    const InstrumentId x = rig.instrument("X");
    const auto limit = [](AccountId account, InstrumentId instrument, Side side, std::int64_t price,
                          std::int64_t quantity, const char* id) {
      return test::ShardRig::limit(account, instrument, side, price, quantity, id);
    };
    rig.orders({limit(b, x, Side::kSell, 10, 8, "b1"), limit(a, x, Side::kBuy, 10, 8, "a1"),
                limit(a, x, Side::kSell, 12, 6, "a2"), limit(a, x, Side::kBuy, 8, 6, "a3"),
                limit(b, x, Side::kBuy, 9, 3, "b2")});
    const EngageKillSwitch kill{
        .kill_id = {1, 1}, .scope = KillScope::kAccount, .mode = mode, .key = name("A"), .reason = {}};
    rig.control(FrameClass::kControl, kill);
    rig.orders({limit(a, x, Side::kBuy, 9, 1, "a4"), limit(a, x, Side::kSell, 13, 2, "a5"),
                limit(a, x, Side::kSell, 13, 5, "a6"), limit(b, x, Side::kBuy, 12, 2, "b3"),
                limit(b, x, Side::kSell, 8, 1, "b4")});
    const KillEvidence evidence = examine(log, kill.kill_id);
    EXPECT_EQ(evidence.violations, 0u) << evidence.examples.front();
    EXPECT_GT(evidence.events_examined, 0u);
    EXPECT_EQ(evidence.commands_refused, mode == KillMode::kReduceOnly ? 2u : 3u) << static_cast<int>(mode);
  }
}

}  // namespace
}  // namespace sluice::cli
