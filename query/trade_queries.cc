// ListTrades, ListPositions.
#include <algorithm>
#include <tuple>

#include "projections/views/book_view.h"
#include "projections/views/positions_view.h"
#include "projections/views/reference_view.h"
#include "projections/views/trades_view.h"
#include "query/proto_mapping.h"
#include "query/queries.h"
#include "query/query_support.h"

namespace sluice::query {

namespace book_view = projections::book_view;
namespace reference_view = projections::reference_view;
namespace trades_view = projections::trades_view;
using projections::TradeRow;

grpc::Status list_trades(const QueryContext& context, const v1::ListTradesRequest& request,
                         v1::ListTradesResponse& response) {
  std::vector<AccountId> accounts;
  if (!request.account().empty()) {
    if (grpc::Status bad = resolve_account(context, request.account(), accounts); !bad.ok()) return bad;
  }
  std::optional<HomeInstrument> only;
  if (!request.symbol().empty()) {
    HomeInstrument instrument;
    if (grpc::Status bad = resolve_symbol(context, request.symbol(), instrument); !bad.ok()) return bad;
    only = instrument;
  }
  Pager pager;
  const std::string filters = "trades/" + request.account() + "//" + request.symbol();
  if (grpc::Status bad = pager.begin(request.page_size(), request.page_token(), filters, context.names.shards());
      !bad.ok())
    return bad;
  *response.mutable_seen() = seen_token(context.board);
  const projections::ReadView view = context.store.read();
  pager.run([&] {
    const ShardId shard = pager.shard();
    if (only && only->shard != shard) return;
    const TradeId after{pager.after()};
    const ShardNames names(context.names, shard);
    const auto offer = [&](const TradeRow& trade) {
      return pager.offer(trade.trade_id.value(), !only || trade.instrument == only->id,
                         [&] { fill(trade, shard, names, *response.add_trades()); });
    };
    if (!accounts.empty()) {
      if (accounts[shard.value()] != AccountId{})
        trades_view::list_of_account(view, shard, accounts[shard.value()], after, offer);
    } else if (only) {
      trades_view::list_of_instrument(view, shard, only->id, after, offer);
    } else {
      trades_view::list(view, shard, after, offer);
    }
  });
  response.set_next_page_token(pager.next_page_token());
  return status_of(view);
}

grpc::Status list_positions(const QueryContext& context, const v1::ListPositionsRequest& request,
                            v1::ListPositionsResponse& response) {
  std::vector<AccountId> accounts;
  if (!request.account().empty()) {
    if (grpc::Status bad = resolve_account(context, request.account(), accounts); !bad.ok()) return bad;
  }
  *response.mutable_seen() = seen_token(context.board);
  const projections::ReadView view = context.store.read();
  for (std::uint16_t number = 0; number < context.names.shards(); ++number) {
    const ShardId shard{number};
    if (!accounts.empty() && accounts[number] == AccountId{}) continue;
    const ShardNames names(context.names, shard);
    projections::positions_view::list(
        view, shard, accounts.empty() ? AccountId{} : accounts[number], [&](const projections::PositionRow& row) {
          const auto instrument = reference_view::find_instrument(view, shard, row.instrument);
          const Money unit_value = instrument ? instrument->unit_value : Money{1};
          fill(row, unit_value, book_view::last_price(view, shard, row.instrument), names, *response.add_positions());
          return true;
        });
  }
  auto& positions = *response.mutable_positions();
  std::sort(positions.begin(), positions.end(), [](const v1::Position& a, const v1::Position& b) {
    return std::tie(a.account(), a.symbol()) < std::tie(b.account(), b.symbol());
  });
  return status_of(view);
}

}  // namespace sluice::query
