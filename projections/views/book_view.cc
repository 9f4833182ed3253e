#include "projections/views/book_view.h"

namespace sluice::projections::book_view {

namespace {

Key side_key(ShardId shard, InstrumentId instrument, Side side) {
  return Key(shard, Table::kBookOrder).add(instrument).add(static_cast<std::uint8_t>(side));
}

Key place_of(ShardId shard, const OrderRow& order) {
  Key key = side_key(shard, order.instrument, order.side);
  if (order.side == Side::kBuy) key.add_descending(order.price);
  else key.add_ascending(order.price);
  return key.add(order.priority);
}

Key last_price_key(ShardId shard, InstrumentId instrument) { return Key(shard, Table::kLastPrice).add(instrument); }

}  // namespace

std::uint64_t next_priority(ViewBatch& batch) {
  const Key key(batch.shard(), Table::kPriority);
  PriorityRow counter = batch.get<PriorityRow>(key).value_or(PriorityRow{});
  ++counter.newest;
  batch.put(key, counter);
  return counter.newest;
}

void fold(const orders_view::Change& change, const FoldContext& context, ViewBatch& batch) {
  const bool rested = change.before && orders_view::rests(*change.before);
  const bool rests = orders_view::rests(change.after);
  if (!rested && !rests) return;
  const Key place = place_of(context.shard, change.after);
  const bool moved = rested && rests && !(place_of(context.shard, *change.before) == place);
  if (rested && (moved || !rests)) batch.erase(place_of(context.shard, *change.before));
  if (!rests) return;
  const OrderRow& order = change.after;
  const BookRow row{.order_id = order.order_id,
                    .price = order.price,
                    .shown = order.shown,
                    .client_order_id = order.client_order_id,
                    .account = order.account};
  if (rested && !moved) batch.update(place, row);
  else batch.insert(place, row);
}

void fold_trade(const OrderEvent& traded, const FoldContext& context, ViewBatch& batch) {
  batch.put(last_price_key(context.shard, traded.instrument), LastPriceRow{.price = traded.price});
}

void list(const ReadView& view, ShardId shard, InstrumentId instrument, Side side, const Visit& visit) {
  view.scan<BookRow>(side_key(shard, instrument, side),
                     [&](std::string_view, const BookRow& row) { return visit(row); });
}

Price last_price(const ReadView& view, ShardId shard, InstrumentId instrument) {
  return view.get<LastPriceRow>(last_price_key(shard, instrument)).value_or(LastPriceRow{}).price;
}

}  // namespace sluice::projections::book_view
