// Properties 13 to 15: the kill switch and limits. 14 where it concerns processes, and 16, are tests of the services:
// docs/testing.md names them.
#include "tests/property/rapid.h"

namespace sluice::property {
namespace {

TEST(Property13, FromEngageToReleaseNothingInScopeIsAcceptedReplacedTradedTriggeredOrLive) {
  RunOptions options;
  options.requirements = Requirements(13);
  const LogTotals totals = check_histories(150, {.kills = 12}, options);
  EXPECT_GE(totals.kills, at_least(500));
  EXPECT_GE(totals.releases, at_least(100));
  EXPECT_GE(totals.cancel_reasons[static_cast<std::size_t>(CancelReason::kKill)], at_least(100));
}

TEST(Property14, TheKillStateSurvivesSnapshotRestoreAndReplay) {
  RunOptions options;
  options.requirements = Requirements(19);  // restored and replayed state is the state, kills included
  const LogTotals totals = check_histories(60, {.kills = 10, .restores = 15}, options);
  EXPECT_GE(totals.kills, at_least(200));
  options.requirements = Requirements(13);  // and a restored engine goes on refusing
  EXPECT_GE(check_histories(60, {.kills = 10, .restores = 15}, options).kills, at_least(200));
}

TEST(Property15, WithLimitsFromTheStartPositionLiveQuantityAndOpenOrdersStayWithinThem) {
  RunOptions options;
  options.requirements = Requirements(15);
  options.reference = false;
  const LogTotals totals = check_histories(150, {.limits_from_the_start = true}, options);
  EXPECT_GE(totals.reasons[static_cast<std::size_t>(RejectReason::kMaxPosition)], at_least(50));
  EXPECT_GE(totals.reasons[static_cast<std::size_t>(RejectReason::kMaxOpenOrders)], at_least(50));
  EXPECT_GE(totals.trades, at_least(500));
}

}  // namespace
}  // namespace sluice::property
