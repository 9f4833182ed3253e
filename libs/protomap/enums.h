// Enums of the domain <-> enums of the contract, and the names of limits. The numbers agree (asserted in enums.cc), the
// types do not. Decoding returns nullopt for UNSPECIFIED and for numbers that this version does not know. Pure
// functions; any thread.
#pragma once

#include <sluice/v1/types.pb.h>

#include <optional>
#include <string>
#include <string_view>

#include "domain/events.h"

namespace sluice::protomap {

v1::Side to_proto(Side value);
v1::OrderType to_proto(OrderType value);
v1::TimeInForce to_proto(TimeInForce value);
v1::SelfTradePrevention to_proto(SelfTradePrevention value);
v1::StopInMarket to_proto(StopInMarket value);
v1::InstrumentState to_proto(InstrumentState value);
v1::KillScope to_proto(KillScope value);
v1::KillMode to_proto(KillMode value);
v1::OutcomeCode to_proto(OutcomeCode value);
v1::RejectReason to_proto(RejectReason value);
v1::CancelReason to_proto(CancelReason value);

std::optional<Side> from_proto(v1::Side value);
std::optional<OrderType> from_proto(v1::OrderType value);
std::optional<TimeInForce> from_proto(v1::TimeInForce value);
std::optional<SelfTradePrevention> from_proto(v1::SelfTradePrevention value);
std::optional<StopInMarket> from_proto(v1::StopInMarket value);
std::optional<InstrumentState> from_proto(v1::InstrumentState value);
std::optional<KillScope> from_proto(v1::KillScope value);
std::optional<KillMode> from_proto(v1::KillMode value);
std::optional<RejectReason> from_proto(v1::RejectReason value);
std::optional<CancelReason> from_proto(v1::CancelReason value);

/// `max_order_qty` and so on, as in SetLimitsRequest.
std::string_view name_of(LimitKind kind);
std::optional<LimitKind> limit_kind(std::string_view name);

}  // namespace sluice::protomap
