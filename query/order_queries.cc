// GetOrder, ListOrders, ListWaitingStops.
#include <algorithm>

#include "projections/views/orders_view.h"
#include "query/proto_mapping.h"
#include "query/queries.h"
#include "query/query_support.h"
#include "runtime/status_mapping.h"

namespace sluice::query {

namespace orders_view = projections::orders_view;
using projections::OrderRow;

namespace {

grpc::Status find_by_id(const QueryContext& context, const projections::ReadView& view, OrderId id,
                        std::optional<OrderRow>& order) {
  if (shard_of(id).value() < context.names.shards()) order = orders_view::find(view, id);
  if (!view.status().ok()) return status_of(view);
  return order ? grpc::Status::OK : runtime::not_found("no order has the id " + std::to_string(id.value()));
}

grpc::Status find_by_name(const QueryContext& context, const projections::ReadView& view,
                          const v1::GetOrderRequest& request, std::optional<OrderRow>& order) {
  const auto name = ClientOrderId::from(request.client_order_id());
  if (!name || !is_printable(request.client_order_id(), ClientOrderId::kBytesMax)) {
    return runtime::invalid_argument({{"client_order_id", "must be 1..20 printable characters, or order_id be given"}});
  }
  std::vector<AccountId> accounts;
  if (grpc::Status bad = resolve_account(context, request.account(), accounts); !bad.ok()) return bad;
  HomeInstrument instrument;
  if (grpc::Status bad = resolve_symbol(context, request.symbol(), instrument); !bad.ok()) return bad;
  const AccountId account = accounts[instrument.shard.value()];
  if (account != AccountId{}) order = orders_view::find(view, instrument.shard, account, instrument.id, *name);
  if (!view.status().ok()) return status_of(view);
  if (order) return grpc::Status::OK;
  return runtime::not_found("account '" + request.account() + "' has no order '" + request.client_order_id() +
                            "' of '" + request.symbol() + "'");
}

}  // namespace

grpc::Status get_order(const QueryContext& context, const v1::GetOrderRequest& request,
                       v1::GetOrderResponse& response) {
  *response.mutable_seen() = seen_token(context.board);
  const projections::ReadView view = context.store.read();
  std::optional<OrderRow> order;
  const grpc::Status found = request.order_id() != 0 ? find_by_id(context, view, OrderId{request.order_id()}, order)
                                                     : find_by_name(context, view, request, order);
  if (!found.ok()) return found;
  fill(*order, ShardNames(context.names, shard_of(order->order_id)), *response.mutable_order());
  return grpc::Status::OK;
}

grpc::Status list_orders(const QueryContext& context, const v1::ListOrdersRequest& request,
                         v1::ListOrdersResponse& response) {
  std::vector<AccountId> accounts;
  if (grpc::Status bad = resolve_account(context, request.account(), accounts); !bad.ok()) return bad;
  std::optional<HomeInstrument> only;
  if (!request.symbol().empty()) {
    HomeInstrument instrument;
    if (grpc::Status bad = resolve_symbol(context, request.symbol(), instrument); !bad.ok()) return bad;
    only = instrument;
  }
  Pager pager;
  const std::string filters =
      "orders/" + request.account() + (request.live_only() ? "/live/" : "/all/") + request.symbol();
  if (grpc::Status bad = pager.begin(request.page_size(), request.page_token(), filters, context.names.shards());
      !bad.ok())
    return bad;
  *response.mutable_seen() = seen_token(context.board);
  const projections::ReadView view = context.store.read();
  pager.run([&] {
    const ShardId shard = pager.shard();
    const AccountId account = accounts[shard.value()];
    if (account == AccountId{} || (only && only->shard != shard)) return;
    const ShardNames names(context.names, shard);
    orders_view::list(view, shard, account, request.live_only(), OrderId{pager.after()}, [&](const OrderRow& order) {
      return pager.offer(order.order_id.value(), !only || order.instrument == only->id,
                         [&] { fill(order, names, *response.add_orders()); });
    });
  });
  response.set_next_page_token(pager.next_page_token());
  return status_of(view);
}

grpc::Status list_waiting_stops(const QueryContext& context, const v1::ListWaitingStopsRequest& request,
                                v1::ListWaitingStopsResponse& response) {
  std::optional<HomeInstrument> only;
  if (!request.symbol().empty()) {
    HomeInstrument instrument;
    if (grpc::Status bad = resolve_symbol(context, request.symbol(), instrument); !bad.ok()) return bad;
    only = instrument;
  }
  *response.mutable_seen() = seen_token(context.board);
  const projections::ReadView view = context.store.read();
  for (std::uint16_t number = 0; number < context.names.shards(); ++number) {
    const ShardId shard{number};
    if (only && only->shard != shard) continue;
    const ShardNames names(context.names, shard);
    orders_view::list_waiting_stops(view, shard, only ? only->id : InstrumentId{}, [&](const OrderRow& order) {
      fill(order, names, *response.add_orders());
      return true;
    });
  }
  auto& orders = *response.mutable_orders();
  std::sort(orders.begin(), orders.end(),
            [](const v1::Order& a, const v1::Order& b) { return a.order_id() < b.order_id(); });
  return status_of(view);
}

}  // namespace sluice::query
