// The generated session has the published mix, is consistent, and the books that are made of its bytes are its own.
#include "marketdata/itch_generator.h"

#include <gtest/gtest.h>

#include <map>

#include "marketdata/itch_books.h"

namespace sluice::marketdata {
namespace {

using Bytes = std::vector<std::byte>;

struct CountTypes {
  std::map<char, std::uint64_t> counts;
  std::uint64_t total = 0;
  std::map<std::uint16_t, double> adds;  // by stock
  std::uint64_t time = 0;
  bool time_went_back = false;
  template <typename Message>
  void operator()(const Message& message) {
    ++counts[Message::kType];
    ++total;
    time_went_back = time_went_back || message.header.timestamp.value() < time;
    time = message.header.timestamp.value();
    if constexpr (Message::kType == 'A') ++adds[message.header.locate.value()];
  }
  double share(const char* types) const {
    double sum = 0;
    for (const char* type = types; *type != 0; ++type)
      sum += static_cast<double>(counts.contains(*type) ? counts.at(*type) : 0);
    return 100.0 * sum / static_cast<double>(total);
  }
};

TEST(ItchGenerator, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const ItchGeneratorOptions options{.seed = 5, .stocks = 20, .standing = 100};
  ItchGeneratorOptions other = options;
  other.seed = 6;
  EXPECT_EQ(generate_itch(options, 5'000), generate_itch(options, 5'000));
  EXPECT_NE(generate_itch(options, 5'000), generate_itch(other, 5'000));
}

// A whole NASDAQ day: adds 44-45 %, deletes 43, replaces 7, executions 2-3, partial cancels 1.7.
TEST(ItchGenerator, MixesMessagesAsPublished) {
  ItchGenerator generator({.stocks = 500, .standing = 20'000});
  Bytes opening, bytes;
  generator.open(opening);
  for (int i = 0; i < 300'000; ++i) generator.next(bytes);
  CountTypes types;
  EXPECT_EQ(itch::decode(bytes, types).fault, itch::Fault::kNone);
  EXPECT_EQ(types.total, 300'000u);
  EXPECT_NEAR(types.share("AF"), 44.5, 0.5);
  EXPECT_NEAR(types.share("D"), 43.0, 0.5);
  EXPECT_NEAR(types.share("U"), 7.0, 0.3);
  EXPECT_NEAR(types.share("EC"), 2.5, 0.2);
  EXPECT_NEAR(types.share("X"), 1.7, 0.2);
  EXPECT_FALSE(types.time_went_back);
  for (const char type : itch::kTypes) EXPECT_GT(generator.count_of(type), 0u) << type << " is part of a session";
}

TEST(ItchGenerator, StocksHaveZipfWeights) {
  ItchGenerator generator({.stocks = 100, .standing = 200'000});
  Bytes bytes;
  generator.open(bytes);
  CountTypes types;
  itch::decode(bytes, types);
  EXPECT_NEAR(types.adds[1] / types.adds[10], 10.0, 1.0);
  EXPECT_NEAR(types.adds[2] / types.adds[40], 20.0, 4.0);
}

void expect_same_books(const ItchGenerator& generator, const MarketBooks& books, std::uint16_t stocks) {
  books.check();
  EXPECT_EQ(books.live(), generator.live());
  for (std::uint16_t locate = 1; locate <= stocks; ++locate) {
    const BookIndex book{locate};
    EXPECT_FALSE(books.crossed(book));
    for (const Side side : {Side::kBuy, Side::kSell}) {
      std::vector<MarketOrder> orders;
      for (std::size_t i = 0; i < books.depth(book, side); ++i) books.orders_of(*books.level(book, side, i), orders);
      ASSERT_EQ(orders, generator.resting(locate, side)) << "stock " << locate;
    }
  }
}

class ItchBooksOf : public testing::TestWithParam<std::uint64_t> {};
TEST_P(ItchBooksOf, TheBytesAreTheBooksOfTheGenerator) {
  constexpr std::uint16_t kStocks = 50;
  ItchGenerator generator({.seed = GetParam(), .stocks = kStocks, .standing = 2'000, .young_mean = 300});
  ItchBooks built(kStocks + 1, 16);
  Bytes bytes;
  generator.open(bytes);
  for (int part = 0; part < 10; ++part) {
    for (int i = 0; i < 10'000; ++i) generator.next(bytes);
    // By turns as one message after the other, and looking ahead.
    ASSERT_TRUE(itch::status_of(part % 2 == 0 ? built.apply(bytes) : itch::decode(bytes, built)).ok());
    bytes.clear();
    expect_same_books(generator, built.books(), kStocks);
  }
  for (std::size_t fault = 1; fault < kBookFaults; ++fault) {
    EXPECT_EQ(built.count_of(static_cast<BookFault>(fault)), 0u) << name_of(static_cast<BookFault>(fault));
  }
  std::uint64_t changes = 0;
  for (const char type : {'A', 'F', 'E', 'C', 'X', 'D', 'U'}) changes += generator.count_of(type);
  EXPECT_EQ(built.count_of(BookFault::kNone), changes);
}
INSTANTIATE_TEST_SUITE_P(Seeds, ItchBooksOf, testing::Values(1u, 2u, 3u));

TEST(ItchBooks, WhatContradictsTheBooksIsCountedByCause) {
  ItchBooks built(2, 4);
  const auto feed = [&](auto message) {
    message.header.locate = itch::U16(1);
    message.order = itch::U64(7);
    Bytes bytes;
    itch::append(bytes, message);
    itch::decode(bytes, built);
  };
  feed(itch::OrderDeleted{});
  itch::AddOrder add;
  add.shares = itch::U32(5);
  feed(add);  // neither buy nor sell
  add.side = 'S';
  feed(add);
  feed(add);
  itch::OrderExecuted execution;
  execution.shares = itch::U32(6);
  feed(execution);
  EXPECT_EQ(built.count_of(BookFault::kNone), 1u);
  EXPECT_EQ(built.count_of(BookFault::kUnknownOrder), 1u);
  EXPECT_EQ(built.count_of(BookFault::kSide), 1u);
  EXPECT_EQ(built.count_of(BookFault::kDuplicateOrder), 1u);
  EXPECT_EQ(built.count_of(BookFault::kQuantity), 1u);
  EXPECT_EQ(built.books().live(), 1u);
}

TEST(ItchBooks, LookingAheadAppliesAllThatIsBeforeAFaultAndNothingElse) {
  ItchGenerator generator({.stocks = 3, .standing = 0});
  Bytes bytes;
  generator.open(bytes);
  for (const std::size_t messages : {0u, 1u, 5u, 17u, 18u, 19u, 40u}) {
    for (std::size_t i = 0; i < messages; ++i) generator.next(bytes);
    Bytes damaged = bytes;
    damaged.insert(damaged.end(), {std::byte{0}, std::byte{2}, std::byte{'D'}, std::byte{0}});
    ItchBooks built(4, 1);
    const itch::Decoded decoded = built.apply(damaged);
    EXPECT_EQ(decoded.fault, itch::Fault::kWrongLength);
    EXPECT_EQ(decoded.consumed, bytes.size());
    expect_same_books(generator, built.books(), 3);
  }
}

TEST(ItchBooks, LookingAheadBearsOrdersAndStocksThatAreNot) {
  ItchBooks built(1, 1);
  Bytes bytes;
  for (std::uint64_t i = 0; i < 50; ++i) {
    itch::OrderDeleted none;
    none.order = itch::U64(i);
    none.header.locate = itch::U16(0xffff);
    itch::append(bytes, none);
    itch::AddOrder nowhere;
    nowhere.order = itch::U64(i);
    nowhere.side = 'B';
    nowhere.shares = itch::U32(1);
    nowhere.header.locate = itch::U16(1);
    itch::append(bytes, nowhere);
  }
  built.apply(bytes);
  EXPECT_EQ(built.count_of(BookFault::kUnknownOrder), 50u);
  EXPECT_EQ(built.count_of(BookFault::kUnknownBook), 50u);
  ItchBooks none(0, 0);
  none.apply(bytes);
  EXPECT_EQ(none.count_of(BookFault::kUnknownBook), 50u);
}

TEST(ItchGenerator, ASessionBeginsWithTheDirectoryAndEndsWithItsEnd) {
  const Bytes bytes = generate_itch({.stocks = 3, .standing = 10}, 100);
  std::string events;
  std::vector<std::string> stocks;
  struct Visit {
    std::string& events;
    std::vector<std::string>& stocks;
    void operator()(const itch::SystemEvent& m) { events += m.event; }
    void operator()(const itch::StockDirectory& m) { stocks.emplace_back(m.stock.value()); }
  };
  const itch::Decoded decoded = itch::decode(bytes, Visit{events, stocks});
  EXPECT_TRUE(decoded.ended);
  EXPECT_EQ(decoded.unknown, 0u);
  EXPECT_EQ(events, "OSQMEC");
  EXPECT_EQ(stocks, (std::vector<std::string>{"S1", "S2", "S3"}));
}

}  // namespace
}  // namespace sluice::marketdata
