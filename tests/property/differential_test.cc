// The core against the reference exchange, event by event and outcome by outcome, with a replay beside it whose state
// hash is compared after each frame, restores from images at random places, and every check of the log: everything at
// once, in most of the commands that CI runs.
#include "tests/property/rapid.h"

namespace sluice::property {
namespace {

TEST(Differential, EverythingAgreesOnTheUsualMix) {
  const LogTotals totals = check_histories(2200, {}, {});
  EXPECT_GE(totals.trades, at_least(1000));
  EXPECT_GE(totals.repeats, at_least(100));
}

TEST(Differential, EverythingAgreesWithoutKillsAndRefusals) {
  check_histories(300, {.kills = 0, .limits = 0, .wrong = 0, .plain_units = true}, {});
}

TEST(Differential, EverythingAgreesWithLimitsFromTheStart) {
  check_histories(300, {.limits = 8, .limits_from_the_start = true}, {});
}

TEST(Differential, EverythingAgreesOnDaysStatesModesAndDailyLimits) {
  const LogTotals totals = check_histories(1200,
                                           {.kills = 6,
                                            .limits = 6,
                                            .waits = 6,
                                            .states = 5,
                                            .kill_modes = 80,
                                            .daily_limits = 60,
                                            .foks = 15,
                                            .ends_by_time = 40},
                                           {});
  const auto cancelled = [&](CancelReason reason) { return totals.cancel_reasons[static_cast<std::size_t>(reason)]; };
  const auto refused = [&](RejectReason reason) { return totals.reasons[static_cast<std::size_t>(reason)]; };
  EXPECT_GE(cancelled(CancelReason::kTimeInForce), at_least(500));
  EXPECT_GE(cancelled(CancelReason::kDisconnect), at_least(10));
  EXPECT_GE(refused(RejectReason::kInstrumentHalted), at_least(200));
  EXPECT_GE(refused(RejectReason::kInstrumentClosed), at_least(200));
  EXPECT_GE(refused(RejectReason::kMaxDailyTrades), at_least(25));
  EXPECT_GE(refused(RejectReason::kMaxDailyLoss), at_least(50));
  EXPECT_GE(refused(RejectReason::kInvalidExpiry), at_least(20));
  EXPECT_GE(totals.automatic_kills, at_least(100));
  EXPECT_GE(totals.flattening, at_least(100));
}

// A fill-or-kill order may find all it wants and still use up its trades on the way.
TEST(Differential, EverythingAgreesOnDaysWithManyFillOrKills) {
  check_histories(800, {.kills = 0, .limits = 12, .daily_limits = 90, .default_limits = 0, .foks = 60, .wrong = 0}, {});
}

TEST(Differential, EverythingAgreesOnStopsAndIcebergs) { check_histories(300, {.stops = 40, .icebergs = 40}, {}); }

TEST(Differential, EverythingAgreesAtTheEdgesOfIntegers) {
  const LogTotals totals = check_histories(300, {.limits = 8, .extreme = 10}, {});
  EXPECT_GE(totals.accepted, at_least(1000));
}

TEST(Differential, EverythingAgreesWithManyKillsResendsAndRestores) {
  check_histories(300, {.kills = 8, .waits = 6, .resends = 12, .restores = 10, .wrong = 12}, {});
}

}  // namespace
}  // namespace sluice::property
