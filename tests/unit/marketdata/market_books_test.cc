// The order-level books against their rules one by one, and against a slow, obvious book over random changes.
#include "marketdata/market_books.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <random>

namespace sluice::marketdata {
namespace {

constexpr BookIndex kFirst{0};
constexpr BookIndex kSecond{1};
constexpr VenueOrderId id(std::uint64_t value) { return VenueOrderId{value}; }

std::vector<std::uint64_t> queue(const MarketBooks& books, BookIndex book, Side side, std::size_t from_best = 0) {
  std::vector<MarketOrder> orders;
  if (const MarketLevel* level = books.level(book, side, from_best)) books.orders_of(*level, orders);
  std::vector<std::uint64_t> ids;
  for (const MarketOrder& order : orders) ids.push_back(order.id.value());
  return ids;
}

/// Book 0: buys 1 and 2 at 100, 3 at 99; sell 4 at 102.
MarketBooks sample() {
  MarketBooks books(2, 2);
  EXPECT_EQ(books.add(id(1), kFirst, Side::kBuy, Price{100}, Quantity{10}), BookFault::kNone);
  EXPECT_EQ(books.add(id(2), kFirst, Side::kBuy, Price{100}, Quantity{20}), BookFault::kNone);
  EXPECT_EQ(books.add(id(3), kFirst, Side::kBuy, Price{99}, Quantity{30}), BookFault::kNone);
  EXPECT_EQ(books.add(id(4), kFirst, Side::kSell, Price{102}, Quantity{40}), BookFault::kNone);
  return books;
}

TEST(MarketBooks, OrdersQueueByTimeInTheirLevelBestFirst) {
  const MarketBooks books = sample();
  EXPECT_EQ(books.depth(kFirst, Side::kBuy), 2u);
  EXPECT_EQ(books.best(kFirst, Side::kBuy)->price, Price{100});
  EXPECT_EQ(books.best(kFirst, Side::kBuy)->total, Quantity{30});
  EXPECT_EQ(queue(books, kFirst, Side::kBuy), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(books.level(kFirst, Side::kBuy, 1)->price, Price{99});
  EXPECT_EQ(books.level(kFirst, Side::kBuy, 2), nullptr);
  EXPECT_EQ(books.best(kFirst, Side::kSell)->price, Price{102});
  EXPECT_EQ(books.best(kSecond, Side::kSell), nullptr);
  EXPECT_FALSE(books.crossed(kFirst));
  EXPECT_EQ(*books.find(id(3)), (MarketOrder{id(3), kFirst, Side::kBuy, Price{99}, Quantity{30}}));
  books.check();
}

TEST(MarketBooks, AReducedOrderKeepsItsPlaceUntilNothingIsLeft) {
  MarketBooks books = sample();
  EXPECT_EQ(books.reduce(id(1), Quantity{9}), BookFault::kNone);
  EXPECT_EQ(queue(books, kFirst, Side::kBuy), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(books.best(kFirst, Side::kBuy)->total, Quantity{21});
  EXPECT_EQ(books.reduce(id(1), Quantity{1}), BookFault::kNone);
  EXPECT_EQ(queue(books, kFirst, Side::kBuy), (std::vector<std::uint64_t>{2}));
  EXPECT_EQ(books.remove(id(2)), BookFault::kNone);
  EXPECT_EQ(books.best(kFirst, Side::kBuy)->price, Price{99});
  books.check();
}

TEST(MarketBooks, AReplacedOrderGoesToTheEndUnderItsNewId) {
  MarketBooks books = sample();
  EXPECT_EQ(books.replace(id(1), id(9), Price{100}, Quantity{5}), BookFault::kNone);
  EXPECT_EQ(queue(books, kFirst, Side::kBuy), (std::vector<std::uint64_t>{2, 9}));
  EXPECT_FALSE(books.find(id(1)).has_value());
  books.check();
}

TEST(MarketBooks, AModifiedOrderKeepsItsPlaceOnlyIfItShrinksAtItsPrice) {
  MarketBooks books = sample();
  EXPECT_EQ(books.modify(id(1), Price{100}, Quantity{4}), BookFault::kNone);
  EXPECT_EQ(queue(books, kFirst, Side::kBuy), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(books.modify(id(1), Price{100}, Quantity{4}), BookFault::kNone);
  EXPECT_EQ(queue(books, kFirst, Side::kBuy), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(books.modify(id(1), Price{100}, Quantity{5}), BookFault::kNone);
  EXPECT_EQ(queue(books, kFirst, Side::kBuy), (std::vector<std::uint64_t>{2, 1}));
  EXPECT_EQ(books.modify(id(2), Price{103}, Quantity{1}), BookFault::kNone);
  EXPECT_EQ(queue(books, kFirst, Side::kBuy), (std::vector<std::uint64_t>{2}));
  EXPECT_TRUE(books.crossed(kFirst)) << "the feed says so";
  books.check();
}

TEST(MarketBooks, ClearingABookLeavesTheOthers) {
  MarketBooks books = sample();
  EXPECT_EQ(books.add(id(5), kSecond, Side::kBuy, Price{-7}, Quantity{1}), BookFault::kNone);
  EXPECT_EQ(books.clear(kFirst), BookFault::kNone);
  EXPECT_EQ(books.live(), 1u);
  EXPECT_EQ(books.best(kFirst, Side::kBuy), nullptr);
  EXPECT_EQ(books.best(kSecond, Side::kBuy)->price, Price{-7});
  books.check();
}

TEST(MarketBooks, EveryFaultIsNamedAndChangesNothing) {
  MarketBooks books = sample();
  const Price p{100}, beyond{kMarketPriceMax.value() + 1}, below{-kMarketPriceMax.value() - 1};
  const Quantity q{1}, too_much{kOrderQuantityMax.value() + 1};
  EXPECT_EQ(books.add(id(5), BookIndex{2}, Side::kBuy, p, q), BookFault::kUnknownBook);
  EXPECT_EQ(books.add(id(5), kFirst, Side::kNone, p, q), BookFault::kSide);
  EXPECT_EQ(books.add(id(5), kFirst, Side::kBuy, beyond, q), BookFault::kPrice);
  EXPECT_EQ(books.add(id(5), kFirst, Side::kBuy, below, q), BookFault::kPrice);
  EXPECT_EQ(books.add(id(5), kFirst, Side::kBuy, p, Quantity{0}), BookFault::kQuantity);
  EXPECT_EQ(books.add(id(5), kFirst, Side::kBuy, p, too_much), BookFault::kQuantity);
  EXPECT_EQ(books.add(id(4), kSecond, Side::kBuy, p, q), BookFault::kDuplicateOrder);
  EXPECT_EQ(books.reduce(id(5), q), BookFault::kUnknownOrder);
  EXPECT_EQ(books.reduce(id(4), Quantity{41}), BookFault::kQuantity);
  EXPECT_EQ(books.reduce(id(4), Quantity{0}), BookFault::kQuantity);
  EXPECT_EQ(books.reduce(id(4), Quantity{-1}), BookFault::kQuantity);
  EXPECT_EQ(books.remove(id(5)), BookFault::kUnknownOrder);
  EXPECT_EQ(books.replace(id(5), id(6), p, q), BookFault::kUnknownOrder);
  EXPECT_EQ(books.replace(id(4), id(3), p, q), BookFault::kDuplicateOrder);
  EXPECT_EQ(books.replace(id(4), id(5), p, Quantity{0}), BookFault::kQuantity);
  EXPECT_EQ(books.replace(id(4), id(5), beyond, q), BookFault::kPrice);
  EXPECT_EQ(books.modify(id(5), p, q), BookFault::kUnknownOrder);
  EXPECT_EQ(books.modify(id(4), p, Quantity{0}), BookFault::kQuantity);
  EXPECT_EQ(books.clear(BookIndex{2}), BookFault::kUnknownBook);
  EXPECT_EQ(books.live(), 4u);
  EXPECT_EQ(*books.find(id(4)), (MarketOrder{id(4), kFirst, Side::kSell, Price{102}, Quantity{40}}));
  books.check();
}

/// All orders in the order they arrived or were last put behind others: slow, and obvious.
struct ReferenceBook {
  std::list<MarketOrder> orders;

  std::list<MarketOrder>::iterator at(VenueOrderId wanted) {
    return std::find_if(orders.begin(), orders.end(), [&](const MarketOrder& order) { return order.id == wanted; });
  }
  void reduce(VenueOrderId wanted, Quantity by) {
    const auto order = at(wanted);
    order->quantity = order->quantity - by;
    if (order->quantity == Quantity{0}) orders.erase(order);
  }
  void replace(VenueOrderId wanted, MarketOrder by) {
    orders.erase(at(wanted));
    orders.push_back(by);
  }
  /// The orders of a side, best price first, oldest first.
  std::vector<MarketOrder> side(BookIndex book, Side of) const {
    std::vector<MarketOrder> found;
    for (const MarketOrder& order : orders)
      if (order.book == book && order.side == of) found.push_back(order);
    std::stable_sort(found.begin(), found.end(), [&](const MarketOrder& a, const MarketOrder& b) {
      return of == Side::kBuy ? a.price > b.price : a.price < b.price;
    });
    return found;
  }
};

void expect_equal(const MarketBooks& books, const ReferenceBook& reference) {
  books.check();
  for (const BookIndex book : {kFirst, kSecond}) {
    for (const Side side : {Side::kBuy, Side::kSell}) {
      std::vector<MarketOrder> orders;
      for (std::size_t i = 0; i < books.depth(book, side); ++i) books.orders_of(*books.level(book, side, i), orders);
      ASSERT_EQ(orders, reference.side(book, side));
    }
  }
}

class MarketBooksRandom : public testing::TestWithParam<unsigned> {};
TEST_P(MarketBooksRandom, AreThoseOfTheReferenceAfterEveryChange) {
  std::mt19937_64 random(GetParam());
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  MarketBooks books(2, 1);
  ReferenceBook reference;
  std::uint64_t next = 1;
  for (int step = 0; step < 4'000; ++step) {
    const Price price{static_cast<std::int64_t>(below(60)) - 10};  // deep enough for both ways to search
    const Quantity quantity{static_cast<std::int64_t>(1 + below(50))};
    const bool grows = reference.orders.size() < 150;
    if (reference.orders.empty() || below(10) < (grows ? 5u : 3u)) {
      const MarketOrder order{id(next++), below(2) == 0 ? kFirst : kSecond, below(2) == 0 ? Side::kBuy : Side::kSell,
                              price, quantity};
      ASSERT_EQ(books.add(order.id, order.book, order.side, price, quantity), BookFault::kNone);
      reference.orders.push_back(order);
    } else {
      MarketOrder order =
          *std::next(reference.orders.begin(), static_cast<std::ptrdiff_t>(below(reference.orders.size())));
      switch (below(4)) {
        case 0:
          ASSERT_EQ(books.remove(order.id), BookFault::kNone);
          reference.orders.erase(reference.at(order.id));
          break;
        case 1: {
          const Quantity by{static_cast<std::int64_t>(1 + below(static_cast<std::uint64_t>(order.quantity.value())))};
          ASSERT_EQ(books.reduce(order.id, by), BookFault::kNone);
          reference.reduce(order.id, by);
          break;
        }
        case 2:
          ASSERT_EQ(books.replace(order.id, id(next), price, quantity), BookFault::kNone);
          reference.replace(order.id, {id(next++), order.book, order.side, price, quantity});
          break;
        default:
          ASSERT_EQ(books.modify(order.id, price, quantity), BookFault::kNone);
          if (price == order.price && quantity <= order.quantity) reference.at(order.id)->quantity = quantity;
          else reference.replace(order.id, {order.id, order.book, order.side, price, quantity});
      }
    }
    if (step % 8 == 0) expect_equal(books, reference);
    if (testing::Test::HasFatalFailure()) return;
  }
  expect_equal(books, reference);
}
INSTANTIATE_TEST_SUITE_P(Seeds, MarketBooksRandom, testing::Values(1u, 2u, 3u));

}  // namespace
}  // namespace sluice::marketdata
