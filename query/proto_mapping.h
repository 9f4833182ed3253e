// Rows of the read models as clients see them. Pure functions; any thread.
#pragma once

#include <sluice/v1/query.pb.h>

#include "projections/progress_board.h"
#include "projections/reference_cache.h"
#include "projections/rows.h"
#include "protomap/event_proto.h"

namespace sluice::query {

/// The names of one shard, for protomap.
class ShardNames final : public protomap::Names {
 public:
  ShardNames(const projections::ReferenceCache& cache, ShardId shard) : cache_(cache), shard_(shard) {}
  std::string_view account(AccountId id) const override { return cache_.account_name(shard_, id); }
  std::string_view strategy(StrategyId id) const override { return cache_.strategy_name(shard_, id); }
  std::string_view symbol(InstrumentId id) const override { return cache_.symbol(shard_, id); }

 private:
  const projections::ReferenceCache& cache_;
  ShardId shard_;
};

void fill(const projections::OrderRow& from, const protomap::Names& names, v1::Order& to);
void fill(const projections::TradeRow& from, ShardId shard, const protomap::Names& names, v1::Trade& to);
/// Profits in money by `unit_value`, what is open at `last_price`.
void fill(const projections::PositionRow& from, Money unit_value, Price last_price, const protomap::Names& names,
          v1::Position& to);
void fill(const projections::KillSwitchRow& from, ShardId shard, v1::KillSwitch& to);
void fill(const projections::InstrumentRow& from, v1::Instrument& to);
void fill(const projections::AccountRow& from, v1::Account& to);
void fill(const projections::DefaultLimitsRow& from, google::protobuf::Map<std::string, std::int64_t>& to);

/// How far every shard has been seen. Taken before the views are read, so that it never promises too much.
v1::Token seen_token(const projections::ProgressBoard& board);

}  // namespace sluice::query
