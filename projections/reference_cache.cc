#include "projections/reference_cache.h"

#include <mutex>

#include "projections/views/reference_view.h"

namespace sluice::projections {

namespace {
/// Ids are dense and come in order: the next one, or one that is known.
template <typename Id, typename Entry>
bool is_next(const std::deque<Entry>& entries, Id id) {
  INVARIANT(id.value() >= 1);
  INVARIANT(id.value() <= entries.size() + 1);
  return id.value() == entries.size() + 1;
}

template <typename Id, typename Entry>
const Entry* entry_of(const std::deque<Entry>& entries, Id id) {
  return id.value() == 0 || id.value() > entries.size() ? nullptr : &entries[id.value() - 1];
}
}  // namespace

void ReferenceCache::add_account(Shard& shard, AccountId id, const Name& name) {
  if (!is_next(shard.accounts, id)) return;
  shard.accounts.push_back(name);
  shard.account_ids.emplace(name, id);
}

void ReferenceCache::add_strategy(Shard& shard, StrategyId id, const Name& name) {
  if (is_next(shard.strategies, id)) shard.strategies.push_back(name);
}

void ReferenceCache::add_instrument(Shard& shard, const InstrumentRow& instrument) {
  if (!is_next(shard.instruments, instrument.id)) return;
  shard.instruments.push_back(instrument);
  shard.instrument_ids.emplace(instrument.symbol, instrument.id);
}

Status ReferenceCache::load(const Store& store, ShardId shard) {
  Shard& target = shards_.at(shard.value());
  const ReadView view = store.read();
  const std::unique_lock lock(target.mutex);
  reference_view::list_accounts(view, shard, [&](const AccountRow& row) {
    add_account(target, row.id, row.name);
    return true;
  });
  reference_view::list_strategies(view, shard, [&](const StrategyRow& row) {
    add_strategy(target, row.id, row.name);
    return true;
  });
  reference_view::list_instruments(view, shard, [&](const InstrumentRow& row) {
    add_instrument(target, row);
    return true;
  });
  return view.status();
}

void ReferenceCache::add(ShardId shard, const ControlEvent& event) {
  Shard& target = shards_.at(shard.value());
  if (const auto* account = std::get_if<AccountRegistered>(&event.body)) {
    const std::unique_lock lock(target.mutex);
    add_account(target, account->id, account->name);
  } else if (const auto* strategy = std::get_if<StrategyRegistered>(&event.body)) {
    const std::unique_lock lock(target.mutex);
    add_strategy(target, strategy->id, strategy->name);
  } else if (const auto* defined = std::get_if<InstrumentDefined>(&event.body)) {
    const std::unique_lock lock(target.mutex);
    add_instrument(target, reference_view::row_of(*defined));
  }
}

std::optional<AccountId> ReferenceCache::account(ShardId shard, const Name& name) const {
  const Shard& source = shards_.at(shard.value());
  const std::shared_lock lock(source.mutex);
  const auto found = source.account_ids.find(name);
  return found == source.account_ids.end() ? std::nullopt : std::optional(found->second);
}

std::optional<InstrumentRow> ReferenceCache::instrument(ShardId shard, const Name& symbol) const {
  const Shard& source = shards_.at(shard.value());
  const std::shared_lock lock(source.mutex);
  const auto found = source.instrument_ids.find(symbol);
  if (found == source.instrument_ids.end()) return std::nullopt;
  return source.instruments[found->second.value() - 1];
}

std::optional<InstrumentRow> ReferenceCache::instrument_anywhere(const Name& symbol) const {
  for (std::uint16_t shard = 0; shard < shards(); ++shard) {
    if (std::optional<InstrumentRow> found = instrument(ShardId{shard}, symbol)) return found;
  }
  return std::nullopt;
}

std::string_view ReferenceCache::account_name(ShardId shard, AccountId id) const {
  const Shard& source = shards_.at(shard.value());
  const std::shared_lock lock(source.mutex);
  const Name* const name = entry_of(source.accounts, id);
  return name == nullptr ? std::string_view() : name->view();
}

std::string_view ReferenceCache::strategy_name(ShardId shard, StrategyId id) const {
  const Shard& source = shards_.at(shard.value());
  const std::shared_lock lock(source.mutex);
  const Name* const name = entry_of(source.strategies, id);
  return name == nullptr ? std::string_view() : name->view();
}

std::string_view ReferenceCache::symbol(ShardId shard, InstrumentId id) const {
  const Shard& source = shards_.at(shard.value());
  const std::shared_lock lock(source.mutex);
  const InstrumentRow* const instrument = entry_of(source.instruments, id);
  return instrument == nullptr ? std::string_view() : instrument->symbol.view();
}

}  // namespace sluice::projections
