// The LOBSTER reader refuses what the format does not allow, and a real sample read with it has the facts of its
// expected.json.
#include "marketdata/lobster.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "support/shared_files.h"

namespace sluice::marketdata {
namespace {

TEST(LobsterMessages, TimesAreExactNanoseconds) {
  const auto messages =
      parse_lobster_messages("34200.004241176,1,16113575,18,5853300,1\n34200.00426064,3,7,1,2,-1\r\n34201,5,0,1,2,1");
  ASSERT_TRUE(messages.ok()) << messages.error().message;
  ASSERT_EQ(messages.value().size(), 3u);
  const LobsterMessage& first = messages.value()[0];
  EXPECT_EQ(first.time, Nanos{34'200'004'241'176});
  EXPECT_EQ(first.type, LobsterType::kNewOrder);
  EXPECT_EQ(first.order_id, 16'113'575);
  EXPECT_EQ(first.size, Quantity{18});
  EXPECT_EQ(first.price, Price{5'853'300});
  EXPECT_EQ(first.side, Side::kBuy);
  EXPECT_EQ(messages.value()[1].time, Nanos{34'200'004'260'640}) << "missing decimals are zeros";
  EXPECT_EQ(messages.value()[1].side, Side::kSell);
  EXPECT_EQ(messages.value()[2].time, Nanos{34'201'000'000'000});
}

struct BadRow {
  const char* cause;
  const char* text;
  const char* message;
};
std::string cause_of(const testing::TestParamInfo<BadRow>& tested) { return tested.param.cause; }

class MessagesRefuse : public testing::TestWithParam<BadRow> {};
TEST_P(MessagesRefuse, NamesLineAndCause) {
  const auto messages = parse_lobster_messages(GetParam().text);
  ASSERT_FALSE(messages.ok());
  EXPECT_EQ(messages.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(messages.error().message.find(GetParam().message), std::string::npos) << messages.error().message;
}
#define GOOD "1.5,1,7,18,100,1\n"
INSTANTIATE_TEST_SUITE_P(
    Causes, MessagesRefuse,
    testing::Values(BadRow{"FieldMissing", GOOD "2,1,7,18,100", "line 2: a message has 6 fields"},
                    BadRow{"FieldAdded", GOOD "2,1,7,18,100,1,", "line 2: a message has 6 fields, this one has 7"},
                    BadRow{"EmptyLine", GOOD "\n" GOOD, "line 2: a message has 6 fields, this one has 1"},
                    BadRow{"TenDecimals", "1.0123456789,1,7,18,100,1", "line 1: time '1.0123456789'"},
                    BadRow{"NoDecimals", "1.,1,7,18,100,1", "time '1.'"},
                    BadRow{"NegativeTime", "-0.5,1,7,18,100,1", "time '-0.5'"},
                    BadRow{"LetterInDecimals", "1.5x,1,7,18,100,1", "time '1.5x'"},
                    BadRow{"TimeBackwards", GOOD "1.4,1,7,18,100,1", "line 2: time goes backwards"},
                    BadRow{"UnknownType", "1,8,7,18,100,1", "type 8 is unknown"},
                    BadRow{"FractionalSize", "1,1,7,1.8,100,1", "size '1.8'"},
                    BadRow{"NoSize", "1,1,7,0,100,1", "size 0 is out of range"},
                    BadRow{"NegativePrice", "1,1,7,18,-100,1", "price -100 is out of range"},
                    BadRow{"HugeId", "1,1,9223372036854775808,18,100,1", "order id '9223372036854775808'"},
                    BadRow{"Space", "1,1, 7,18,100,1", "order id ' 7'"},
                    BadRow{"NoDirection", "1,1,7,18,100,0", "direction 0"}),
    cause_of);

TEST(LobsterBooks, LevelsThatDoNotExistHaveNoQuantity) {
  const auto books = parse_lobster_books("101,5,99,6,9999999999,0,-9999999999,0");
  ASSERT_TRUE(books.ok()) << books.error().message;
  ASSERT_EQ(books.value().size(), 1u);
  EXPECT_EQ(books.value()[0].asks, (std::vector<LobsterLevel>{{Price{101}, Quantity{5}}, {}}));
  EXPECT_EQ(books.value()[0].bids, (std::vector<LobsterLevel>{{Price{99}, Quantity{6}}, {}}));
}

class BooksRefuse : public testing::TestWithParam<BadRow> {};
TEST_P(BooksRefuse, NamesLineAndCause) {
  const auto books = parse_lobster_books(GetParam().text);
  ASSERT_FALSE(books.ok());
  EXPECT_EQ(books.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(books.error().message.find(GetParam().message), std::string::npos) << books.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    Causes, BooksRefuse,
    testing::Values(BadRow{"HalfALevel", "101,5", "line 1: a level has 4 fields"},
                    BadRow{"LevelsChange", "101,5,99,6\n101,5,99,6,102,5,98,6", "line 2: the number of levels"},
                    BadRow{"NoSize", "101,0,99,6", "size 0"}, BadRow{"NoPrice", "0,5,99,6", "price 0"},
                    BadRow{"NotANumber", "101,5,99,six", "size 'six'"}),
    cause_of);

TEST(LobsterFolder, NeedsExactlyOneFileOfEachKind) {
  const auto absent = load_lobster("/nonexistent");
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  EXPECT_NE(absent.error().message.find("_message_"), std::string::npos);
}

using Side2 = std::map<std::int64_t, std::int64_t>;  // price → quantity

/// One side's window after `message`, from the one before it: what the next row must say.
std::vector<LobsterLevel> window(const std::vector<LobsterLevel>& before, const LobsterMessage& message, bool bids) {
  Side2 levels;
  for (const LobsterLevel& level : before) {
    if (level.quantity > Quantity{0}) levels[level.price.value()] = level.quantity.value();
  }
  if (message.type <= LobsterType::kVisibleExecution && (message.side == Side::kBuy) == bids) {
    const std::int64_t change = message.type == LobsterType::kNewOrder ? message.size.value() : -message.size.value();
    if ((levels[message.price.value()] += change) == 0) levels.erase(message.price.value());
  }
  std::vector<LobsterLevel> after;
  for (const auto& [price, quantity] : levels) after.push_back({Price{price}, Quantity{quantity}});
  if (bids) std::reverse(after.begin(), after.end());
  after.resize(std::min(after.size(), before.size()));
  return after;
}

struct Transitions {
  int equal = 0, different = 0, revealed = 0;
};

Transitions count_transitions(const LobsterSample& sample) {
  Transitions counts;
  for (std::size_t i = 1; i < sample.books.size(); ++i) {
    bool fits = true;
    for (const bool bids : {false, true}) {
      const auto& before = bids ? sample.books[i - 1].bids : sample.books[i - 1].asks;
      auto now = bids ? sample.books[i].bids : sample.books[i].asks;
      const auto due = window(before, sample.messages[i], bids);
      if (due == now) continue;
      // A level that enters at the deep end was not in the window before: its content cannot be known.
      now.resize(due.size());
      if (due.size() + 1 == before.size() && due == now) ++counts.revealed;
      else fits = false;
    }
    ++(fits ? counts.equal : counts.different);
  }
  return counts;
}

TEST(LobsterSample, HasTheFactsOfItsExpectedFile) {
  const auto folder = test::shared_path("data/lobster_aapl_20120621_l10");
  SKIP_IF_ABSENT(folder);
  const auto sample = load_lobster(folder);
  ASSERT_TRUE(sample.ok()) << sample.error().message;
  const auto expected = nlohmann::json::parse(test::read_text(folder / "expected.json"));

  EXPECT_EQ(sample.value().messages.size(), expected["rows"]);
  EXPECT_EQ(sample.value().books.front().asks.size(), expected["levels"]);
  std::map<std::string, int> types;
  std::map<std::int64_t, LobsterMessage> live;
  std::set<std::int64_t> before_open;
  int inconsistent = 0;
  for (const LobsterMessage& message : sample.value().messages) {
    ++types[std::to_string(static_cast<int>(message.type))];
    if (message.type == LobsterType::kNewOrder) live[message.order_id] = message;
    if (message.type == LobsterType::kNewOrder || message.type > LobsterType::kVisibleExecution) continue;
    const auto order = live.find(message.order_id);
    if (order == live.end()) {
      before_open.insert(message.order_id);
      continue;
    }
    if (order->second.price != message.price || order->second.side != message.side || order->second.size < message.size)
      ++inconsistent;
    order->second.size = order->second.size - message.size;
    if (order->second.size == Quantity{0}) live.erase(order);
  }
  EXPECT_EQ(nlohmann::json(types), expected["types"]);
  EXPECT_EQ(inconsistent, expected["order_inconsistent"]);
  EXPECT_EQ(before_open.size(), expected["pre_open_orders"]);
  const Transitions transitions = count_transitions(sample.value());
  EXPECT_EQ(transitions.equal, expected["transitions_equal"]);
  EXPECT_EQ(transitions.different, expected["transitions_diff"]);
  EXPECT_EQ(transitions.revealed, expected["revealed_levels"]);
}

}  // namespace
}  // namespace sluice::marketdata
