// The answers of QueryService, one function a method, without waiting or transport: the caller has made sure that the
// replica has seen the request's token. Statuses: INVALID_ARGUMENT names the field; NOT_FOUND names what was looked
// for; DATA_LOSS and UNAVAILABLE if the read models cannot be read. Threads: any.
#pragma once

#include <grpcpp/support/status.h>
#include <sluice/v1/query.pb.h>

#include "query/query_context.h"

namespace sluice::query {

/// Bounds of a page, and of the rows that one request looks at on the way to it.
inline constexpr int kPageSizeDefault = 100;
inline constexpr int kPageSizeMax = 1000;
inline constexpr int kRowsLookedAtMax = 20'000;
inline constexpr std::uint64_t kAuditRecordsLookedAtMax = 200'000;
inline constexpr int kDepthDefault = 10;
inline constexpr int kDepthMax = 1000;

grpc::Status get_order(const QueryContext& context, const v1::GetOrderRequest& request, v1::GetOrderResponse& response);
grpc::Status list_orders(const QueryContext& context, const v1::ListOrdersRequest& request,
                         v1::ListOrdersResponse& response);
grpc::Status list_waiting_stops(const QueryContext& context, const v1::ListWaitingStopsRequest& request,
                                v1::ListWaitingStopsResponse& response);
grpc::Status list_trades(const QueryContext& context, const v1::ListTradesRequest& request,
                         v1::ListTradesResponse& response);
grpc::Status list_positions(const QueryContext& context, const v1::ListPositionsRequest& request,
                            v1::ListPositionsResponse& response);
grpc::Status get_book(const QueryContext& context, const v1::GetBookRequest& request, v1::GetBookResponse& response);
grpc::Status list_kill_switches(const QueryContext& context, const v1::ListKillSwitchesRequest& request,
                                v1::ListKillSwitchesResponse& response);
grpc::Status list_instruments(const QueryContext& context, const v1::ListInstrumentsRequest& request,
                              v1::ListInstrumentsResponse& response);
grpc::Status list_accounts(const QueryContext& context, const v1::ListAccountsRequest& request,
                           v1::ListAccountsResponse& response);
grpc::Status list_audit(const QueryContext& context, const v1::ListAuditRequest& request,
                        v1::ListAuditResponse& response);
grpc::Status get_status(const QueryContext& context, const v1::GetStatusRequest& request,
                        v1::GetStatusResponse& response);

}  // namespace sluice::query
