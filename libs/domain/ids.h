// Identifiers and sequences. Each has a type of its own, so that no two can be mixed up.
#pragma once

#include <cstdint>

#include "base/strong.h"

namespace sluice {

/// An independent ordered log with its own engine, 0-based.
using ShardId = Strong<struct ShardIdTag, std::uint16_t>;
/// Dense ids, given by a shard in order of registration, from 1; 0 means none. They differ from shard to shard; names
/// do not.
using AccountId = Strong<struct AccountIdTag, std::uint32_t>;
using StrategyId = Strong<struct StrategyIdTag, std::uint32_t>;
using InstrumentId = Strong<struct InstrumentIdTag, std::uint32_t>;
/// Shard in the upper 16 bits, a count from 1 below; 0 means none. Unique in a deployment, increasing within a shard.
using OrderId = Strong<struct OrderIdTag, std::uint64_t>;
/// Count of trades of a shard, from 1, with the shard in the upper 16 bits as in OrderId.
using TradeId = Strong<struct TradeIdTag, std::uint64_t>;
/// Position of a message in a CMD or EVT stream, from 1; 0 means before the first.
using CmdSequence = Strong<struct CmdSequenceTag, std::uint64_t>;
using EvtSequence = Strong<struct EvtSequenceTag, std::uint64_t>;
/// Count of changes of ownership of a shard; 0 is genesis.
using Epoch = Strong<struct EpochTag, std::uint64_t>;
/// Random per start of an engine / of a command service process; 0 only at genesis.
using OwnerId = Strong<struct OwnerIdTag, std::uint64_t>;
using WriterId = Strong<struct WriterIdTag, std::uint64_t>;

inline constexpr int kShardShift = 48;

constexpr OrderId make_order_id(ShardId shard, std::uint64_t count) {
  return OrderId{(static_cast<std::uint64_t>(shard.value()) << kShardShift) | count};
}
constexpr TradeId make_trade_id(ShardId shard, std::uint64_t count) {
  return TradeId{(static_cast<std::uint64_t>(shard.value()) << kShardShift) | count};
}
constexpr ShardId shard_of(OrderId id) { return ShardId{static_cast<std::uint16_t>(id.value() >> kShardShift)}; }

}  // namespace sluice
