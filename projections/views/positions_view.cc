#include "projections/views/positions_view.h"

namespace sluice::projections::positions_view {

namespace {

void add(const FoldContext& context, AccountId account, InstrumentId instrument, bool buys, Price price,
         Quantity quantity, ViewBatch& batch) {
  const Key key = Key(context.shard, Table::kPosition).add(account).add(instrument);
  PositionRow position = batch.get<PositionRow>(key).value_or(PositionRow{});
  position.account = account;
  position.instrument = instrument;
  if (buys) {
    position.bought = position.bought + quantity;
  } else {
    position.sold = position.sold + quantity;
  }
  Holding holding = holding_of(position);
  holding.trade(price, buys ? quantity.value() : -quantity.value());
  position.net = holding.net;
  position.cash = wide_of(holding.cash);
  position.cost = wide_of(holding.cost);
  batch.put(key, position);
}

}  // namespace

void fold(const OrderEvent& traded, const FoldContext& context, ViewBatch& batch) {
  const bool taker_buys = traded.side == Side::kBuy;
  add(context, traded.account, traded.instrument, taker_buys, traded.price, traded.quantity, batch);
  add(context, traded.other_account, traded.instrument, !taker_buys, traded.price, traded.quantity, batch);
}

void list(const ReadView& view, ShardId shard, AccountId account, const Visit& visit) {
  Key prefix(shard, Table::kPosition);
  if (account != AccountId{}) prefix.add(account);
  view.scan<PositionRow>(prefix, [&](std::string_view, const PositionRow& position) { return visit(position); });
}

}  // namespace sluice::projections::positions_view
