// Holding: the books of a position, against sums that anybody can do in their head, and at the ends of the numbers.
#include "domain/holding.h"

#include <gtest/gtest.h>

#include <random>

namespace sluice {
namespace {

TEST(Holding, AverageCost) {
  Holding holding;
  holding.trade(Price{100}, 10);
  holding.trade(Price{110}, 10);
  EXPECT_EQ(holding.average_price(), Price{105});
  EXPECT_TRUE(holding.realised() == 0);
  EXPECT_TRUE(holding.unrealised(Price{107}) == 40);
  holding.trade(Price{120}, -5);
  EXPECT_TRUE(holding.realised() == 75) << "5 x (120 - 105)";
  EXPECT_EQ(holding.average_price(), Price{105}) << "selling does not change what the rest cost";
}

TEST(Holding, ShortAndTurnedOver) {
  Holding holding;
  holding.trade(Price{50}, -4);
  EXPECT_TRUE(holding.unrealised(Price{45}) == 20);
  holding.trade(Price{40}, 10);
  EXPECT_TRUE(holding.realised() == 40) << "4 x (50 - 40)";
  EXPECT_EQ(holding.net, Quantity{6});
  EXPECT_EQ(holding.average_price(), Price{40});
  holding.trade(Price{41}, -6);
  EXPECT_TRUE(holding.realised() == 46);
  EXPECT_TRUE(holding.cost == 0) << "nothing open costs nothing";
  EXPECT_EQ(holding.average_price(), Price{0});
}

// 3 units cost 10 in all: one of them is said to have cost 3, two 6, and the fraction stays with what is open.
TEST(Holding, RoundsTheSoldShareTowardZeroAndLosesNothing) {
  Holding holding;
  holding.trade(Price{3}, 2);
  holding.trade(Price{4}, 1);
  holding.trade(Price{5}, -1);
  EXPECT_TRUE(holding.realised() == 2);
  EXPECT_TRUE(holding.cost == 7);
  holding.trade(Price{5}, -2);
  EXPECT_TRUE(holding.realised() == 5) << "15 received, 10 paid";
  Holding sold;
  sold.trade(Price{3}, -2);
  sold.trade(Price{4}, -1);
  sold.trade(Price{5}, 1);
  EXPECT_TRUE(sold.cost == -7) << "toward zero on both sides";
}

TEST(Holding, AveragePriceIsRoundedHalfUp) {
  Holding holding;
  holding.trade(Price{10}, 1);
  holding.trade(Price{11}, 1);
  EXPECT_EQ(holding.average_price(), Price{11});
  holding.trade(Price{10}, 1);
  EXPECT_EQ(holding.average_price(), Price{10});
}

TEST(Holding, TheLargestNumbersDoNotOverflow) {
  Holding holding;
  for (int i = 0; i < 1 << 12; ++i) holding.trade(kPriceMax, kQuantityMax.value());
  EXPECT_EQ(holding.average_price(), kPriceMax);
  Holding most;
  most.net = Quantity{(std::int64_t{1} << 62) - 1};
  most.cost = notional(kPriceMax, most.net);
  most.cash = -most.cost;
  most.trade(Price{1}, -kQuantityMax.value());
  EXPECT_TRUE(most.realised() == static_cast<Int128>(kQuantityMax.value()) * (1 - kPriceMax.value()));
  most.trade(Price{1}, -most.net.value());
  EXPECT_TRUE(most.cost == 0);
  EXPECT_EQ(money_of(most.realised(), kUnitValueMax), Money{-std::numeric_limits<std::int64_t>::max()});
  EXPECT_EQ(money_of(-most.realised(), kUnitValueMax), Money{std::numeric_limits<std::int64_t>::max()});
  EXPECT_EQ(money_of(-7, Money{3}), Money{-21});
}

TEST(Holding, ProfitIsCashAndWhatIsHeldWhateverTheRounding) {
  std::mt19937_64 chance(7);
  Holding holding;
  Int128 cash = 0;
  std::int64_t net = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto price = static_cast<std::int64_t>(chance() % 1000 + 1);
    const auto bought = static_cast<std::int64_t>(chance() % 99) - 49;
    if (bought == 0) continue;
    holding.trade(Price{price}, bought);
    cash -= static_cast<Int128>(price) * bought;
    net += bought;
    ASSERT_TRUE(holding.realised() + holding.unrealised(Price{price}) == cash + static_cast<Int128>(net) * price);
    ASSERT_TRUE(net == 0 ? holding.cost == 0 : (holding.cost > 0) == (net > 0));
  }
}

}  // namespace
}  // namespace sluice
