// ReferenceCache: names and ids of all shards in memory, for requests (names to ids) and answers (ids to names). Ids
// are dense and names never change, so entries are only ever added. Threads: any; one writer a shard (its projector).
#pragma once

#include <deque>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "domain/events.h"
#include "projections/store.h"

namespace sluice::projections {

class ReferenceCache {
 public:
  explicit ReferenceCache(std::uint16_t shards) : shards_(shards) {}

  /// Takes what the store knows of `shard`. Before its projector starts. Errors: as ReadView::status.
  Status load(const Store& store, ShardId shard);
  /// Takes a registration or definition; other events are ignored. Idempotent.
  void add(ShardId shard, const ControlEvent& event);

  std::uint16_t shards() const { return static_cast<std::uint16_t>(shards_.size()); }

  /// nullopt if the shard has not registered the name.
  std::optional<AccountId> account(ShardId shard, const Name& name) const;
  std::optional<InstrumentRow> instrument(ShardId shard, const Name& symbol) const;
  /// The definition from whichever shard has it; its `home` says where it trades. `id` is that shard's: ask the home
  /// shard for its own.
  std::optional<InstrumentRow> instrument_anywhere(const Name& symbol) const;

  /// Empty for id 0 and for ids that are not registered. The text lives as long as the cache.
  std::string_view account_name(ShardId shard, AccountId id) const;
  std::string_view strategy_name(ShardId shard, StrategyId id) const;
  std::string_view symbol(ShardId shard, InstrumentId id) const;

 private:
  // Deques: texts stay where they are while others are added.
  struct Shard {
    mutable std::shared_mutex mutex;
    std::deque<Name> accounts;
    std::deque<Name> strategies;
    std::deque<InstrumentRow> instruments;
    std::unordered_map<Name, AccountId> account_ids;
    std::unordered_map<Name, InstrumentId> instrument_ids;
  };
  void add_account(Shard& shard, AccountId id, const Name& name);
  void add_strategy(Shard& shard, StrategyId id, const Name& name);
  void add_instrument(Shard& shard, const InstrumentRow& instrument);

  std::deque<Shard> shards_;  // a deque because a mutex cannot move; its size never changes
};

}  // namespace sluice::projections
