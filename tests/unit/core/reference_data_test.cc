// Reference data: dense ids, the same again, another under the same name, nonsense.
#include <gtest/gtest.h>

#include "tests/support/core_fixture.h"

namespace sluice::core {
namespace {

TEST(ReferenceData, IdsAreDenseFromOneInOrderOfRegistration) {
  CoreFixture core;
  EXPECT_EQ(core.account("B"), AccountId{1});
  EXPECT_EQ(core.account("A"), AccountId{2});
  EXPECT_EQ(core.strategy("s"), StrategyId{1});
  EXPECT_EQ(core.instrument("X"), InstrumentId{1});
  EXPECT_EQ(core.instrument("Y"), InstrumentId{2});
}

TEST(ReferenceData, TheSameAgainIsExecutedWithoutAnEvent) {
  CoreFixture core;
  core.register_usual();
  core.account("A");
  EXPECT_TRUE(core.last().control_events.empty());
  EXPECT_EQ(reason(core.last()), RejectReason::kNone);
  core.strategy("mm");
  EXPECT_TRUE(core.last().control_events.empty());
  core.instrument("X");
  EXPECT_TRUE(core.last().control_events.empty());
  EXPECT_EQ(reason(core.last()), RejectReason::kNone);
}

TEST(ReferenceData, AnInstrumentNeverChanges) {
  CoreFixture core;
  core.instrument("X", 1);
  core.instrument("X", 5);
  EXPECT_EQ(reason(core.last()), RejectReason::kAlreadyDefined);
  EXPECT_EQ(core.state().instrument(InstrumentId{1})->defined.definition.tick, Price{1});
}

struct BadInstrument {
  const char* cause;
  void (*spoil)(DefineInstrument&);
};
class RefusedInstrument : public testing::TestWithParam<BadInstrument> {};
TEST_P(RefusedInstrument, IsAnInvalidDefinition) {
  CoreFixture core;
  DefineInstrument definition;
  definition.symbol = name("X");
  GetParam().spoil(definition);
  EXPECT_EQ(reason(core.control("operator", definition)), RejectReason::kInvalidDefinition);
  EXPECT_TRUE(core.last().control_events.empty());
}
INSTANTIATE_TEST_SUITE_P(OneRowACause, RefusedInstrument,
                         testing::Values(BadInstrument{"NoName", [](auto& d) { d.symbol = {}; }},
                                         BadInstrument{"BadName", [](auto& d) { d.symbol = name("a b"); }},
                                         BadInstrument{"ZeroTick", [](auto& d) { d.tick = Price{0}; }},
                                         BadInstrument{"NegativeLot", [](auto& d) { d.lot = Quantity{-1}; }},
                                         BadInstrument{"ZeroUnitValue", [](auto& d) { d.unit_value = Money{0}; }},
                                         BadInstrument{"HomeOutside", [](auto& d) { d.home = ShardId{1}; }},
                                         BadInstrument{"NoStopRule",
                                                       [](auto& d) { d.stop_in_market = StopInMarket{0}; }}),
                         [](const auto& tested) { return std::string(tested.param.cause); });

TEST(ReferenceData, NamesOfAccountsAndStrategiesAreChecked) {
  CoreFixture core;
  EXPECT_EQ(reason(core.control("operator", RegisterAccount{})), RejectReason::kInvalidDefinition);
  EXPECT_EQ(reason(core.control("operator", RegisterStrategy{name("a b")})), RejectReason::kInvalidDefinition);
}

TEST(ReferenceData, ATickChangesNothingButLogTime) {
  CoreFixture core;
  const Hash128 before = core.engine().trading_hash();
  core.advance_millis(50);
  const Answer& answer = core.control("engine", Tick{});
  EXPECT_EQ(reason(answer), RejectReason::kNone);
  EXPECT_TRUE(answer.control_events.empty());
  EXPECT_EQ(core.engine().log_time(), core.now());
  EXPECT_EQ(core.engine().trading_hash(), before);
}

}  // namespace
}  // namespace sluice::core
