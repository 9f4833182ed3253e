// Trades, positions, kill switches, reference data: the rows an event leaves behind.
#include "projections/views/kill_switches_view.h"
#include "projections/views/positions_view.h"
#include "projections/views/reference_view.h"
#include "projections/views/trades_view.h"
#include "view_fixture.h"

namespace sluice::projections {
namespace {

using test::ShardRig;

class Views : public ViewFixture {
 protected:
  std::vector<TradeRow> trades_of(AccountId account_id, TradeId after = {}) {
    std::vector<TradeRow> rows;
    trades_view::list_of_account(store_->read(), ShardId{0}, account_id, after, [&](const TradeRow& row) {
      rows.push_back(row);
      return true;
    });
    return rows;
  }
  std::optional<PositionRow> position(AccountId account_id) {
    std::optional<PositionRow> found;
    positions_view::list(store_->read(), ShardId{0}, account_id, [&](const PositionRow& row) {
      found = row;
      return false;
    });
    return found;
  }
  std::vector<KillSwitchRow> kills() {
    std::vector<KillSwitchRow> rows;
    kill_switches_view::list(store_->read(), ShardId{0}, [&](const KillSwitchRow& row) {
      rows.push_back(row);
      return true;
    });
    return rows;
  }
  void control(ControlCommandBody body, std::string_view principal) {
    rig_.control(FrameClass::kControl, std::move(body), principal);
    fold();
  }
};

TEST_F(Views, TradeIsFoundByBothAccountsByInstrumentAndInOrder) {
  const AccountId alice = account("alice"), bob = account("bob");
  const InstrumentId btc = instrument("BTC-USD");
  run(ShardRig::limit(alice, btc, Side::kSell, 100, 5, "a1"));
  run(ShardRig::limit(bob, btc, Side::kBuy, 101, 2, "b1"));
  run(ShardRig::limit(bob, btc, Side::kBuy, 101, 3, "b2"));
  const auto trades = trades_of(alice);
  ASSERT_EQ(trades.size(), 2u);
  EXPECT_LT(trades[0].trade_id, trades[1].trade_id);
  EXPECT_EQ(trades[0].price, Price{100});
  EXPECT_EQ(trades[0].maker_account, alice);
  EXPECT_EQ(trades[0].taker_side, Side::kBuy);
  EXPECT_EQ(trades_of(bob).size(), 2u);
  EXPECT_EQ(trades_of(bob, trades[0].trade_id).size(), 1u);
  int of_instrument = 0;
  trades_view::list_of_instrument(store_->read(), ShardId{0}, btc, TradeId{},
                                  [&](const TradeRow&) { return ++of_instrument < 9; });
  EXPECT_EQ(of_instrument, 2);
}

TEST_F(Views, TradeWithOneselfIsOneTradeAndLeavesNoPosition) {
  const AccountId alice = account("alice");
  const InstrumentId btc = instrument("BTC-USD");
  run(ShardRig::limit(alice, btc, Side::kSell, 100, 5, "a1"));
  run(ShardRig::limit(alice, btc, Side::kBuy, 100, 5, "a2"));
  EXPECT_EQ(trades_of(alice).size(), 1u);
  const auto row = position(alice);
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->net, Quantity{0});
  EXPECT_EQ(row->bought, Quantity{5});
  EXPECT_EQ(row->sold, Quantity{5});
}

TEST_F(Views, PositionsAreOppositeForBothSides) {
  const AccountId alice = account("alice"), bob = account("bob");
  const InstrumentId btc = instrument("BTC-USD");
  run(ShardRig::limit(alice, btc, Side::kSell, 100, 5, "a1"));
  run(ShardRig::market(bob, btc, Side::kBuy, 3, "b1"));
  EXPECT_EQ(position(alice)->net, Quantity{-3});
  EXPECT_EQ(position(bob)->net, Quantity{3});
}

TEST_F(Views, KillIsEngagedUntilASecondPersonApprovesItsRelease) {
  account("alice");
  EngageKillSwitch kill;
  kill.kill_id = {1, 1};
  kill.scope = KillScope::kAccount;
  kill.key = *Name::from("alice");
  kill.reason = *Note::from("runaway");
  control(kill, "first");
  ASSERT_EQ(kills().size(), 1u);
  EXPECT_TRUE(kills()[0].engaged);
  EXPECT_EQ(kills()[0].reason.view(), "runaway");
  EXPECT_EQ(kills()[0].event_sequence, EvtSequence{rig_.last_sequence()});
  RequestRelease request;
  request.release_id = {2, 2};
  request.scope = kill.scope;
  request.key = kill.key;
  request.kill_id = kill.kill_id;
  control(request, "first");
  EXPECT_TRUE(kills()[0].engaged);
  int open = 0;
  const auto count = [&](const ReleaseRow&) { return ++open < 9; };
  kill_switches_view::list_releases(store_->read(), ShardId{0}, count);
  EXPECT_EQ(open, 1);
  control(ApproveRelease{.release_id = request.release_id, .reason = {}}, "second");
  EXPECT_FALSE(kills()[0].engaged);
  open = 0;
  kill_switches_view::list_releases(store_->read(), ShardId{0}, count);
  EXPECT_EQ(open, 0);
}

TEST_F(Views, LatchedKillOfAnIdleShardIsFolded) {
  rig_.latch(KillScope::kGlobal, "");
  fold();
  ASSERT_EQ(kills().size(), 1u);
  EXPECT_EQ(kills()[0].source, static_cast<std::uint8_t>(KillSource::kLatch));
}

TEST_F(Views, ReferenceDataIsFoundByName) {
  const AccountId alice = account("alice");
  const InstrumentId btc = instrument("BTC-USD");
  SetLimits limits;
  limits.account = *Name::from("alice");
  limits.changes[static_cast<std::size_t>(LimitKind::kMaxOpenOrders)] = {LimitAction::kSet, 3};
  rig_.control(FrameClass::kReference, limits);
  fold();
  const auto row = reference_view::find_account(store_->read(), ShardId{0}, *Name::from("alice"));
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->id, alice);
  EXPECT_TRUE(row->limits.has[static_cast<std::size_t>(LimitKind::kMaxOpenOrders)]);
  EXPECT_EQ(row->limits.values[static_cast<std::size_t>(LimitKind::kMaxOpenOrders)], 3);
  EXPECT_EQ(reference_view::find_instrument(store_->read(), ShardId{0}, *Name::from("BTC-USD"))->id, btc);
  EXPECT_FALSE(reference_view::find_account(store_->read(), ShardId{0}, *Name::from("nobody")).has_value());
}

}  // namespace
}  // namespace sluice::projections
