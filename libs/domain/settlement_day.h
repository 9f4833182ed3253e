// Settlement days: which one a log time belongs to. Days come from the log (SetCalendar); where those end, and with
// none, a day ends at midnight UTC. Pure functions.
#pragma once

#include <vector>

#include "domain/commands.h"

namespace sluice {

/// True if `days` can become the calendar at `now`: ascending in end and date, dates yyyymmdd, and, unless there are
/// none, at least one of them to come.
bool is_valid_calendar(const std::vector<SettlementDay>& days, Nanos now);

/// The day that `at` belongs to: ends after `at`. `calendar` is valid.
SettlementDay settlement_day_of(const std::vector<SettlementDay>& calendar, Nanos at);

}  // namespace sluice
