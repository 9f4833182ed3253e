#include "projections/views/orders_view.h"

#include "view_fixture.h"

namespace sluice::projections {
namespace {

using test::ShardRig;

class OrdersView : public ViewFixture {
 protected:
  OrderRow order(OrderId id) { return orders_view::find(store_->read(), id).value(); }
  std::vector<OrderId> ids_of(AccountId account_id, bool live_only, OrderId after = {}) {
    std::vector<OrderId> ids;
    orders_view::list(store_->read(), ShardId{0}, account_id, live_only, after, [&](const OrderRow& row) {
      ids.push_back(row.order_id);
      return true;
    });
    return ids;
  }

  AccountId alice_ = account("alice");
  AccountId bob_ = account("bob");
  InstrumentId btc_ = instrument("BTC-USD");
};

TEST_F(OrdersView, AcceptedOrderIsLiveWithAllItsFields) {
  const OrderId id = run(ShardRig::limit(alice_, btc_, Side::kBuy, 100, 5, "a1"));
  const OrderRow row = order(id);
  EXPECT_EQ(row.state, OrderState::kLive);
  EXPECT_EQ(row.price, Price{100});
  EXPECT_EQ(row.remaining, Quantity{5});
  EXPECT_EQ(row.client_order_id.view(), "a1");
  EXPECT_EQ(row.accepted_at, rig_.now());
  EXPECT_EQ(row.event_sequence, EvtSequence{rig_.last_sequence()});
}

TEST_F(OrdersView, TradeFillsBothSides) {
  const OrderId maker = run(ShardRig::limit(alice_, btc_, Side::kSell, 100, 5, "a1"));
  const OrderId taker = run(ShardRig::limit(bob_, btc_, Side::kBuy, 100, 8, "b1"));
  EXPECT_EQ(order(maker).state, OrderState::kFilled);
  EXPECT_EQ(order(maker).filled, Quantity{5});
  EXPECT_EQ(order(taker).state, OrderState::kLive);
  EXPECT_EQ(order(taker).filled, Quantity{5});
  EXPECT_EQ(order(taker).remaining, Quantity{3});
}

TEST_F(OrdersView, CancelledOrderStaysReadableWithItsReason) {
  const OrderId id = run(ShardRig::limit(alice_, btc_, Side::kBuy, 100, 5, "a1"));
  run(ShardRig::cancel(alice_, id));
  EXPECT_EQ(order(id).state, OrderState::kCancelled);
  EXPECT_EQ(order(id).cancel_reason, CancelReason::kUser);
  EXPECT_EQ(order(id).remaining, Quantity{0});
}

TEST_F(OrdersView, ClientOrderIdNamesTheNewestOrder) {
  const OrderId first = run(ShardRig::limit(alice_, btc_, Side::kBuy, 100, 5, "a1"));
  run(ShardRig::cancel(alice_, first));
  const OrderId second = run(ShardRig::limit(alice_, btc_, Side::kBuy, 101, 5, "a1"));
  const auto found = orders_view::find(store_->read(), ShardId{0}, alice_, btc_, *ClientOrderId::from("a1"));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->order_id, second);
  EXPECT_FALSE(orders_view::find(store_->read(), ShardId{0}, bob_, btc_, *ClientOrderId::from("a1")).has_value());
}

TEST_F(OrdersView, AccountListsLiveOrAllItsOrdersInOrderOfIds) {
  const OrderId first = run(ShardRig::limit(alice_, btc_, Side::kBuy, 100, 5, "a1"));
  run(ShardRig::limit(bob_, btc_, Side::kBuy, 100, 5, "b1"));
  const OrderId second = run(ShardRig::limit(alice_, btc_, Side::kBuy, 100, 5, "a2"));
  const OrderId third = run(ShardRig::limit(alice_, btc_, Side::kBuy, 99, 5, "a3", TimeInForce::kIoc));
  run(ShardRig::cancel(alice_, first));
  EXPECT_EQ(ids_of(alice_, false), (std::vector{first, second, third}));
  EXPECT_EQ(ids_of(alice_, true), (std::vector{second}));
  EXPECT_EQ(ids_of(alice_, false, first), (std::vector{second, third}));
}

TEST_F(OrdersView, WaitingStopsAreListedUntilTheyTrigger) {
  Answer answer;
  answer.cmd_sequence = rig_.cmd_sequence();
  OrderEvent accepted;
  accepted.kind = OrderEventKind::kAccepted;
  accepted.order_id = make_order_id(ShardId{0}, 9);
  accepted.account = alice_;
  accepted.instrument = btc_;
  accepted.side = Side::kBuy;
  accepted.type = OrderType::kStopLimit;
  accepted.tif = TimeInForce::kGtc;
  accepted.price = Price{110};
  accepted.stop_price = Price{105};
  accepted.quantity = accepted.remaining = Quantity{4};
  answer.order_events.push_back(accepted);
  fold(answer);
  const auto waiting = [this] {
    int count = 0;
    orders_view::list_waiting_stops(store_->read(), ShardId{0}, btc_, [&](const OrderRow&) { return ++count < 100; });
    return count;
  };
  EXPECT_EQ(waiting(), 1);
  EXPECT_FALSE(orders_view::rests(order(accepted.order_id)));
  answer.order_events[0].kind = OrderEventKind::kTriggered;
  fold(answer);
  EXPECT_EQ(waiting(), 0);
  EXPECT_TRUE(orders_view::rests(order(accepted.order_id)));
}

TEST_F(OrdersView, EventOfAnOrderThatIsNotLiveIsAMisfit) {
  Answer answer;
  OrderEvent cancelled;
  cancelled.kind = OrderEventKind::kCancelled;
  cancelled.order_id = make_order_id(ShardId{0}, 77);
  answer.order_events.push_back(cancelled);
  ViewBatch batch = store_->batch(ShardId{0});
  fold_answer(answer, checkpoint_, checkpoint_, batch);
  ASSERT_FALSE(batch.status().ok());
  EXPECT_EQ(batch.status().error().code, ErrorCode::kHalted);
  EXPECT_FALSE(store_->write(batch, ProgressRow{}).ok());
}

}  // namespace
}  // namespace sluice::projections
