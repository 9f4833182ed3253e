#include "query/query_service.h"

#include "projections/views/kill_switches_view.h"
#include "query/queries.h"
#include "query/query_support.h"
#include "query/token_call.h"
#include "runtime/status_mapping.h"

namespace sluice::query {

namespace {

grpc::Status parse_token(const v1::Token& from, std::uint16_t shards, projections::SeenToken& token) {
  for (const auto& [shard, sequence] : from.shards()) {
    if (shard >= shards) {
      return runtime::invalid_argument(
          {{"token.shards", "names shard " + std::to_string(shard) + " of " + std::to_string(shards)}});
    }
    token[ShardId{static_cast<std::uint16_t>(shard)}] = CmdSequence{sequence};
  }
  return grpc::Status::OK;
}

std::uint64_t engaged_kills(const QueryContext& context, ShardId shard, KillScope scope) {
  std::uint64_t engaged = 0;
  projections::kill_switches_view::list(context.store.read(), shard, [&](const projections::KillSwitchRow& row) {
    if (row.engaged && row.scope == scope) ++engaged;
    return true;
  });
  return engaged;
}

/// A watch that ends before it began.
class RefusedWatch final : public grpc::ServerWriteReactor<v1::WatchResponse> {
 public:
  explicit RefusedWatch(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

QueryService::QueryService(const QueryContext& context, const WatchSources& watch, telemetry::Registry& metrics,
                           telemetry::Spans& spans, PerformanceSources& performance)
    : context_(context),
      watch_(watch),
      watches_total_(metrics.counter("sluice_query_watches_total", "Watch streams begun.")),
      calls_(spans),
      performance_(performance) {
  register_metrics(metrics);
}

void QueryService::register_metrics(telemetry::Registry& metrics) const {
  for (std::size_t code = 0; code < calls_.finished.size(); ++code) {
    metrics.counter_function("sluice_query_responses_total", "Unary queries answered, by gRPC status.",
                             [&count = calls_.finished[code]] { return static_cast<double>(count.load()); },
                             {{"code", runtime::status_name(static_cast<grpc::StatusCode>(code))}});
  }
  metrics.gauge_function("sluice_query_waiting_calls", "Queries that wait for their token.",
                         [this] { return static_cast<double>(calls_.waiting.load()); });
  for (std::uint16_t shard = 0; shard < context_.board.shards(); ++shard) {
    for (const KillScope scope : kKillScopes) {
      metrics.gauge_function(
          "sluice_kills_engaged", "Scopes of this kind that are stopped by an engaged kill.",
          [this, shard, scope] { return static_cast<double>(engaged_kills(context_, ShardId{shard}, scope)); },
          {{"shard", std::to_string(shard)}, {"scope", std::string(name_of(scope))}});
    }
  }
  metrics.gauge_function("sluice_query_watches", "Watch streams that are open.",
                         [this] { return static_cast<double>(watch_.hub.listeners()); });
}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* QueryService::answer(grpc::CallbackServerContext& call, const Request& request,
                                               Response& response,
                                               grpc::Status (*query)(const QueryContext&, const Request&, Response&)) {
  projections::SeenToken token;
  const grpc::Status parsed = parse_token(request.token(), context_.board.shards(), token);
  return TokenCall::start(
      context_.board, calls_, call, parsed.ok() ? std::move(token) : projections::SeenToken{},
      [this, &request, &response, query, parsed] { return parsed.ok() ? query(context_, request, response) : parsed; });
}

grpc::ServerUnaryReactor* QueryService::GetOrder(grpc::CallbackServerContext* call, const v1::GetOrderRequest* request,
                                                 v1::GetOrderResponse* response) {
  return answer(*call, *request, *response, get_order);
}
grpc::ServerUnaryReactor* QueryService::ListOrders(grpc::CallbackServerContext* call,
                                                   const v1::ListOrdersRequest* request,
                                                   v1::ListOrdersResponse* response) {
  return answer(*call, *request, *response, list_orders);
}
grpc::ServerUnaryReactor* QueryService::ListTrades(grpc::CallbackServerContext* call,
                                                   const v1::ListTradesRequest* request,
                                                   v1::ListTradesResponse* response) {
  return answer(*call, *request, *response, list_trades);
}
grpc::ServerUnaryReactor* QueryService::ListPositions(grpc::CallbackServerContext* call,
                                                      const v1::ListPositionsRequest* request,
                                                      v1::ListPositionsResponse* response) {
  return answer(*call, *request, *response, list_positions);
}
grpc::ServerUnaryReactor* QueryService::GetBook(grpc::CallbackServerContext* call, const v1::GetBookRequest* request,
                                                v1::GetBookResponse* response) {
  return answer(*call, *request, *response, get_book);
}
grpc::ServerUnaryReactor* QueryService::ListWaitingStops(grpc::CallbackServerContext* call,
                                                         const v1::ListWaitingStopsRequest* request,
                                                         v1::ListWaitingStopsResponse* response) {
  return answer(*call, *request, *response, list_waiting_stops);
}
grpc::ServerUnaryReactor* QueryService::ListKillSwitches(grpc::CallbackServerContext* call,
                                                         const v1::ListKillSwitchesRequest* request,
                                                         v1::ListKillSwitchesResponse* response) {
  return answer(*call, *request, *response, list_kill_switches);
}
grpc::ServerUnaryReactor* QueryService::ListInstruments(grpc::CallbackServerContext* call,
                                                        const v1::ListInstrumentsRequest* request,
                                                        v1::ListInstrumentsResponse* response) {
  return answer(*call, *request, *response, list_instruments);
}
grpc::ServerUnaryReactor* QueryService::ListAccounts(grpc::CallbackServerContext* call,
                                                     const v1::ListAccountsRequest* request,
                                                     v1::ListAccountsResponse* response) {
  return answer(*call, *request, *response, list_accounts);
}
grpc::ServerUnaryReactor* QueryService::ListAudit(grpc::CallbackServerContext* call,
                                                  const v1::ListAuditRequest* request,
                                                  v1::ListAuditResponse* response) {
  return answer(*call, *request, *response, list_audit);
}
grpc::ServerUnaryReactor* QueryService::ListPerformance(grpc::CallbackServerContext* call,
                                                        const v1::ListPerformanceRequest* /*request*/,
                                                        v1::ListPerformanceResponse* response) {
  return performance_.list(*call, *response);
}
grpc::ServerUnaryReactor* QueryService::GetStatus(grpc::CallbackServerContext* call,
                                                  const v1::GetStatusRequest* request,
                                                  v1::GetStatusResponse* response) {
  return answer(*call, *request, *response, get_status);
}

grpc::ServerUnaryReactor* QueryService::GetStageTimes(grpc::CallbackServerContext* call,
                                                      const v1::QueryServiceGetStageTimesRequest* request,
                                                      v1::QueryServiceGetStageTimesResponse* response) {
  auto* reactor = call->DefaultReactor();
  if (request->shard() >= context_.board.shards() || request->sequences_size() > telemetry::StageLog::kAskedMax) {
    reactor->Finish(runtime::invalid_argument(
        {{"shard, sequences", "must be below " + std::to_string(context_.board.shards()) + ", and at most 1024"}}));
    return reactor;
  }
  const ShardId shard{static_cast<std::uint16_t>(request->shard())};
  for (const std::uint64_t sequence : request->sequences()) {
    const Nanos projected = context_.board.projected(shard, CmdSequence{sequence});
    if (projected == Nanos{0}) continue;
    auto& times = *response->add_times();
    times.set_sequence(sequence);
    times.set_projected_unix_nanos(projected.value());
  }
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::Status QueryService::watch_positions(const v1::WatchRequest& request, std::vector<EvtSequence>& positions) const {
  for (std::uint16_t shard = 0; shard < watch_.hub.shards(); ++shard)
    positions.push_back(watch_.hub.head(ShardId{shard}));
  for (const auto& [shard, sequence] : request.from()) {
    if (shard >= positions.size()) {
      return runtime::invalid_argument(
          {{"from", "names shard " + std::to_string(shard) + " of " + std::to_string(positions.size())}});
    }
    positions[shard] = EvtSequence{sequence == 0 ? 0 : sequence - 1};
  }
  return grpc::Status::OK;
}

grpc::Status QueryService::watch_filter(const v1::WatchRequest& request, WatchFilter& filter) const {
  if (!request.account().empty()) {
    std::vector<AccountId> ids;
    if (grpc::Status bad = resolve_account(context_, request.account(), ids); !bad.ok()) return bad;
    filter.account = *Name::from(request.account());
  }
  if (!request.symbol().empty()) {
    HomeInstrument instrument;
    if (grpc::Status bad = resolve_symbol(context_, request.symbol(), instrument); !bad.ok()) return bad;
    filter.symbol = *Name::from(request.symbol());
  }
  return grpc::Status::OK;
}

grpc::ServerWriteReactor<v1::WatchResponse>* QueryService::Watch(grpc::CallbackServerContext* /*call*/,
                                                                 const v1::WatchRequest* request) {
  watches_total_.add();
  std::vector<EvtSequence> positions;
  WatchFilter filter;
  grpc::Status status = watch_positions(*request, positions);
  if (status.ok()) status = watch_filter(*request, filter);
  if (!status.ok()) return new RefusedWatch(status);
  return WatchCall::start(watch_, filter, std::move(positions));
}

}  // namespace sluice::query
