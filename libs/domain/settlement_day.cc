#include "domain/settlement_day.h"

#include <algorithm>
#include <chrono>

namespace sluice {

namespace {

constexpr std::int64_t kNanosPerDay = 86'400 * kNanosPerSecond;

/// yyyymmdd of the UTC day `days` after the epoch. Arithmetic only: no clock, no time zone.
std::uint32_t date_of(std::int64_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  return static_cast<std::uint32_t>(static_cast<int>(date.year())) * 10'000 +
         static_cast<unsigned>(date.month()) * 100 + static_cast<unsigned>(date.day());
}

bool is_date(std::uint32_t date) {
  const std::chrono::year_month_day parts{std::chrono::year{static_cast<int>(date / 10'000)},
                                          std::chrono::month{date / 100 % 100}, std::chrono::day{date % 100}};
  return date / 10'000 >= 1970 && date / 10'000 <= 2262 && parts.ok();
}

}  // namespace

bool is_valid_calendar(const std::vector<SettlementDay>& days, Nanos now) {
  if (days.size() > kCalendarDaysMax) return false;
  SettlementDay before;
  for (const SettlementDay& day : days) {
    if (!is_date(day.date) || day.date <= before.date || day.ends_at <= before.ends_at) return false;
    before = day;
  }
  return days.empty() || before.ends_at > now;
}

SettlementDay settlement_day_of(const std::vector<SettlementDay>& calendar, Nanos at) {
  const auto day = std::upper_bound(calendar.begin(), calendar.end(), at,
                                    [](Nanos time, const SettlementDay& d) { return time < d.ends_at; });
  if (day != calendar.end()) return *day;
  const std::int64_t days = at.value() / kNanosPerDay;
  return {.ends_at = Nanos{(days + 1) * kNanosPerDay}, .date = date_of(days)};
}

}  // namespace sluice
