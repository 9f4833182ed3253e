#include "projections/views/book_view.h"

#include "view_fixture.h"

namespace sluice::projections {
namespace {

using test::ShardRig;

class BookView : public ViewFixture {
 protected:
  std::vector<OrderId> queue(Side side) {
    std::vector<OrderId> ids;
    book_view::list(store_->read(), ShardId{0}, btc_, side, [&](const BookRow& row) {
      ids.push_back(row.order_id);
      return true;
    });
    return ids;
  }
  OrderId bid(std::int64_t price, std::int64_t quantity, const char* name) {
    return run(ShardRig::limit(alice_, btc_, Side::kBuy, price, quantity, name));
  }
  OrderId ask(std::int64_t price, std::int64_t quantity, const char* name) {
    return run(ShardRig::limit(bob_, btc_, Side::kSell, price, quantity, name));
  }

  AccountId alice_ = account("alice");
  AccountId bob_ = account("bob");
  InstrumentId btc_ = instrument("BTC-USD");
};

TEST_F(BookView, ScanGivesBestPriceFirstAndOldestFirst) {
  const OrderId a = bid(99, 1, "a"), b = bid(100, 1, "b"), c = bid(100, 1, "c");
  const OrderId d = ask(103, 1, "d"), e = ask(101, 1, "e"), f = ask(101, 1, "f");
  EXPECT_EQ(queue(Side::kBuy), (std::vector{b, c, a}));
  EXPECT_EQ(queue(Side::kSell), (std::vector{e, f, d}));
}

TEST_F(BookView, SmallerQuantityAtTheSamePriceKeepsThePlace) {
  const OrderId a = bid(100, 5, "a"), b = bid(100, 5, "b");
  run(ShardRig::replace(alice_, a, 3, 100));
  EXPECT_EQ(queue(Side::kBuy), (std::vector{a, b}));
}

TEST_F(BookView, LargerQuantityOrAnotherPriceGoesToTheTail) {
  const OrderId a = bid(100, 5, "a"), b = bid(100, 5, "b"), c = bid(99, 5, "c");
  run(ShardRig::replace(alice_, a, 6, 100));
  EXPECT_EQ(queue(Side::kBuy), (std::vector{b, a, c}));
  run(ShardRig::replace(alice_, b, 5, 99));
  EXPECT_EQ(queue(Side::kBuy), (std::vector{a, c, b}));
}

TEST_F(BookView, PartialFillKeepsThePlaceAndAFullOneLeaves) {
  const OrderId a = bid(100, 5, "a"), b = bid(100, 5, "b");
  ask(100, 3, "c");
  EXPECT_EQ(queue(Side::kBuy), (std::vector{a, b}));
  ask(100, 2, "d");
  EXPECT_EQ(queue(Side::kBuy), (std::vector{b}));
  EXPECT_TRUE(queue(Side::kSell).empty());
  EXPECT_EQ(book_view::last_price(store_->read(), ShardId{0}, btc_), Price{100});
}

TEST_F(BookView, ImmediateAndMarketOrdersNeverRest) {
  run(ShardRig::limit(alice_, btc_, Side::kBuy, 100, 5, "a", TimeInForce::kIoc));
  run(ShardRig::market(alice_, btc_, Side::kBuy, 5, "b"));
  EXPECT_TRUE(queue(Side::kBuy).empty());
}

TEST_F(BookView, IcebergShowsItsTrancheAndTheNextOneJoinsTheTail) {
  Answer answer;
  const auto accept = [&](std::uint64_t count, std::int64_t quantity, std::int64_t display) {
    OrderEvent event;
    event.kind = OrderEventKind::kAccepted;
    event.order_id = make_order_id(ShardId{0}, count);
    event.account = alice_;
    event.instrument = btc_;
    event.side = Side::kSell;
    event.type = OrderType::kLimit;
    event.tif = TimeInForce::kGtc;
    event.price = Price{100};
    event.quantity = event.remaining = Quantity{quantity};
    event.display = Quantity{display};
    answer.order_events.push_back(event);
  };
  accept(1, 10, 4);
  accept(2, 5, 0);
  accept(3, 4, 0);
  OrderEvent& taker = answer.order_events.back();
  taker.tif = TimeInForce::kIoc;
  taker.side = Side::kBuy;
  OrderEvent trade;
  trade.kind = OrderEventKind::kTraded;
  trade.order_id = taker.order_id;
  trade.other_order_id = make_order_id(ShardId{0}, 1);
  trade.account = trade.other_account = alice_;
  trade.instrument = btc_;
  trade.side = Side::kBuy;
  trade.trade_id = make_trade_id(ShardId{0}, 1);
  trade.price = Price{100};
  trade.quantity = Quantity{4};
  trade.remaining = Quantity{0};
  trade.other_remaining = Quantity{6};
  answer.order_events.push_back(trade);
  fold(answer);
  std::vector<std::pair<OrderId, Quantity>> shown;
  book_view::list(store_->read(), ShardId{0}, btc_, Side::kSell, [&](const BookRow& row) {
    shown.emplace_back(row.order_id, row.shown);
    return true;
  });
  const std::vector<std::pair<OrderId, Quantity>> expected{{make_order_id(ShardId{0}, 2), Quantity{5}},
                                                           {make_order_id(ShardId{0}, 1), Quantity{4}}};
  EXPECT_EQ(shown, expected);
}

}  // namespace
}  // namespace sluice::projections
