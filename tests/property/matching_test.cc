// Properties 1 to 12: matching, each by what the answers say, whoever decided them.
#include "tests/property/rapid.h"

namespace sluice::property {
namespace {

RunOptions only(int property) {
  RunOptions options;
  options.requirements = Requirements(property);
  options.reference = property == 12;  // it must know which limits of a rate are set
  return options;
}

TEST(Property01, QuantityIsFilledPlusLeftWhileLiveAndFilledPlusCancelledPlusDecrementedAtTheEnd) {
  const LogTotals totals = check_histories(100, {}, only(1));
  EXPECT_GE(totals.trades, at_least(100));
  EXPECT_GE(totals.decrements, at_least(10));
}

TEST(Property02, TradesBalancePositionsAndCashAddToZero) {
  EXPECT_GE(check_histories(100, {}, only(2)).trades, at_least(100));
}

TEST(Property03, TheBookIsNeverCrossedOrLockedAfterACommand) {
  EXPECT_GE(check_histories(100, {}, only(3)).accepted, at_least(1000));
}

TEST(Property04, PriceTimePriorityFromTheLogAlone) {
  const LogTotals totals = check_histories(150, {.icebergs = 30}, only(4));
  EXPECT_GE(totals.trades, at_least(100));
  EXPECT_GE(totals.refreshed_tranches, at_least(10)) << "R-ICE-TAIL";
}

TEST(Property05, TradePriceIsTheMakersAndInsideTheTakersLimit) {
  EXPECT_GE(check_histories(100, {}, only(5)).trades, at_least(100));
}

TEST(Property06, IocFokAndMarketOrdersNeverRestAndAKilledFokChangesNothing) {
  Mix mix{.markets = 25, .iocs = 20, .foks = 50, .joins = 0, .rate_limits = false};
  RunOptions options = only(6);
  options.reference = true;
  const LogTotals totals = check_histories(150, mix, options);
  EXPECT_GE(totals.fills_or_kills, at_least(100));
  EXPECT_GE(totals.cancel_reasons[static_cast<std::size_t>(CancelReason::kNoLiquidity)], at_least(50));
}

TEST(Property07, PostOnlyOrdersNeverTake) {
  const LogTotals totals = check_histories(100, {.posts = 60}, only(7));
  EXPECT_GE(totals.reasons[static_cast<std::size_t>(RejectReason::kPostOnly)], at_least(50));
}

TEST(Property08, NoTradeBetweenEqualAccountsUnlessThePolicyIsNone) {
  const LogTotals totals = check_histories(100, {.self_trade_policies = 80}, only(8));
  EXPECT_GE(totals.cancel_reasons[static_cast<std::size_t>(CancelReason::kSelfTrade)], at_least(50));
}

TEST(Property09, OnlyALowerQuantityKeepsThePlaceAndOrdersNeverSwap) {
  RunOptions options = only(9);
  options.books_every = 1;
  const LogTotals totals = check_histories(100, {.news = 35, .cancels = 10}, options);
  EXPECT_GE(totals.kept_places, at_least(50));
  EXPECT_GE(totals.replaces, 2 * totals.kept_places);
}

TEST(Property10, AnIcebergShowsAtMostItsDisplayAndDepthHidesTheRest) {
  RunOptions options = only(10);
  options.books_every = 1;
  const LogTotals totals = check_histories(100, {.icebergs = 70}, options);
  EXPECT_GT(totals.refreshed_tranches, at_least(100));
}

TEST(Property11, WaitingStopsAreInNoLevelAndNoneHasBeenReached) {
  RunOptions options = only(11);
  options.books_every = 1;
  const LogTotals totals = check_histories(100, {.stops = 50}, options);
  EXPECT_GE(totals.triggers, at_least(100));
  EXPECT_GE(totals.chained_stops, at_least(10)) << "R-STOP-CHAIN";
}

TEST(Property12, ARefusedCommandChangesNothingWhateverTheReason) {
  const LogTotals totals = check_histories(150, {.limits = 8, .wrong = 30, .joins = 0}, only(12));
  for (const RejectReason reason : {RejectReason::kExpired,
                                    RejectReason::kIdempotencyConflict,
                                    RejectReason::kDuplicateId,
                                    RejectReason::kInvalidQuantity,
                                    RejectReason::kInvalidPrice,
                                    RejectReason::kInvalidDisplay,
                                    RejectReason::kKilled,
                                    RejectReason::kMaxOrderQuantity,
                                    RejectReason::kMaxOrderNotional,
                                    RejectReason::kPriceBand,
                                    RejectReason::kMaxOpenOrders,
                                    RejectReason::kMaxPosition,
                                    RejectReason::kMaxOpenNotional,
                                    RejectReason::kRateLimit,
                                    RejectReason::kPostOnly,
                                    RejectReason::kUnknownOrder,
                                    RejectReason::kStopInMarket,
                                    RejectReason::kUnsupported,
                                    RejectReason::kUnknownInstrument,
                                    RejectReason::kUnknownAccount,
                                    RejectReason::kUnknownStrategy,
                                    RejectReason::kCapacity,
                                    RejectReason::kInvalidId}) {
    EXPECT_GE(totals.reasons[static_cast<std::size_t>(reason)], at_least(1)) << name_of(reason);
  }
}

}  // namespace
}  // namespace sluice::property
