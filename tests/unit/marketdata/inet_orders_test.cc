// The reader of INET order files refuses what the format does not allow, and the books made of a real sample are those
// of its expected.json.
#include "marketdata/inet_orders.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "support/shared_files.h"

namespace sluice::marketdata {
namespace {

#define HEADER "type,time,id,price,size,type\n"
constexpr BookIndex kBook{0};

TEST(InetOrders, EveryTypeIsRead) {
  const auto messages = parse_inet_orders(HEADER
                                          "A,30134030,727589,11.48,400,BID\r\nA,29000000,9,18.4,20,ASK,TRUE\n"
                                          "T,31000000,9,18.4,5\nR,31000000,9,15,FALSE\nC,31000001,9");
  ASSERT_TRUE(messages.ok()) << messages.error().message;
  ASSERT_EQ(messages.value().size(), 5u);
  const InetMessage& add = messages.value()[0];
  EXPECT_EQ(add.time, Nanos{30'134'030'000'000});
  EXPECT_EQ(add.type, InetType::kAdd);
  EXPECT_EQ(add.order, VenueOrderId{727'589});
  EXPECT_EQ(add.price, Price{114'800});
  EXPECT_EQ(add.size, Quantity{400});
  EXPECT_EQ(add.side, Side::kBuy);
  EXPECT_FALSE(add.own);
  EXPECT_TRUE(messages.value()[1].own);
  EXPECT_EQ(messages.value()[1].side, Side::kSell);
  EXPECT_EQ(messages.value()[2].type, InetType::kTrade);
  EXPECT_EQ(messages.value()[2].price, Price{184'000});
  EXPECT_EQ(messages.value()[3].type, InetType::kReduce);
  EXPECT_EQ(messages.value()[3].size, Quantity{15});
  EXPECT_EQ(messages.value()[4].type, InetType::kCancel);
}

TEST(InetOrders, APriceInSpreadsheetNotationIsReadExactly) {
  const auto messages = parse_inet_orders(HEADER "A,1,1,1.00E-04,4,BID\nA,1,2,2.5E-03,4,BID\n");
  ASSERT_TRUE(messages.ok()) << messages.error().message;
  EXPECT_EQ(messages.value()[0].price, Price{1});
  EXPECT_EQ(messages.value()[1].price, Price{25});
}

struct BadFile {
  const char* cause;
  const char* text;
  const char* message;
};
std::string cause_of(const testing::TestParamInfo<BadFile>& tested) { return tested.param.cause; }

class InetRefuses : public testing::TestWithParam<BadFile> {};
TEST_P(InetRefuses, NamesLineAndCause) {
  const auto messages = parse_inet_orders(GetParam().text);
  ASSERT_FALSE(messages.ok());
  EXPECT_EQ(messages.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(messages.error().message.find(GetParam().message), std::string::npos) << messages.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    Causes, InetRefuses,
    testing::Values(BadFile{"Empty", "", "the header is missing"},
                    BadFile{"NoHeader", "A,1,2,3,4,BID\n", "line 1: the header is not"},
                    BadFile{"EmptyLine", HEADER "\n", "line 2: type '' is unknown"},
                    BadFile{"UnknownType", HEADER "X,1,2", "type 'X' is unknown"},
                    BadFile{"LongType", HEADER "CC,1,2", "type 'CC' is unknown"},
                    BadFile{"FieldMissing", HEADER "A,1,2,3,4", "a message A has 6 fields"},
                    BadFile{"FieldAdded", HEADER "C,1,2,TRUE,",
                            "a message C has 3 fields and may have a mark, this one has 5"},
                    BadFile{"Mark", HEADER "C,1,2,true", "mark 'true'"},
                    BadFile{"Side", HEADER "A,1,2,3,4,BUY", "side 'BUY'"},
                    BadFile{"TimeNegative", HEADER "C,-1,2", "time -1 is out of range"},
                    BadFile{"TimeNextDay", HEADER "C,86400000,2", "time 86400000 is out of range"},
                    BadFile{"TimeBackwards", HEADER "A,9,1,3,4,BID\nC,8,1\nC,7,1", "line 4: time goes backwards"},
                    BadFile{"Id", HEADER "C,1,2x", "order id '2x'"},
                    BadFile{"PriceFiveDecimals", HEADER "A,1,2,3.00001,4,BID", "price '3.00001'"},
                    BadFile{"PriceExponentInexact", HEADER "A,1,2,1.50E-04,4,BID", "price 1.50E-04 has more than four"},
                    BadFile{"PriceExponentNone", HEADER "A,1,2,1.50E-,4,BID", "exponent of the price ''"},
                    BadFile{"PriceExponentHuge", HEADER "A,1,2,1E-999999999999,4,BID", "has more than four decimals"},
                    BadFile{"PriceZero", HEADER "A,1,2,0.0,4,BID", "price 0.0 is out of range"},
                    BadFile{"PriceNegative", HEADER "A,1,2,-1,4,BID", "price '-1'"},
                    BadFile{"PriceHuge", HEADER "A,1,2,9223372036854775807,4,BID", "price '9223372036854775807'"},
                    BadFile{"SizeZero", HEADER "R,1,2,0", "size 0 is out of range"},
                    BadFile{"SizeHuge", HEADER "R,1,2,4294967296", "size 4294967296 is out of range"}),
    cause_of);

TEST(InetOrders, AReduceThatIncreasesIsRefused) {
  MarketBooks books(1, 4);
  const auto messages = parse_inet_orders(HEADER "A,1,7,3,40,BID\nR,2,7,41\nR,3,8,1\nR,4,7,40\nR,4,7,39\n");
  ASSERT_TRUE(messages.ok());
  std::vector<BookFault> faults;
  for (const InetMessage& message : messages.value()) faults.push_back(apply(message, kBook, books));
  EXPECT_EQ(faults, (std::vector{BookFault::kNone, BookFault::kQuantity, BookFault::kUnknownOrder, BookFault::kNone,
                                 BookFault::kNone}));
  EXPECT_EQ(books.find(VenueOrderId{7})->quantity, Quantity{39});
}

/// "11.4" of the expected file in the price unit.
Price price_of(const std::string& text) { return Price{static_cast<std::int64_t>(std::stod(text) * 10'000 + 0.5)}; }

std::uint32_t orders_on(const MarketBooks& books, Side side) {
  std::uint32_t orders = 0;
  for (std::size_t i = 0; i < books.depth(kBook, side); ++i) orders += books.level(kBook, side, i)->orders;
  return orders;
}

TEST(InetSample, BooksHaveTheFactsOfItsExpectedFile) {
  const auto folder = test::shared_path("data/inet_orders_cran_orderbook_sample");
  SKIP_IF_ABSENT(folder);
  const auto messages = parse_inet_orders(test::read_text(folder / "sample.txt"));
  ASSERT_TRUE(messages.ok()) << messages.error().message;
  const auto expected = nlohmann::json::parse(test::read_text(folder / "expected.json"));

  MarketBooks books(1, 4'096);
  std::map<std::string, int> types;
  std::map<BookFault, int> faults;
  std::size_t read = 0;
  for (const InetMessage& message : messages.value()) {
    ++types[std::string(1, static_cast<char>(message.type))];
    ++faults[apply(message, kBook, books)];
    if (++read != 5'000) continue;
    const auto& then = expected["after_5000"];
    EXPECT_EQ(books.best(kBook, Side::kBuy)->price, price_of(then["best_bid"]));
    EXPECT_EQ(books.best(kBook, Side::kSell)->price, price_of(then["best_ask"]));
    EXPECT_EQ(books.depth(kBook, Side::kBuy), then["bid_levels"]);
    EXPECT_EQ(books.depth(kBook, Side::kSell), then["ask_levels"]);
    EXPECT_EQ(orders_on(books, Side::kBuy), then["bid_orders"]);
    EXPECT_EQ(orders_on(books, Side::kSell), then["ask_orders"]);
    EXPECT_EQ(books.best(kBook, Side::kBuy)->total.value(), then["best_bid_size"]);
    EXPECT_EQ(books.best(kBook, Side::kSell)->total.value(), then["best_ask_size"]);
  }
  EXPECT_EQ(nlohmann::json(types), expected["types"]);
  EXPECT_EQ(faults[BookFault::kUnknownOrder], expected["unknown"]);
  EXPECT_EQ(faults[BookFault::kQuantity], expected["replace_increases"]);
  EXPECT_EQ(faults[BookFault::kNone], static_cast<int>(messages.value().size()));
  EXPECT_EQ(books.live(), expected["resting_end"]);
  books.check();
}

}  // namespace
}  // namespace sluice::marketdata
