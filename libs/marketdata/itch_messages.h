// The messages of NASDAQ TotalView-ITCH 5.0 as they lie in memory: read in place, and written by filling one in.
//
// Every member is made of bytes, so a message has alignment 1, no padding, and the very layout of the specification
// (public: nasdaqtrader.com, "NASDAQ TotalView-ITCH 5.0"); the sizes are asserted below, the offsets in itch_test.
// Integers are big-endian and unsigned. Prices are USD × 10,000 (4 bytes), those of MarketWideDeclineLevels × 10^8.
// Text is padded with spaces on the right. Indicators are single letters, as the specification lists them.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::marketdata::itch {

/// A big-endian unsigned integer of `kBytes` bytes.
template <typename T, std::size_t kBytes = sizeof(T)>
class Big {
 public:
  static_assert(std::endian::native == std::endian::little && (kBytes == sizeof(T) || kBytes == 6));
  constexpr Big() = default;
  explicit Big(T value) {
    const T swapped = swap(value);
    std::memcpy(bytes_.data(), reinterpret_cast<const std::byte*>(&swapped) + (sizeof(T) - kBytes), kBytes);
  }
  T value() const {
    T swapped = 0;
    std::memcpy(reinterpret_cast<std::byte*>(&swapped) + (sizeof(T) - kBytes), bytes_.data(), kBytes);
    return swap(swapped);
  }

 private:
  static T swap(T value) {
    if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
    else if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
    else return __builtin_bswap64(value);
  }
  std::array<std::byte, kBytes> bytes_{};
};
using U16 = Big<std::uint16_t>;
using U32 = Big<std::uint32_t>;
using U48 = Big<std::uint64_t, 6>;
using U64 = Big<std::uint64_t>;

/// Text of a fixed width, padded with spaces.
template <std::size_t kWidth>
class Text {
 public:
  constexpr Text() { bytes_.fill(' '); }
  /// `text` must not be longer than kWidth: what does not fit is cut.
  explicit constexpr Text(std::string_view text) : Text() {
    std::copy_n(text.begin(), std::min(text.size(), kWidth), bytes_.begin());
  }
  /// Without the padding.
  std::string_view value() const {
    const std::string_view all(bytes_.data(), kWidth);
    return all.substr(0, all.find_last_not_of(' ') + 1);
  }

 private:
  std::array<char, kWidth> bytes_;
};
using Stock = Text<8>;

/// How every message begins.
struct Header {
  char type;
  U16 locate{};     // which stock, 0 if none; fixed for a day
  U16 tracking{};   // of the exchange
  U48 timestamp{};  // nanoseconds since midnight
};

