#include "protomap/enums.h"

#include <array>

namespace sluice::protomap {

namespace {

template <typename Proto, typename Domain>
Proto cast_to(Domain value) {
  return static_cast<Proto>(static_cast<int>(value));
}

/// The domain's value with the same number, if it is within 1..`last`.
template <typename Domain, typename Proto>
std::optional<Domain> cast_from(Proto value, Domain last) {
  const int number = static_cast<int>(value);
  if (number < 1 || number > static_cast<int>(last)) return std::nullopt;
  return static_cast<Domain>(number);
}

template <typename Proto, typename Domain>
constexpr bool same(Proto proto, Domain domain) {
  return static_cast<int>(proto) == static_cast<int>(domain);
}

// The ends of each enum; the numbers between are checked name by name in tests/unit/query/enums_test.cc.
static_assert(same(v1::SIDE_SELL, Side::kSell));
static_assert(same(v1::ORDER_TYPE_STOP_LIMIT, OrderType::kStopLimit));
static_assert(same(v1::TIME_IN_FORCE_DAY, TimeInForce::kDay));
static_assert(same(v1::SELF_TRADE_PREVENTION_DECREMENT, SelfTradePrevention::kDecrement));
static_assert(same(v1::STOP_IN_MARKET_REJECT, StopInMarket::kReject));
static_assert(same(v1::KILL_SCOPE_STRATEGY, KillScope::kStrategy));
static_assert(same(v1::KILL_MODE_FLATTEN, KillMode::kFlatten));
static_assert(same(v1::OUTCOME_CODE_REJECTED, OutcomeCode::kRejected));
static_assert(same(v1::INSTRUMENT_STATE_CLOSED, InstrumentState::kClosed));
static_assert(same(v1::REJECT_REASON_INVALID_ID, RejectReason::kInvalidId));
static_assert(same(v1::REJECT_REASON_MAX_DAILY_LOSS, RejectReason::kMaxDailyLoss));
static_assert(same(v1::REJECT_REASON_RELEASE_EXPIRED, RejectReason::kReleaseExpired));
static_assert(same(v1::CANCEL_REASON_DISCONNECT, CancelReason::kDisconnect));

constexpr std::array<std::string_view, kLimitKinds> kLimitNames{
    "max_order_qty",     "max_order_notional", "price_band_bps",   "max_open_orders", "max_position",
    "max_open_notional", "max_orders_per_sec", "max_daily_trades", "max_daily_loss"};

}  // namespace

v1::Side to_proto(Side value) { return cast_to<v1::Side>(value); }
v1::OrderType to_proto(OrderType value) { return cast_to<v1::OrderType>(value); }
v1::TimeInForce to_proto(TimeInForce value) { return cast_to<v1::TimeInForce>(value); }
v1::SelfTradePrevention to_proto(SelfTradePrevention value) { return cast_to<v1::SelfTradePrevention>(value); }
v1::StopInMarket to_proto(StopInMarket value) { return cast_to<v1::StopInMarket>(value); }
v1::InstrumentState to_proto(InstrumentState value) { return cast_to<v1::InstrumentState>(value); }
v1::KillScope to_proto(KillScope value) { return cast_to<v1::KillScope>(value); }
v1::KillMode to_proto(KillMode value) { return cast_to<v1::KillMode>(value); }
v1::OutcomeCode to_proto(OutcomeCode value) { return cast_to<v1::OutcomeCode>(value); }
v1::RejectReason to_proto(RejectReason value) { return cast_to<v1::RejectReason>(value); }
v1::CancelReason to_proto(CancelReason value) { return cast_to<v1::CancelReason>(value); }

std::optional<Side> from_proto(v1::Side value) { return cast_from(value, Side::kSell); }
std::optional<OrderType> from_proto(v1::OrderType value) { return cast_from(value, OrderType::kStopLimit); }
std::optional<TimeInForce> from_proto(v1::TimeInForce value) { return cast_from(value, TimeInForce::kDay); }
std::optional<SelfTradePrevention> from_proto(v1::SelfTradePrevention value) {
  return cast_from(value, SelfTradePrevention::kDecrement);
}
std::optional<StopInMarket> from_proto(v1::StopInMarket value) { return cast_from(value, StopInMarket::kReject); }
std::optional<InstrumentState> from_proto(v1::InstrumentState value) {
  return cast_from(value, InstrumentState::kClosed);
}
std::optional<KillScope> from_proto(v1::KillScope value) { return cast_from(value, KillScope::kStrategy); }
std::optional<KillMode> from_proto(v1::KillMode value) { return cast_from(value, KillMode::kFlatten); }
std::optional<CancelReason> from_proto(v1::CancelReason value) { return cast_from(value, CancelReason::kDisconnect); }
std::optional<RejectReason> from_proto(v1::RejectReason value) {
  // Reasons leave room between their groups, so a number within the range need not be one.
  if (!v1::RejectReason_IsValid(value)) return std::nullopt;
  return cast_from(value, RejectReason::kReleaseExpired);
}

std::string_view name_of(LimitKind kind) { return kLimitNames.at(static_cast<std::size_t>(kind)); }

std::optional<LimitKind> limit_kind(std::string_view name) {
  for (std::size_t kind = 0; kind < kLimitKinds; ++kind) {
    if (kLimitNames[kind] == name) return static_cast<LimitKind>(kind);
  }
  return std::nullopt;
}

}  // namespace sluice::protomap
