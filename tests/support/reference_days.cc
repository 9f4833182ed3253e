// ReferenceExchange: ends by time, settlement days, limits and those of a day.
#include <algorithm>
#include <limits>

#include "tests/support/reference_exchange.h"

namespace sluice::reference {

namespace {
constexpr std::int64_t kDay = 86'400 * kNanosPerSecond;
}

/// When the order ends by itself; a day order with the present day, whenever that now ends.
std::optional<Nanos> ReferenceExchange::due(const Order& order) const {
  if (order.terms.tif == TimeInForce::kGtd) return order.terms.expire_at;
  return order.terms.tif == TimeInForce::kDay ? day_end_ : std::nullopt;
}

void ReferenceExchange::begin_day() {
  const Nanos midnight{(now_.value() / kDay + 1) * kDay};
  day_end_ = calendar_ && *calendar_ > now_ ? *calendar_ : midnight;
  day_trades_.clear();
  for (auto& [key, made] : made_) {
    const Int128 last = books_.at(key.second).last.value_or(0);
    made.before_day = made.cash + last * positions_[key];
  }
}

void ReferenceExchange::set_calendar(std::optional<Nanos> end) {
  const Nanos midnight{(now_.value() / kDay + 1) * kDay};
  calendar_ = end;
  day_end_ = end && *end > now_ ? *end : midnight;
}

/// In 64 bits, at their ends where it does not fit.
Int128 ReferenceExchange::day_profit(std::uint32_t account, std::uint32_t instrument, std::int64_t last) const {
  const auto made = made_.find({account, instrument});
  if (made == made_.end()) return 0;
  const Int128 profit = made->second.cash + Int128{last} * position(account, instrument) - made->second.before_day;
  constexpr Int128 kMax = std::numeric_limits<std::int64_t>::max();
  return std::clamp(profit, -kMax, kMax);
}

Int128 ReferenceExchange::day_profit(std::uint32_t account) const {
  Int128 sum = 0;
  for (const auto& [instrument, book] : books_) sum += day_profit(account, instrument, book.last.value_or(0));
  return sum;
}

RejectReason ReferenceExchange::broken_daily_limit(std::uint32_t account, std::uint64_t trades, Int128 profit) const {
  const auto trades_max = limit(account, 0, LimitKind::kMaxDailyTrades);
  if (trades_max && trades >= static_cast<std::uint64_t>(*trades_max)) return RejectReason::kMaxDailyTrades;
  const auto loss_max = limit(account, 0, LimitKind::kMaxDailyLoss);
  return loss_max && -profit > *loss_max ? RejectReason::kMaxDailyLoss : RejectReason::kNone;
}

RejectReason ReferenceExchange::broken_daily_limit(std::uint32_t account) const {
  const auto trades = day_trades_.find(account);
  return broken_daily_limit(account, trades == day_trades_.end() ? 0 : trades->second, day_profit(account));
}

/// Stops an account, unless all it has is stopped already.
void ReferenceExchange::enforce(std::uint32_t account, RejectReason broken, Events& events) {
  const auto killed = killed_.find({KillScope::kAccount, account});
  const bool stopped =
      killed != killed_.end() && (killed->second == KillMode::kBlockAndCancel || killed->second == KillMode::kFlatten);
  if (broken == RejectReason::kNone || stopped) return;
  killed_[{KillScope::kAccount, account}] = KillMode::kBlockAndCancel;
  for (const std::uint64_t number : live_in({KillScope::kAccount, account})) end(number, CancelReason::kKill, events);
}

/// The two parties by trades and loss; others by the loss that the new last price makes, if it is this trade that takes
/// them beyond the limit, or if they have anything live.
void ReferenceExchange::enforce_after_trade(const Order& taker, const Order& maker, std::int64_t last_before,
                                            Events& events) {
  const std::uint32_t instrument = taker.terms.instrument.value();
  const std::int64_t last = *books_.at(instrument).last;
  for (std::uint32_t account = 1; account <= world_.accounts; ++account) {
    const bool party = account == taker.terms.account.value() || account == maker.terms.account.value();
    if (party) {
      enforce(account, broken_daily_limit(account), events);
      continue;
    }
    if (position(account, instrument) == 0) continue;
    const Int128 after = day_profit(account);
    const Int128 before = after - day_profit(account, instrument, last) + day_profit(account, instrument, last_before);
    const bool live = !live_in({KillScope::kAccount, account}).empty();
    const bool crossed = broken_daily_limit(account, 0, before) == RejectReason::kNone;
    if (live || crossed) enforce(account, broken_daily_limit(account, 0, after), events);
  }
}

bool ReferenceExchange::set_limit(LimitOf of, std::uint32_t id, LimitKind kind, std::optional<std::int64_t> value,
                                  Events& events) {
  const bool of_one_order = kind == LimitKind::kMaxOrderQuantity || kind == LimitKind::kMaxOrderNotional ||
                            kind == LimitKind::kPriceBandBps || kind == LimitKind::kMaxPosition;
  if (of == LimitOf::kInstrument && !of_one_order) return false;
  if (value) limits_[{of, id, kind}] = *value;
  else limits_.erase({of, id, kind});
  for (std::uint32_t account = 1; account <= world_.accounts; ++account) {
    // Counting begins when there is a limit, and ends with it.
    if (limit(account, 0, LimitKind::kMaxOrdersPerSecond)) accepted_at_.try_emplace(account);
    else accepted_at_.erase(account);
    const bool daily = kind == LimitKind::kMaxDailyTrades || kind == LimitKind::kMaxDailyLoss;
    if (daily) enforce(account, broken_daily_limit(account), events);
  }
  return true;
}

void ReferenceExchange::set_state(std::uint32_t instrument, InstrumentState state, Events& events) {
  Book& book = books_[instrument];
  const bool closes = state == InstrumentState::kClosed && book.state != InstrumentState::kClosed;
  book.state = state;
  if (!closes) return;
  for (const std::uint64_t number : live_in({KillScope::kSymbol, instrument})) {
    if (orders_.at(number).terms.tif == TimeInForce::kDay) end(number, CancelReason::kTimeInForce, events);
  }
}

}  // namespace sluice::reference
