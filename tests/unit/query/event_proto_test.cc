#include "protomap/event_proto.h"

#include <gtest/gtest.h>

#include "support/shard_rig.h"

namespace sluice::protomap {
namespace {

using test::ShardRig;

class FixedNames final : public Names {
 public:
  std::string_view account(AccountId id) const override {
    return id == AccountId{1} ? "alice" : id == AccountId{2} ? "bob" : "";
  }
  std::string_view strategy(StrategyId) const override { return ""; }
  std::string_view symbol(InstrumentId) const override { return "BTC-USD"; }
};

class EventProto : public testing::Test {
 protected:
  google::protobuf::RepeatedPtrField<v1::Event> events(const EventFilter& filter = {}) {
    google::protobuf::RepeatedPtrField<v1::Event> out;
    append_events(rig_.answer(), {ShardId{0}, EvtSequence{rig_.last_sequence()}}, names_, filter, out);
    return out;
  }

  eventlog::MemoryLog log_{1};
  ShardRig rig_{log_};
  FixedNames names_;
  AccountId alice_ = rig_.account("alice");
  AccountId bob_ = rig_.account("bob");
  InstrumentId btc_ = rig_.instrument("BTC-USD");
};

TEST_F(EventProto, EventsComeInOrderWithTheirPlaceAndNames) {
  rig_.orders({ShardRig::limit(alice_, btc_, Side::kSell, 100, 5, "a1"),
               ShardRig::limit(bob_, btc_, Side::kBuy, 100, 5, "b1")});
  const auto out = events();
  ASSERT_EQ(out.size(), 3);
  EXPECT_EQ(out[0].order_accepted().order().account(), "alice");
  EXPECT_EQ(out[0].command_index(), 0u);
  EXPECT_EQ(out[2].traded().maker_account(), "alice");
  EXPECT_EQ(out[2].traded().taker_account(), "bob");
  EXPECT_EQ(out[2].traded().taker_side(), v1::SIDE_BUY);
  EXPECT_EQ(out[2].index(), 2u);
  EXPECT_EQ(out[2].command_index(), 1u);
  EXPECT_EQ(out[2].sequence(), rig_.last_sequence());
  EXPECT_EQ(out[2].command_sequence(), rig_.cmd_sequence().value());
  EXPECT_EQ(out[2].time_unix_nanos(), rig_.now().value());
}

TEST_F(EventProto, RejectedCommandsStandBehindTheEvents) {
  rig_.orders(
      {ShardRig::limit(alice_, btc_, Side::kSell, 0, 5, "a1"), ShardRig::limit(bob_, btc_, Side::kBuy, 100, 5, "b1")});
  const auto out = events();
  ASSERT_EQ(out.size(), 2);
  EXPECT_TRUE(out[0].has_order_accepted());
  EXPECT_EQ(out[1].command_rejected().reason(), v1::REJECT_REASON_INVALID_PRICE);
  EXPECT_EQ(out[1].command_rejected().account(), "alice");
  EXPECT_EQ(out[1].command_index(), 0u);
}

TEST_F(EventProto, FilterKeepsTheIndexOfWhatIsLeft) {
  rig_.orders({ShardRig::limit(alice_, btc_, Side::kSell, 100, 5, "a1"),
               ShardRig::limit(bob_, btc_, Side::kSell, 101, 5, "b1")});
  const auto out = events(
      {.order = [this](const OrderEvent& event) { return event.account == bob_; }, .control = {}, .rejected = {}});
  ASSERT_EQ(out.size(), 1);
  EXPECT_EQ(out[0].index(), 1u);
}

TEST_F(EventProto, EventsOfOneCommandOnly) {
  rig_.orders({ShardRig::limit(alice_, btc_, Side::kSell, 100, 5, "a1"),
               ShardRig::limit(bob_, btc_, Side::kBuy, 100, 5, "b1")});
  google::protobuf::RepeatedPtrField<v1::Event> out;
  append_events_of(rig_.answer(), 1, {ShardId{0}, EvtSequence{rig_.last_sequence()}}, names_, out);
  ASSERT_EQ(out.size(), 2);
  EXPECT_TRUE(out[0].has_order_accepted());
  EXPECT_TRUE(out[1].has_traded());
}

TEST_F(EventProto, ControlEventsCarryTheirBodies) {
  rig_.latch(KillScope::kAccount, "alice");
  const auto kill = events();
  ASSERT_EQ(kill.size(), 1);
  EXPECT_EQ(kill[0].kill_switch_engaged().key(), "alice");
  EXPECT_TRUE(kill[0].kill_switch_engaged().by_latch());
  EXPECT_EQ(kill[0].command_index(), kNoCommand);
  SetLimits limits;
  limits.account = *Name::from("alice");
  limits.changes[static_cast<std::size_t>(LimitKind::kMaxPosition)] = {LimitAction::kSet, 7};
  rig_.control(FrameClass::kReference, limits);
  const auto set = events();
  ASSERT_EQ(set.size(), 1);
  EXPECT_EQ(set[0].limits_set().changes().at("max_position").value(), 7);
}

}  // namespace
}  // namespace sluice::protomap
