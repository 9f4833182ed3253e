// The layout of every ITCH message is that of the public specification, every field is read and written at its place,
// and one message is read from bytes written down by hand.
#include "marketdata/itch_messages.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <span>

#include "marketdata/itch.h"

namespace sluice::marketdata::itch {
namespace {

template <typename T, std::size_t kBytes>
Big<T, kBytes> rebuilt(const Big<T, kBytes>& field) {
  return Big<T, kBytes>(field.value());
}
template <std::size_t kWidth>
Text<kWidth> rebuilt(const Text<kWidth>& field) {
  return Text<kWidth>(field.value());
}
char rebuilt(char field) { return field; }

/// Bytes without a zero or a space, each different from its neighbours.
template <typename Message>
std::array<std::byte, sizeof(Message)> pattern() {
  std::array<std::byte, sizeof(Message)> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(0x81 + 3 * i % 0x7e);
  bytes[0] = static_cast<std::byte>(Message::kType);
  return bytes;
}

struct Field {
  std::size_t offset;
  std::size_t size;
};

/// Walks the fields of a message as the specification lists them, from the end of the header: each begins where the one
/// before ends. Reads each from the pattern and writes it to another message, which must get the same bytes.
template <typename Message, typename... Fields>
void expect_layout(Fields Message::*... fields) {
  SCOPED_TRACE(std::string("type ") + Message::kType);
  const auto bytes = pattern<Message>();
  std::vector<std::byte> framed;
  const U16 length(sizeof(Message));
  const auto prefix = std::as_bytes(std::span(&length, 1));
  framed.assign(prefix.begin(), prefix.end());
  framed.insert(framed.end(), bytes.begin(), bytes.end());
  int visits = 0;
  const auto visit = [&](const Message& read) {
    ++visits;
    Message written;
    written.header.locate = rebuilt(read.header.locate);
    written.header.tracking = rebuilt(read.header.tracking);
    written.header.timestamp = rebuilt(read.header.timestamp);
    std::size_t at = sizeof(Header);
    (
        [&] {
          const auto offset =
              reinterpret_cast<const std::byte*>(&(read.*fields)) - reinterpret_cast<const std::byte*>(&read);
          EXPECT_EQ(static_cast<std::size_t>(offset), at);
          at += sizeof(read.*fields);
          written.*fields = rebuilt(read.*fields);
        }(),
        ...);
    EXPECT_EQ(at, sizeof(Message)) << "every field is listed";
    std::vector<std::byte> again;
    append(again, written);
    EXPECT_EQ(again, framed);
  };
  EXPECT_EQ(decode(framed, visit).messages, 1u);
  EXPECT_EQ(visits, 1);
}

TEST(ItchMessages, EveryFieldOfEveryTypeMakesTheRoundTrip) {
  expect_layout(&SystemEvent::event);
  using R = StockDirectory;
  expect_layout(&R::stock, &R::market_category, &R::financial_status, &R::round_lot, &R::round_lots_only,
                &R::issue_classification, &R::issue_subtype, &R::authenticity, &R::short_sale_threshold, &R::ipo_flag,
                &R::price_tier, &R::etp_flag, &R::etp_leverage, &R::inverse);
  expect_layout(&TradingAction::stock, &TradingAction::state, &TradingAction::reserved, &TradingAction::reason);
  expect_layout(&ShortSaleRestriction::stock, &ShortSaleRestriction::action);
  using L = ParticipantPosition;
  expect_layout(&L::participant, &L::stock, &L::primary, &L::mode, &L::state);
  using V = MarketWideDeclineLevels;
  expect_layout(&V::level_1, &V::level_2, &V::level_3);
  expect_layout(&MarketWideStatus::breached_level);
  using K = IpoQuotingPeriod;
  expect_layout(&K::stock, &K::release_time, &K::release_qualifier, &K::price);
  using J = AuctionCollar;
  expect_layout(&J::stock, &J::reference_price, &J::upper_price, &J::lower_price, &J::extension);
  expect_layout(&OperationalHalt::stock, &OperationalHalt::market, &OperationalHalt::action);
  using A = AddOrder;
  expect_layout(&A::order, &A::side, &A::shares, &A::stock, &A::price);
  using F = AddOrderAttributed;
  expect_layout(&F::order, &F::side, &F::shares, &F::stock, &F::price, &F::participant);
  expect_layout(&OrderExecuted::order, &OrderExecuted::shares, &OrderExecuted::match);
  using C = OrderExecutedAtPrice;
  expect_layout(&C::order, &C::shares, &C::match, &C::printable, &C::price);
  expect_layout(&OrderCancelled::order, &OrderCancelled::shares);
  expect_layout(&OrderDeleted::order);
  using U = OrderReplaced;
  expect_layout(&U::order, &U::new_order, &U::shares, &U::price);
  using P = Trade;
  expect_layout(&P::order, &P::side, &P::shares, &P::stock, &P::price, &P::match);
  using Q = CrossTrade;
  expect_layout(&Q::shares, &Q::stock, &Q::price, &Q::match, &Q::cross);
  expect_layout(&BrokenTrade::match);
  using I = OrderImbalance;
  expect_layout(&I::paired_shares, &I::imbalance_shares, &I::direction, &I::stock, &I::far_price, &I::near_price,
                &I::reference_price, &I::cross, &I::price_variation);
  expect_layout(&RetailInterest::stock, &RetailInterest::interest);
  using O = DirectListing;
  expect_layout(&O::stock, &O::open_eligible, &O::price_min, &O::price_max, &O::near_price, &O::near_time,
                &O::collar_lower, &O::collar_upper);
}

// Sizes as the specification gives them.
TEST(ItchMessages, SizesOfAllTypes) {
  const std::map<char, std::size_t> sizes{{'S', 12}, {'R', 39}, {'H', 25}, {'Y', 20}, {'L', 26}, {'V', 35},
                                          {'W', 12}, {'K', 28}, {'J', 35}, {'h', 21}, {'A', 36}, {'F', 40},
                                          {'E', 31}, {'C', 36}, {'X', 23}, {'D', 19}, {'U', 35}, {'P', 44},
                                          {'Q', 40}, {'B', 19}, {'I', 50}, {'N', 20}, {'O', 48}};
  EXPECT_EQ(sizes.size(), kTypes.size());
  for (int type = 0; type < 256; ++type) {
    const auto known = sizes.find(static_cast<char>(type));
    EXPECT_EQ(size_of(static_cast<char>(type)), known == sizes.end() ? 0 : known->second) << type;
    EXPECT_EQ(kTypes.find(static_cast<char>(type)) != std::string_view::npos, known != sizes.end()) << type;
  }
}

TEST(ItchMessages, AnAddWrittenDownByHand) {
  static constexpr unsigned char kBytes[] = {
      0,    36,                                        // length
      'A',  0x12, 0x34, 0x00, 0x07,                    // type, locate 4,660, tracking 7
      0x1f, 0x1a, 0xce, 0xe0, 0x88, 0x01,              // 34,200,000,432,129 ns = 09:30:00.000432129
      0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,  // order
      'S',  0x00, 0x00, 0x01, 0x2c,                    // sell 300
      'A',  'A',  'P',  'L',  ' ',  ' ',  ' ',  ' ',   // stock
      0x00, 0x59, 0x50, 0x44,                          // $585.3252
  };
  int visits = 0;
  const Decoded decoded = decode(std::as_bytes(std::span(kBytes)), [&](const AddOrder& add) {
    ++visits;
    EXPECT_EQ(add.header.locate.value(), 0x1234);
    EXPECT_EQ(add.header.tracking.value(), 7);
    EXPECT_EQ(add.header.timestamp.value(), 34'200'000'432'129u);
    EXPECT_EQ(add.order.value(), 0x0102030405060708u);
    EXPECT_EQ(add.side, 'S');
    EXPECT_EQ(add.shares.value(), 300u);
    EXPECT_EQ(add.stock.value(), "AAPL");
    EXPECT_EQ(add.price.value(), 5'853'252u);
  });
  EXPECT_EQ(visits, 1);
  EXPECT_EQ(decoded.consumed, sizeof(kBytes));
}

TEST(ItchMessages, TextIsPaddedAndNeverOverruns) {
  EXPECT_EQ(Text<4>("AB").value(), "AB");
  EXPECT_EQ(Text<4>("ABCDE").value(), "ABCD");
  EXPECT_EQ(Text<4>().value(), "");
}

}  // namespace
}  // namespace sluice::marketdata::itch
