#include "command/directory.h"

#include <algorithm>
#include <mutex>

#include "base/invariant.h"

namespace sluice::command {

namespace {
std::string_view at(const std::deque<Name>& names, std::uint32_t id) {
  return id >= 1 && id <= names.size() ? names[id - 1].view() : std::string_view{};
}
void put(std::deque<Name>& names, std::uint32_t id, const Name& name) {
  if (names.size() < id) names.resize(id);
  names[id - 1] = name;
}
}  // namespace

void Directory::fold(ShardId shard, const Answer& answer) {
  if (answer.control_events.empty()) return;
  const std::unique_lock lock(mutex_);
  Shard& s = shards_[shard.value()];
  for (const ControlEvent& event : answer.control_events) {
    if (const auto* account = std::get_if<AccountRegistered>(&event.body)) {
      s.accounts[account->name] = account->id;
      put(s.account_names, account->id.value(), account->name);
    } else if (const auto* strategy = std::get_if<StrategyRegistered>(&event.body)) {
      s.strategies[strategy->name] = strategy->id;
      put(s.strategy_names, strategy->id.value(), strategy->name);
    } else if (const auto* instrument = std::get_if<InstrumentDefined>(&event.body)) {
      s.instruments[instrument->definition.symbol] = *instrument;
      put(s.symbols, instrument->id.value(), instrument->definition.symbol);
    }
  }
}

void Directory::set_shards(std::uint16_t shards) {
  const std::unique_lock lock(mutex_);
  INVARIANT(shards_.empty());
  shards_.resize(shards);
}

std::optional<DefineInstrument> Directory::instrument(const Name& symbol) const {
  const std::shared_lock lock(mutex_);
  for (const Shard& shard : shards_) {
    if (const auto found = shard.instruments.find(symbol); found != shard.instruments.end())
      return found->second.definition;
  }
  return std::nullopt;
}

std::optional<ShardId> Directory::home_of(const Name& symbol) const {
  const auto definition = instrument(symbol);
  return definition ? std::optional(definition->home) : std::nullopt;
}

AccountId Directory::account(ShardId shard, const Name& name) const {
  const std::shared_lock lock(mutex_);
  const auto& names = shards_[shard.value()].accounts;
  const auto found = names.find(name);
  return found == names.end() ? AccountId{} : found->second;
}

StrategyId Directory::strategy(ShardId shard, const Name& name) const {
  const std::shared_lock lock(mutex_);
  const auto& names = shards_[shard.value()].strategies;
  const auto found = names.find(name);
  return found == names.end() ? StrategyId{} : found->second;
}

InstrumentId Directory::instrument_id(ShardId shard, const Name& symbol) const {
  const std::shared_lock lock(mutex_);
  const auto& names = shards_[shard.value()].instruments;
  const auto found = names.find(symbol);
  return found == names.end() ? InstrumentId{} : found->second.id;
}

std::string_view Directory::account_name(ShardId shard, AccountId id) const {
  const std::shared_lock lock(mutex_);
  return at(shards_[shard.value()].account_names, id.value());
}
std::string_view Directory::strategy_name(ShardId shard, StrategyId id) const {
  const std::shared_lock lock(mutex_);
  return at(shards_[shard.value()].strategy_names, id.value());
}
std::string_view Directory::symbol(ShardId shard, InstrumentId id) const {
  const std::shared_lock lock(mutex_);
  return at(shards_[shard.value()].symbols, id.value());
}

bool Directory::knows(KillScope scope, const Name& key) const {
  const std::shared_lock lock(mutex_);
  return std::any_of(shards_.begin(), shards_.end(), [&](const Shard& shard) {
    switch (scope) {
      case KillScope::kGlobal: return true;
      case KillScope::kAccount: return shard.accounts.contains(key);
      case KillScope::kSymbol: return shard.instruments.contains(key);
      case KillScope::kStrategy: return shard.strategies.contains(key);
    }
    return false;
  });
}

}  // namespace sluice::command
