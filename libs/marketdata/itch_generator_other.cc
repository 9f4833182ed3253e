// What the generator writes besides changes of the books: the status of the stocks, and one in a hundred messages.
#include <string>

#include "marketdata/itch_generator.h"

namespace sluice::marketdata {

using namespace itch;

namespace {

constexpr double kImbalances = 0.5;  // of all other messages
constexpr double kTrades = 0.4;      // of all other messages; the rest is rare
constexpr std::uint32_t kSomePrice = 1'234'500;

}  // namespace

void ItchGenerator::write_status(Bytes& bytes, std::uint16_t locate) {
  StockDirectory directory;
  directory.stock = name_of(locate);
  directory.market_category = 'Q';
  directory.financial_status = 'N';
  directory.round_lot = U32(100);
  directory.round_lots_only = 'N';
  directory.issue_classification = 'C';
  directory.issue_subtype = Text<2>("Z");
  directory.authenticity = 'P';
  directory.short_sale_threshold = 'N';
  directory.ipo_flag = 'N';
  directory.price_tier = '1';
  directory.etp_flag = 'N';
  directory.inverse = 'N';
  write(bytes, locate, directory);
  TradingAction action;
  action.stock = name_of(locate);
  action.state = 'T';
  write(bytes, locate, action);
  ShortSaleRestriction restriction;
  restriction.stock = name_of(locate);
  restriction.action = '0';
  write(bytes, locate, restriction);
}

void ItchGenerator::other(Bytes& bytes) {
  const std::uint16_t locate = pick_stock();
  const double kind = uniform();
  if (kind < kImbalances) {
    OrderImbalance message;
    message.paired_shares = U64(100 * below(1'000));
    message.imbalance_shares = U64(100 * below(100));
    message.direction = "BSN"[below(3)];
    message.stock = name_of(locate);
    message.far_price = message.near_price = message.reference_price = U32(kSomePrice);
    message.cross = 'O';
    message.price_variation = 'L';
    write(bytes, locate, message);
  } else if (kind < kImbalances + kTrades) {
    // An execution of a hidden order: no order of the books is touched.
    Trade message;
    message.side = 'B';
    message.shares = U32(shares());
    message.stock = name_of(locate);
    message.price = U32(kSomePrice);
    message.match = U64(++last_match_);
    write(bytes, locate, message);
  } else {
    rare(bytes, locate);
  }
}

void ItchGenerator::rare(Bytes& bytes, std::uint16_t locate) {
  const auto of_stock = [&](auto message, auto&& fill) {
    message.stock = name_of(locate);
    fill(message);
    write(bytes, locate, message);
  };
  switch (below(12)) {
    case 0:
      return of_stock(ParticipantPosition{}, [](auto& m) {
        m.participant = Text<4>("SLUC");
        m.primary = 'Y';
        m.mode = 'N';
        m.state = 'A';
      });
    case 1: {
      MarketWideDeclineLevels message;
      message.level_1 = U64(400'000'000'000);
      message.level_2 = U64(380'000'000'000);
      message.level_3 = U64(350'000'000'000);
      return write(bytes, 0, message);
    }
    case 2: {
      MarketWideStatus message;
      message.breached_level = '1';
      return write(bytes, 0, message);
    }
    case 3:
      return of_stock(IpoQuotingPeriod{}, [](auto& m) {
        m.release_time = U32(36'000);
        m.release_qualifier = 'A';
        m.price = U32(kSomePrice);
      });
    case 4:
      return of_stock(AuctionCollar{},
                      [](auto& m) { m.reference_price = m.upper_price = m.lower_price = U32(kSomePrice); });
    case 5:
      return of_stock(OperationalHalt{}, [](auto& m) {
        m.market = 'Q';
        m.action = 'T';
      });
    case 6:
      return of_stock(CrossTrade{}, [this](auto& m) {
        m.shares = U64(100 * below(1'000));
        m.price = U32(kSomePrice);
        m.match = U64(++last_match_);
        m.cross = 'H';
      });
    case 7: {
      BrokenTrade message;
      message.match = U64(last_match_);
      return write(bytes, locate, message);
    }
    case 8: return of_stock(RetailInterest{}, [](auto& m) { m.interest = 'N'; });
    case 9:
      return of_stock(DirectListing{}, [](auto& m) {
        m.open_eligible = 'N';
        m.price_min = m.price_max = m.near_price = m.collar_lower = m.collar_upper = U32(kSomePrice);
      });
    case 10: return of_stock(TradingAction{}, [](auto& m) { m.state = 'T'; });
    default: return of_stock(ShortSaleRestriction{}, [](auto& m) { m.action = '1'; });
  }
}

}  // namespace sluice::marketdata
