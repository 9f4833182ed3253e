// GetBook.
#include "projections/views/book_view.h"
#include "query/proto_mapping.h"
#include "query/queries.h"
#include "query/query_support.h"
#include "runtime/status_mapping.h"

namespace sluice::query {

namespace book_view = projections::book_view;
using projections::BookRow;

namespace {

/// Sums rows that come best price first into levels, until `depth` of them are complete.
void fill_levels(const QueryContext& context, const projections::ReadView& view, const HomeInstrument& instrument,
                 Side side, int depth, bool with_queue, google::protobuf::RepeatedPtrField<v1::BookLevel>& levels) {
  book_view::list(view, instrument.shard, instrument.id, side, [&](const BookRow& row) {
    const bool new_level = levels.empty() || levels[levels.size() - 1].price() != row.price.value();
    if (new_level && levels.size() == depth) return false;
    v1::BookLevel& level = new_level ? *levels.Add() : levels[levels.size() - 1];
    level.set_price(row.price.value());
    level.set_quantity(level.quantity() + row.shown.value());
    level.set_orders(level.orders() + 1);
    if (!with_queue) return true;
    v1::QueuedOrder& queued = *level.add_queue();
    queued.set_order_id(row.order_id.value());
    queued.set_client_order_id(row.client_order_id.str());
    queued.set_account(std::string(context.names.account_name(instrument.shard, row.account)));
    queued.set_quantity(row.shown.value());
    return true;
  });
}

}  // namespace

grpc::Status get_book(const QueryContext& context, const v1::GetBookRequest& request, v1::GetBookResponse& response) {
  if (request.depth() < 0 || request.depth() > kDepthMax)
    return runtime::invalid_argument({{"depth", "must be 0 (10) or 1..1000"}});
  HomeInstrument instrument;
  if (grpc::Status bad = resolve_symbol(context, request.symbol(), instrument); !bad.ok()) return bad;
  const int depth = request.depth() == 0 ? kDepthDefault : request.depth();
  *response.mutable_seen() = seen_token(context.board);
  const projections::ReadView view = context.store.read();
  fill_levels(context, view, instrument, Side::kBuy, depth, request.with_queue(), *response.mutable_bids());
  fill_levels(context, view, instrument, Side::kSell, depth, request.with_queue(), *response.mutable_asks());
  response.set_last_price(book_view::last_price(view, instrument.shard, instrument.id).value());
  return status_of(view);
}

}  // namespace sluice::query
