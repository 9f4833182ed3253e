// Decider: what log time alone brings about.
#include "domain/settlement_day.h"
#include "engine/core/decider.h"

namespace sluice::core {

// By (due, order id), before any command of the frame sees the books: an order that has ended cannot trade.
void Decider::fire_timers() {
  cause_ = kNoCommand;
  const OrderTimers& timers = state_.timers();
  while (!timers.empty() && timers.first().due <= state_.log_time())
    emit_cancelled(timers.first().index, CancelReason::kTimeInForce);
  if (state_.has_day() && state_.day().ends_at <= state_.log_time())
    emit(SettlementDayStarted{settlement_day_of(state_.calendar(), state_.log_time())}, kNoCommand);
}

// The first one begins with the first thing that needs days; so logs from before there were days replay as they were.
void Decider::begin_day() {
  if (!state_.has_day()) emit(SettlementDayStarted{settlement_day_of(state_.calendar(), state_.log_time())}, index_);
}

}  // namespace sluice::core
