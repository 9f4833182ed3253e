#include "engine/core/fill_forecast.h"

#include <algorithm>

#include "base/invariant.h"
#include "engine/core/risk.h"

namespace sluice::core {

FillForecast::FillForecast(const State& state, OrderIndex taker)
    : state_(state),
      order_(state.orders()[taker].accepted),
      instrument_(*state.instrument(order_.instrument)),
      left_(state.orders().remaining(taker)),
      last_(instrument_.last_price) {
  for (const std::uint32_t slot : instrument_.positions) {
    const Position& position = state.positions().all()[slot];
    const Account& account = *state.account(position.account);
    parties_.push_back({.account = position.account,
                        .slot = slot,
                        .holding = position.holding,
                        .day_trades = account.day_trades,
                        .other_profit = day_profit(state, account, order_.instrument)});
  }
}

/// Whoever has an order in the instrument has a position there, if only an empty one.
FillForecast::Party& FillForecast::party(AccountId account) {
  const auto found = std::lower_bound(parties_.begin(), parties_.end(), account,
                                      [](const Party& party, AccountId id) { return party.account < id; });
  INVARIANT(found != parties_.end() && found->account == account);
  return *found;
}

bool FillForecast::is_broken(const Party& party) const {
  const Int128 profit =
      party.other_profit + day_profit(state_, state_.positions().all()[party.slot], party.holding, last_);
  return broken_daily_limit(state_, *state_.account(party.account), party.day_trades, profit) != RejectReason::kNone;
}

bool FillForecast::fills() {
  const OrderBook& book = instrument_.book;
  const Side makers = opposite(order_.side);
  for (const Level* level = book.best(makers); level != nullptr; level = book.next_worse(makers, *level)) {
    if (!may_trade(order_.type, order_.side, order_.price, level->price)) return false;
    const Next next = sweep(*level);
    if (next != Next::kGoOn) return next == Next::kFilled;
  }
  return false;
}

/// The queue of a level, tranches that come anew at its tail included.
FillForecast::Next FillForecast::sweep(const Level& level) {
  std::vector<Maker> queue;
  for (OrderIndex i = level.head; i != kNoSlot; i = state_.orders().node(i).next)
    queue.push_back({i, state_.orders().node(i).remaining, state_.orders().remaining(i)});
  for (std::size_t at = 0; at < queue.size(); ++at) {
    Maker maker = queue[at];
    const OrderEvent& resting = state_.orders()[maker.index].accepted;
    if (party(resting.account).stopped) continue;
    if (resting.account == order_.account && order_.stp != SelfTradePrevention::kNone) {
      if (order_.stp == SelfTradePrevention::kCancelOldest) continue;
      return Next::kStopped;
    }
    const Next next = trade(maker, level.price);
    if (next != Next::kGoOn) return next;
    if (maker.left == Quantity{0}) continue;
    // The order is not filled, so the tranche is gone.
    maker.shown = fresh_tranche(resting, maker.left);
    queue.push_back(maker);
  }
  return Next::kGoOn;
}

FillForecast::Next FillForecast::trade(Maker& maker, Price price) {
  Party& taker = party(order_.account);
  Party& other = party(state_.orders()[maker.index].accepted.account);
  const Quantity traded = std::min(left_, maker.shown);
  const std::int64_t bought = order_.side == Side::kBuy ? traded.value() : -traded.value();
  left_ = left_ - traded;
  maker.left = maker.left - traded;
  last_ = price;
  taker.holding.trade(price, bought);
  other.holding.trade(price, -bought);
  ++taker.day_trades;
  if (&other != &taker) ++other.day_trades;
  if (left_ == Quantity{0}) return Next::kFilled;
  if (is_broken(taker)) return Next::kStopped;
  // One that was over its limit before, and let go again, is stopped by its next trade only.
  for (Party& held : parties_) held.stopped = held.stopped || is_broken(held);
  return Next::kGoOn;
}

}  // namespace sluice::core
