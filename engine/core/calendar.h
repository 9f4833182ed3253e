// Calendar: which settlement day a log time belongs to. Days come from the log (SetCalendar); where those end, and with
// none, a day ends at midnight UTC. Owned by State; one thread.
#pragma once

#include <vector>

#include "domain/commands.h"

namespace sluice::core {

/// True if `days` can become the calendar at `now`: ascending in end and date, dates yyyymmdd, and, unless there are
/// none, at least one of them to come.
bool is_valid_calendar(const std::vector<SettlementDay>& days, Nanos now);

class Calendar {
 public:
  /// The day that `at` belongs to: ends after `at`.
  SettlementDay day_of(Nanos at) const;
  void set(std::vector<SettlementDay> days) { days_ = std::move(days); }
  const std::vector<SettlementDay>& days() const { return days_; }

 private:
  std::vector<SettlementDay> days_;  // ascending
};

}  // namespace sluice::core
