// Instrument states: what a halted and a closed instrument refuses, and what goes on.
#include <gtest/gtest.h>

#include "tests/support/core_fixture.h"

namespace sluice::core {
namespace {

class InstrumentStates : public testing::Test {
 protected:
  InstrumentStates() { core_.register_usual(); }
  const Answer& set(InstrumentState state) { return core_.control("operator", SetInstrumentState{name("X"), state}); }
  RejectReason submit(std::string_view id, InstrumentId instrument = InstrumentId{1}) {
    OrderCommand order = limit(core_, kA, id, Side::kBuy, 10, 5);
    order.instrument = instrument;
    return reason(core_.send(order));
  }
  const AccountId kA{1}, kB{2};
  CoreFixture core_;
};

TEST_F(InstrumentStates, HaltedTakesNoOrdersAndChangesNone) {
  core_.send(limit(core_, kA, "a", Side::kBuy, 10, 5));
  ASSERT_EQ(set(InstrumentState::kHalted).control_events.size(), 1u);
  core_.restore_from_image();
  EXPECT_EQ(submit("b"), RejectReason::kInstrumentHalted);
  EXPECT_EQ(reason(core_.send(market(core_, kB, "m", Side::kSell, 1))), RejectReason::kInstrumentHalted);
  EXPECT_EQ(reason(core_.send(replace(core_, kA, "a", 11, 5))), RejectReason::kInstrumentHalted);
  EXPECT_EQ(submit("y", InstrumentId{2}), RejectReason::kNone) << "another instrument";
  EXPECT_EQ(reason(core_.send(cancel(core_, kA, "a"))), RejectReason::kNone);
  set(InstrumentState::kOpen);
  EXPECT_EQ(submit("b"), RejectReason::kNone);
}

TEST_F(InstrumentStates, ClosingEndsTheDayOrders) {
  OrderCommand day = limit(core_, kA, "d", Side::kBuy, 10, 5);
  day.tif = TimeInForce::kDay;
  core_.send({day, limit(core_, kA, "g", Side::kBuy, 10, 5)});
  EXPECT_EQ(order_events(set(InstrumentState::kClosed), core_), Events{"cancelled d 5 time_in_force"});
  EXPECT_EQ(submit("b"), RejectReason::kInstrumentClosed);
  EXPECT_EQ(reason(core_.send(replace(core_, kA, "g", 11, 5))), RejectReason::kInstrumentClosed);
  EXPECT_EQ(order_events(set(InstrumentState::kOpen), core_), Events{});
  EXPECT_EQ(reason(core_.send(replace(core_, kA, "g", 11, 5))), RejectReason::kNone);
}

TEST_F(InstrumentStates, TheSameStateAgainIsNoEvent) {
  EXPECT_TRUE(set(InstrumentState::kOpen).control_events.empty());
  EXPECT_EQ(reason(core_.last()), RejectReason::kNone);
  EXPECT_EQ(reason(core_.control("operator", SetInstrumentState{name("NOTHING"), InstrumentState::kHalted})),
            RejectReason::kUnknownInstrument);
}

TEST_F(InstrumentStates, AKillIsTheSharperAnswerAndRiskTheLaterOne) {
  set(InstrumentState::kHalted);
  SetLimits limits;
  limits.account = name("A");
  limits.changes[static_cast<std::size_t>(LimitKind::kMaxOrderQuantity)] = {LimitAction::kSet, 1};
  core_.control("officer", limits);
  EXPECT_EQ(submit("a"), RejectReason::kInstrumentHalted);
  core_.control("officer", kill(core_, KillScope::kGlobal));
  EXPECT_EQ(submit("a"), RejectReason::kKilled);
}

}  // namespace
}  // namespace sluice::core
