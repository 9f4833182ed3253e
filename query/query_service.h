// QueryService: the gRPC face of the read models, with the callback API: no method ever holds a thread while it waits.
// Validates what is about transport (tokens, watch positions); queries.h answers, token_call.h waits, watch_call.h
// streams. Threads: gRPC's.
#pragma once

#include <sluice/v1/query.grpc.pb.h>

#include "query/performance_sources.h"
#include "query/query_context.h"
#include "query/token_call.h"
#include "query/watch_call.h"
#include "telemetry/metrics.h"

namespace sluice::query {

class QueryService final : public v1::QueryService::CallbackService {
 public:
  /// Everything outlives the server that serves this.
  QueryService(const QueryContext& context, const WatchSources& watch, telemetry::Registry& metrics,
               telemetry::Spans& spans, PerformanceSources& performance);

  grpc::ServerUnaryReactor* GetOrder(grpc::CallbackServerContext*, const v1::GetOrderRequest*,
                                     v1::GetOrderResponse*) override;
  grpc::ServerUnaryReactor* ListOrders(grpc::CallbackServerContext*, const v1::ListOrdersRequest*,
                                       v1::ListOrdersResponse*) override;
  grpc::ServerUnaryReactor* ListTrades(grpc::CallbackServerContext*, const v1::ListTradesRequest*,
                                       v1::ListTradesResponse*) override;
  grpc::ServerUnaryReactor* ListPositions(grpc::CallbackServerContext*, const v1::ListPositionsRequest*,
                                          v1::ListPositionsResponse*) override;
  grpc::ServerUnaryReactor* GetBook(grpc::CallbackServerContext*, const v1::GetBookRequest*,
                                    v1::GetBookResponse*) override;
  grpc::ServerUnaryReactor* ListWaitingStops(grpc::CallbackServerContext*, const v1::ListWaitingStopsRequest*,
                                             v1::ListWaitingStopsResponse*) override;
  grpc::ServerUnaryReactor* ListKillSwitches(grpc::CallbackServerContext*, const v1::ListKillSwitchesRequest*,
                                             v1::ListKillSwitchesResponse*) override;
  grpc::ServerUnaryReactor* ListInstruments(grpc::CallbackServerContext*, const v1::ListInstrumentsRequest*,
                                            v1::ListInstrumentsResponse*) override;
  grpc::ServerUnaryReactor* ListAccounts(grpc::CallbackServerContext*, const v1::ListAccountsRequest*,
                                         v1::ListAccountsResponse*) override;
  grpc::ServerUnaryReactor* ListAudit(grpc::CallbackServerContext*, const v1::ListAuditRequest*,
                                      v1::ListAuditResponse*) override;
  grpc::ServerUnaryReactor* ListPerformance(grpc::CallbackServerContext*, const v1::ListPerformanceRequest*,
                                            v1::ListPerformanceResponse*) override;
  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext*, const v1::GetStatusRequest*,
                                      v1::GetStatusResponse*) override;
  grpc::ServerUnaryReactor* GetStageTimes(grpc::CallbackServerContext*, const v1::QueryServiceGetStageTimesRequest*,
                                          v1::QueryServiceGetStageTimesResponse*) override;
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(grpc::CallbackServerContext*, const v1::WatchRequest*) override;

 private:
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext& call, const Request& request, Response& response,
                                   grpc::Status (*query)(const QueryContext&, const Request&, Response&));
  void register_metrics(telemetry::Registry& metrics) const;
  grpc::Status watch_positions(const v1::WatchRequest& request, std::vector<EvtSequence>& positions) const;
  grpc::Status watch_filter(const v1::WatchRequest& request, WatchFilter& filter) const;

  const QueryContext context_;
  const WatchSources watch_;
  telemetry::Counter& watches_total_;
  CallCounts calls_;
  PerformanceSources& performance_;
};

}  // namespace sluice::query
