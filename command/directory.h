// Directory: names ↔ ids of every shard, folded from the events of reference data, and where each instrument lives.
// Threads: any; readers share the lock.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "domain/events.h"

namespace sluice::command {

class Directory {
 public:
  /// `shards`: 0 until the log says how many there are.
  explicit Directory(std::uint16_t shards = 0) : shards_(shards) {}
  /// Once, before the first fold().
  void set_shards(std::uint16_t shards);

  void fold(ShardId shard, const Answer& answer);

  std::uint16_t shard_count() const { return static_cast<std::uint16_t>(shards_.size()); }
  /// The shard that trades the instrument; nullopt if it is not defined.
  std::optional<ShardId> home_of(const Name& symbol) const;
  std::optional<DefineInstrument> instrument(const Name& symbol) const;
  /// none (value 0) if the name is not registered in that shard.
  AccountId account(ShardId shard, const Name& name) const;
  StrategyId strategy(ShardId shard, const Name& name) const;
  InstrumentId instrument_id(ShardId shard, const Name& symbol) const;
  /// Views that stay valid as long as the directory; empty if unknown.
  std::string_view account_name(ShardId shard, AccountId id) const;
  std::string_view strategy_name(ShardId shard, StrategyId id) const;
  std::string_view symbol(ShardId shard, InstrumentId id) const;
  /// True if any shard knows what a kill of this scope and key would cover.
  bool knows(KillScope scope, const Name& key) const;

 private:
  struct Shard {
    std::map<Name, AccountId> accounts;
    std::map<Name, StrategyId> strategies;
    std::map<Name, InstrumentDefined> instruments;
    std::deque<Name> account_names, strategy_names, symbols;  // by id − 1; a deque, so that views stay valid
  };
  mutable std::shared_mutex mutex_;
  std::vector<Shard> shards_;
};

}  // namespace sluice::command
