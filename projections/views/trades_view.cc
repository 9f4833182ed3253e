#include "projections/views/trades_view.h"

namespace sluice::projections::trades_view {

namespace {

Key trade_key(ShardId shard, TradeId id) { return Key(shard, Table::kTrade).add(id); }

void list_index(const ReadView& view, ShardId shard, const Key& prefix, TradeId after, const Visit& visit) {
  view.scan<IndexRow>(prefix, Key(prefix).add(TradeId{after.value() + 1}), [&](std::string_view key, const IndexRow&) {
    const std::optional<TradeRow> trade = view.get<TradeRow>(trade_key(shard, TradeId{trailing_u64(key)}));
    return !trade || visit(*trade);
  });
}

}  // namespace

void fold(const OrderEvent& traded, const FoldContext& context, ViewBatch& batch) {
  const TradeRow trade{.trade_id = traded.trade_id,
                       .price = traded.price,
                       .quantity = traded.quantity,
                       .maker_order_id = traded.other_order_id,
                       .taker_order_id = traded.order_id,
                       .maker_remaining = traded.other_remaining,
                       .taker_remaining = traded.remaining,
                       .time = context.time,
                       .event_sequence = context.sequence,
                       .maker_account = traded.other_account,
                       .taker_account = traded.account,
                       .instrument = traded.instrument,
                       .taker_side = traded.side};
  const ShardId shard = context.shard;
  batch.insert(trade_key(shard, trade.trade_id), trade);
  batch.insert(Key(shard, Table::kTradeByInstrument).add(trade.instrument).add(trade.trade_id), IndexRow{});
  batch.insert(Key(shard, Table::kTradeByAccount).add(trade.taker_account).add(trade.trade_id), IndexRow{});
  if (trade.maker_account == trade.taker_account) return;  // it traded with itself: one trade of that account
  batch.insert(Key(shard, Table::kTradeByAccount).add(trade.maker_account).add(trade.trade_id), IndexRow{});
}

void list(const ReadView& view, ShardId shard, TradeId after, const Visit& visit) {
  view.scan<TradeRow>(Key(shard, Table::kTrade), trade_key(shard, TradeId{after.value() + 1}),
                      [&](std::string_view, const TradeRow& trade) { return visit(trade); });
}

void list_of_account(const ReadView& view, ShardId shard, AccountId account, TradeId after, const Visit& visit) {
  list_index(view, shard, Key(shard, Table::kTradeByAccount).add(account), after, visit);
}

void list_of_instrument(const ReadView& view, ShardId shard, InstrumentId instrument, TradeId after,
                        const Visit& visit) {
  list_index(view, shard, Key(shard, Table::kTradeByInstrument).add(instrument), after, visit);
}

}  // namespace sluice::projections::trades_view