struct SystemEvent {
  static constexpr char kType = 'S';
  Header header{kType};
  char event = ' ';
};
struct StockDirectory {
  static constexpr char kType = 'R';
  Header header{kType};
  Stock stock;
  char market_category = ' ';
  char financial_status = ' ';
  U32 round_lot;
  char round_lots_only = ' ';
  char issue_classification = ' ';
  Text<2> issue_subtype;
  char authenticity = ' ';
  char short_sale_threshold = ' ';
  char ipo_flag = ' ';
  char price_tier = ' ';
  char etp_flag = ' ';
  U32 etp_leverage;
  char inverse = ' ';
};
struct TradingAction {
  static constexpr char kType = 'H';
  Header header{kType};
  Stock stock;
  char state = ' ';
  char reserved = ' ';
  Text<4> reason;
};
struct ShortSaleRestriction {
  static constexpr char kType = 'Y';
  Header header{kType};
  Stock stock;
  char action = ' ';
};
struct ParticipantPosition {
  static constexpr char kType = 'L';
  Header header{kType};
  Text<4> participant;
  Stock stock;
  char primary = ' ';
  char mode = ' ';
  char state = ' ';
};
struct MarketWideDeclineLevels {
  static constexpr char kType = 'V';
  Header header{kType};
  U64 level_1;
  U64 level_2;
  U64 level_3;
};
struct MarketWideStatus {
  static constexpr char kType = 'W';
  Header header{kType};
  char breached_level = ' ';
};
struct IpoQuotingPeriod {
  static constexpr char kType = 'K';
  Header header{kType};
  Stock stock;
  U32 release_time;  // seconds since midnight
  char release_qualifier = ' ';
  U32 price;
};
struct AuctionCollar {
  static constexpr char kType = 'J';
  Header header{kType};
  Stock stock;
  U32 reference_price;
  U32 upper_price;
  U32 lower_price;
  U32 extension;
};
struct OperationalHalt {
  static constexpr char kType = 'h';
  Header header{kType};
  Stock stock;
  char market = ' ';
  char action = ' ';
};
struct AddOrder {
  static constexpr char kType = 'A';
  Header header{kType};
  U64 order;
  char side = ' ';  // B, S
  U32 shares;
  Stock stock;
  U32 price;
};
struct AddOrderAttributed {
  static constexpr char kType = 'F';
  Header header{kType};
  U64 order;
  char side = ' ';
  U32 shares;
  Stock stock;
  U32 price;
  Text<4> participant;
};
struct OrderExecuted {
  static constexpr char kType = 'E';
  Header header{kType};
  U64 order;
  U32 shares;
  U64 match;
};
struct OrderExecutedAtPrice {
  static constexpr char kType = 'C';
  Header header{kType};
  U64 order;
  U32 shares;
  U64 match;
  char printable = ' ';
  U32 price;
};
struct OrderCancelled {
  static constexpr char kType = 'X';
  Header header{kType};
  U64 order;
  U32 shares;  // taken off
};
struct OrderDeleted {
  static constexpr char kType = 'D';
  Header header{kType};
  U64 order;
};
struct OrderReplaced {
  static constexpr char kType = 'U';
  Header header{kType};
  U64 order;
  U64 new_order;
  U32 shares;
  U32 price;
};
struct Trade {
  static constexpr char kType = 'P';
  Header header{kType};
  U64 order;
  char side = ' ';
  U32 shares;
  Stock stock;
  U32 price;
  U64 match;
};
struct CrossTrade {
  static constexpr char kType = 'Q';
  Header header{kType};
  U64 shares;
  Stock stock;
  U32 price;
  U64 match;
  char cross = ' ';
};
struct BrokenTrade {
  static constexpr char kType = 'B';
  Header header{kType};
  U64 match;
};
struct OrderImbalance {
  static constexpr char kType = 'I';
  Header header{kType};
  U64 paired_shares;
  U64 imbalance_shares;
  char direction = ' ';
  Stock stock;
  U32 far_price;
  U32 near_price;
  U32 reference_price;
  char cross = ' ';
  char price_variation = ' ';
};
struct RetailInterest {
  static constexpr char kType = 'N';
  Header header{kType};
  Stock stock;
  char interest = ' ';
};
struct DirectListing {
  static constexpr char kType = 'O';
  Header header{kType};
  Stock stock;
  char open_eligible = ' ';
  U32 price_min;
  U32 price_max;
  U32 near_price;
  U64 near_time;  // nanoseconds since midnight
  U32 collar_lower;
  U32 collar_upper;
};

template <typename Message, std::size_t kSize>
inline constexpr bool kHasLayout = sizeof(Message) == kSize && alignof(Message) == 1;
static_assert(kHasLayout<Header, 11>);
static_assert(kHasLayout<SystemEvent, 12> && kHasLayout<StockDirectory, 39> && kHasLayout<TradingAction, 25>);
static_assert(kHasLayout<ShortSaleRestriction, 20> && kHasLayout<ParticipantPosition, 26>);
static_assert(kHasLayout<MarketWideDeclineLevels, 35> && kHasLayout<MarketWideStatus, 12>);
static_assert(kHasLayout<IpoQuotingPeriod, 28> && kHasLayout<AuctionCollar, 35> && kHasLayout<OperationalHalt, 21>);
static_assert(kHasLayout<AddOrder, 36> && kHasLayout<AddOrderAttributed, 40>);
static_assert(kHasLayout<OrderExecuted, 31> && kHasLayout<OrderExecutedAtPrice, 36>);
static_assert(kHasLayout<OrderCancelled, 23> && kHasLayout<OrderDeleted, 19> && kHasLayout<OrderReplaced, 35>);
static_assert(kHasLayout<Trade, 44> && kHasLayout<CrossTrade, 40> && kHasLayout<BrokenTrade, 19>);
static_assert(kHasLayout<OrderImbalance, 50> && kHasLayout<RetailInterest, 20> && kHasLayout<DirectListing, 48>);

}  // namespace sluice::marketdata::itch
