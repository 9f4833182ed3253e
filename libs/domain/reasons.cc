#include "domain/reasons.h"

namespace sluice {

std::string_view name_of(RejectReason reason) {
  switch (reason) {
    case RejectReason::kNone: return "none";
    case RejectReason::kExpired: return "expired";
    case RejectReason::kIdempotencyConflict: return "idempotency_conflict";
    case RejectReason::kDuplicateId: return "duplicate_id";
    case RejectReason::kInvalidQuantity: return "invalid_qty";
    case RejectReason::kInvalidPrice: return "invalid_price";
    case RejectReason::kInvalidDisplay: return "invalid_display";
    case RejectReason::kKilled: return "killed";
    case RejectReason::kMaxOrderQuantity: return "max_order_qty";
    case RejectReason::kMaxOrderNotional: return "max_order_notional";
    case RejectReason::kPriceBand: return "price_band";
    case RejectReason::kMaxOpenOrders: return "max_open_orders";
    case RejectReason::kMaxPosition: return "max_position";
    case RejectReason::kMaxOpenNotional: return "max_open_notional";
    case RejectReason::kRateLimit: return "rate_limit";
    case RejectReason::kPostOnly: return "post_only";
    case RejectReason::kUnknownOrder: return "unknown_order";
    case RejectReason::kStopInMarket: return "stop_in_market";
    case RejectReason::kUnsupported: return "unsupported";
    case RejectReason::kUnknownInstrument: return "unknown_instrument";
    case RejectReason::kUnknownAccount: return "unknown_account";
    case RejectReason::kUnknownStrategy: return "unknown_strategy";
    case RejectReason::kWrongShard: return "wrong_shard";
    case RejectReason::kCapacity: return "capacity";
    case RejectReason::kInvalidId: return "invalid_id";
    case RejectReason::kInvalidExpiry: return "invalid_expiry";
    case RejectReason::kInstrumentHalted: return "instrument_halted";
    case RejectReason::kInstrumentClosed: return "instrument_closed";
    case RejectReason::kMaxDailyTrades: return "max_daily_trades";
    case RejectReason::kMaxDailyLoss: return "max_daily_loss";
    case RejectReason::kAlreadyDefined: return "already_defined";
    case RejectReason::kInvalidDefinition: return "invalid_definition";
    case RejectReason::kInvalidLimit: return "invalid_limit";
    case RejectReason::kUnknownKill: return "unknown_kill";
    case RejectReason::kSuperseded: return "superseded";
    case RejectReason::kSamePerson: return "same_person";
    case RejectReason::kUnknownRelease: return "unknown_release";
    case RejectReason::kReleaseExpired: return "release_expired";
  }
  return "unknown";
}

std::string_view name_of(CancelReason reason) {
  switch (reason) {
    case CancelReason::kNone: return "none";
    case CancelReason::kUser: return "user";
    case CancelReason::kIoc: return "ioc";
    case CancelReason::kFok: return "fok";
    case CancelReason::kNoLiquidity: return "no_liquidity";
    case CancelReason::kSelfTrade: return "stp";
    case CancelReason::kKill: return "kill";
    case CancelReason::kBelowFilled: return "below_filled";
    case CancelReason::kTimeInForce: return "time_in_force";
    case CancelReason::kDisconnect: return "disconnect";
  }
  return "unknown";
}

std::string_view name_of(FrameFault fault) {
  switch (fault) {
    case FrameFault::kNone: return "none";
    case FrameFault::kNotAFrame: return "not_a_frame";
    case FrameFault::kWrongDeployment: return "wrong_deployment";
    case FrameFault::kWrongShard: return "wrong_shard";
    case FrameFault::kWrongClass: return "wrong_class";
    case FrameFault::kOutOfRange: return "out_of_range";
  }
  return "unknown";
}

}  // namespace sluice
