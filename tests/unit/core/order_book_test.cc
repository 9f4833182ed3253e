// The book on its own: queues and levels, without accounts or rules.
#include "engine/core/order_book.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::core {
namespace {

class OrderBookTest : public testing::Test {
 protected:
  OrderIndex add(Side side, std::int64_t price, std::int64_t quantity) {
    const OrderIndex index = pool_.acquire();
    book_.add(index, side, Price{price}, Quantity{quantity});
    book_.check();
    return index;
  }
  std::vector<OrderIndex> queue(Side side, std::int64_t price) const {
    std::vector<OrderIndex> orders;
    const Level* level = book_.find(side, Price{price});
    for (OrderIndex i = level == nullptr ? kNoSlot : level->head; i != kNoSlot; i = pool_[i].next) orders.push_back(i);
    return orders;
  }

  OrderPool pool_{64};
  OrderBook book_{pool_};
};

TEST_F(OrderBookTest, BestIsTheHighestBidAndTheLowestAsk) {
  EXPECT_EQ(book_.best(Side::kBuy), nullptr);
  for (const std::int64_t price : {98, 100, 99}) add(Side::kBuy, price, 1);
  for (const std::int64_t price : {103, 101, 102}) add(Side::kSell, price, 1);
  EXPECT_EQ(book_.best(Side::kBuy)->price, Price{100});
  EXPECT_EQ(book_.best(Side::kSell)->price, Price{101});
  EXPECT_FALSE(book_.crossed());
}

TEST_F(OrderBookTest, EqualPricesAreCrossed) {
  add(Side::kBuy, 100, 1);
  add(Side::kSell, 100, 1);
  EXPECT_TRUE(book_.crossed());
}

TEST_F(OrderBookTest, OrdersOfALevelQueueInTheOrderTheyCame) {
  const OrderIndex first = add(Side::kSell, 100, 5);
  const OrderIndex second = add(Side::kSell, 100, 6);
  const OrderIndex third = add(Side::kSell, 100, 7);
  EXPECT_EQ(queue(Side::kSell, 100), (std::vector{first, second, third}));
  EXPECT_EQ(book_.find(Side::kSell, Price{100})->total, Quantity{18});
  book_.remove(second);
  book_.check();
  EXPECT_EQ(queue(Side::kSell, 100), (std::vector{first, third}));
}

TEST_F(OrderBookTest, TakingPartKeepsThePlaceTakingAllLeaves) {
  const OrderIndex first = add(Side::kBuy, 50, 10);
  const OrderIndex second = add(Side::kBuy, 50, 10);
  book_.take(first, Quantity{9});
  book_.check();
  EXPECT_EQ(queue(Side::kBuy, 50), (std::vector{first, second}));
  book_.take(first, Quantity{1});
  book_.check();
  EXPECT_EQ(queue(Side::kBuy, 50), (std::vector{second}));
  book_.take(second, Quantity{10});
  EXPECT_EQ(book_.find(Side::kBuy, Price{50}), nullptr);
}

TEST_F(OrderBookTest, FindsLevelsFarFromTheBest) {
  for (std::int64_t price = 1; price <= 40; ++price) add(Side::kBuy, price * 3, price);
  for (std::int64_t price = 1; price <= 40; ++price) {
    ASSERT_NE(book_.find(Side::kBuy, Price{price * 3}), nullptr) << price;
    EXPECT_EQ(book_.find(Side::kBuy, Price{price * 3})->total, Quantity{price});
    EXPECT_EQ(book_.find(Side::kBuy, Price{price * 3 + 1}), nullptr);
  }
  add(Side::kBuy, 2, 1);  // far from the best, between existing levels
  EXPECT_EQ(book_.depth(Side::kBuy), 41u);
}

// Seven branches high, down again to one, and empty: what outliers needed goes with them.
TEST_F(OrderBookTest, FarPricesComeAndGo) {
  const OrderIndex near = add(Side::kSell, 1'000'000, 1);
  const OrderIndex lowest = add(Side::kSell, 1, 1);
  const OrderIndex highest = add(Side::kSell, std::int64_t{1} << 40, 1);
  EXPECT_EQ(book_.best(Side::kSell)->price, Price{1});
  EXPECT_EQ(book_.next_worse(Side::kSell, *book_.best(Side::kSell))->price, Price{1'000'000});
  EXPECT_GT(pool_.levels().branch_usage().used, 12u);
  for (const OrderIndex index : {lowest, highest}) {
    book_.remove(index);
    book_.check();
  }
  EXPECT_EQ(pool_.levels().branch_usage().used, 1u);
  EXPECT_EQ(book_.best(Side::kSell)->price, Price{1'000'000});
  book_.remove(near);
  EXPECT_EQ(pool_.levels().branch_usage().used, 0u);
  EXPECT_EQ(pool_.levels().level_usage().used, 0u);
  EXPECT_EQ(book_.best(Side::kSell), nullptr);
}

TEST(OrderPoolTest, IsFullAtItsCapacityAndReusesWhatIsReleased) {
  OrderPool pool(2);
  const OrderIndex first = pool.acquire();
  pool.acquire();
  EXPECT_TRUE(pool.full());
  pool.release(first);
  EXPECT_FALSE(pool.full());
  EXPECT_EQ(pool.acquire(), first);
}

TEST(OrderPoolDeathTest, AReleasedOrderCannotBeReleasedAgain) {
  OrderPool pool(2);
  const OrderIndex index = pool.acquire();
  pool.release(index);
  EXPECT_DEATH(pool.release(index), "invariant failed");
}

}  // namespace
}  // namespace sluice::core
