#include "query/proto_mapping.h"

#include <string>

#include "protomap/enums.h"

namespace sluice::query {

using protomap::to_proto;

void fill(const projections::OrderRow& from, const protomap::Names& names, v1::Order& to) {
  to.set_order_id(from.order_id.value());
  to.set_account(std::string(names.account(from.account)));
  to.set_symbol(std::string(names.symbol(from.instrument)));
  to.set_strategy(std::string(names.strategy(from.strategy)));
  to.set_client_order_id(from.client_order_id.str());
  to.set_side(to_proto(from.side));
  to.set_type(to_proto(from.type));
  to.set_time_in_force(to_proto(from.tif));
  to.set_price(from.price.value());
  to.set_quantity(from.quantity.value());
  to.set_filled(from.filled.value());
  to.set_remaining(from.remaining.value());
  to.set_stop_price(from.stop_price.value());
  to.set_display(from.display.value());
  to.set_post_only((from.flags & kFlagPostOnly) != 0);
  to.set_flatten((from.flags & kFlagFlatten) != 0);
  to.set_expire_at_unix_nanos(from.expire_at.value());
  to.set_self_trade_prevention(to_proto(from.stp));
  to.set_state(static_cast<v1::OrderState>(from.state));
  to.set_cancel_reason(to_proto(from.cancel_reason));
  to.set_accepted_at_unix_nanos(from.accepted_at.value());
  to.set_updated_at_unix_nanos(from.updated_at.value());
  to.set_event_sequence(from.event_sequence.value());
}
static_assert(static_cast<int>(projections::OrderState::kLive) == static_cast<int>(v1::ORDER_STATE_LIVE));
static_assert(static_cast<int>(projections::OrderState::kFilled) == static_cast<int>(v1::ORDER_STATE_FILLED));
static_assert(static_cast<int>(projections::OrderState::kCancelled) == static_cast<int>(v1::ORDER_STATE_CANCELLED));

void fill(const projections::TradeRow& from, ShardId shard, const protomap::Names& names, v1::Trade& to) {
  to.set_shard(shard.value());
  to.set_time_unix_nanos(from.time.value());
  to.set_event_sequence(from.event_sequence.value());
  v1::Traded& traded = *to.mutable_traded();
  traded.set_trade_id(from.trade_id.value());
  traded.set_symbol(std::string(names.symbol(from.instrument)));
  traded.set_price(from.price.value());
  traded.set_quantity(from.quantity.value());
  traded.set_maker_order_id(from.maker_order_id.value());
  traded.set_taker_order_id(from.taker_order_id.value());
  traded.set_maker_account(std::string(names.account(from.maker_account)));
  traded.set_taker_account(std::string(names.account(from.taker_account)));
  traded.set_taker_side(to_proto(from.taker_side));
  traded.set_maker_remaining(from.maker_remaining.value());
  traded.set_taker_remaining(from.taker_remaining.value());
}

void fill(const projections::PositionRow& from, Money unit_value, Price last_price, const protomap::Names& names,
          v1::Position& to) {
  const Holding holding = holding_of(from);
  to.set_average_price(holding.average_price().value());
  to.set_realised_profit_micros(money_of(holding.realised(), unit_value).value());
  to.set_unrealised_profit_micros(money_of(holding.unrealised(last_price), unit_value).value());

  to.set_account(std::string(names.account(from.account)));
  to.set_symbol(std::string(names.symbol(from.instrument)));
  to.set_net(from.net.value());
  to.set_bought(from.bought.value());
  to.set_sold(from.sold.value());
}

void fill(const projections::KillSwitchRow& from, ShardId shard, v1::KillSwitch& to) {
  to.set_shard(shard.value());
  to.set_engaged(from.engaged);
  to.set_since_unix_nanos(from.since.value());
  to.set_event_sequence(from.event_sequence.value());
  const KillSwitchEngaged engaged{
      .kill = {.kill_id = from.kill_id, .scope = from.scope, .mode = from.mode, .key = from.key, .reason = from.reason},
      .by = from.by,
      .source = static_cast<KillSource>(from.source),
      .orders_cancelled = from.orders_cancelled};
  protomap::fill(engaged, *to.mutable_newest());
}

void fill(const projections::InstrumentRow& from, v1::Instrument& to) {
  const DefineInstrument definition{.symbol = from.symbol,
                                    .home = from.home,
                                    .tick = from.tick,
                                    .lot = from.lot,
                                    .unit_value = from.unit_value,
                                    .stop_in_market = from.stop_in_market};
  protomap::fill(definition, to);
  to.set_state(to_proto(from.state));
}

namespace {
void fill_limits(const projections::LimitValues& from, google::protobuf::Map<std::string, std::int64_t>& to) {
  for (std::size_t kind = 0; kind < kLimitKinds; ++kind) {
    if (from.has[kind]) to[std::string(protomap::name_of(static_cast<LimitKind>(kind)))] = from.values[kind];
  }
}
}  // namespace

void fill(const projections::DefaultLimitsRow& from, google::protobuf::Map<std::string, std::int64_t>& to) {
  fill_limits(from.limits, to);
}

void fill(const projections::AccountRow& from, v1::Account& to) {
  to.set_account(from.name.str());
  fill_limits(from.limits, *to.mutable_limits());
}

v1::Token seen_token(const projections::ProgressBoard& board) {
  v1::Token token;
  for (std::uint16_t shard = 0; shard < board.shards(); ++shard) {
    (*token.mutable_shards())[shard] = board.of(ShardId{shard}).cmd_sequence.value();
  }
  return token;
}

}  // namespace sluice::query
