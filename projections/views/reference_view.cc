#include "projections/views/reference_view.h"

#include <string>

#include "domain/settlement_day.h"

namespace sluice::projections::reference_view {

namespace {
Key account_key(ShardId shard, AccountId id) { return Key(shard, Table::kAccount).add(id); }
Key instrument_key(ShardId shard, InstrumentId id) { return Key(shard, Table::kInstrument).add(id); }
Key account_name_key(ShardId shard, const Name& name) { return Key(shard, Table::kAccountByName).add(name); }
Key symbol_key(ShardId shard, const Name& symbol) { return Key(shard, Table::kInstrumentByName).add(symbol); }
}  // namespace

InstrumentRow row_of(const InstrumentDefined& event) {
  const DefineInstrument& definition = event.definition;
  return {.tick = definition.tick,
          .lot = definition.lot,
          .unit_value = definition.unit_value,
          .symbol = definition.symbol,
          .id = event.id,
          .home = definition.home,
          .stop_in_market = definition.stop_in_market};
}

void fold(const InstrumentDefined& event, const FoldContext& context, ViewBatch& batch) {
  batch.insert(instrument_key(context.shard, event.id), row_of(event));
  batch.insert(symbol_key(context.shard, event.definition.symbol), IdRow{.id = event.id.value()});
}

void fold(const AccountRegistered& event, const FoldContext& context, ViewBatch& batch) {
  AccountRow row;
  row.name = event.name;
  row.id = event.id;
  batch.insert(account_key(context.shard, event.id), row);
  batch.insert(account_name_key(context.shard, event.name), IdRow{.id = event.id.value()});
}

void fold(const StrategyRegistered& event, const FoldContext& context, ViewBatch& batch) {
  batch.insert(Key(context.shard, Table::kStrategy).add(event.id), StrategyRow{.name = event.name, .id = event.id});
}

namespace {

void change(LimitValues& limits, const LimitChanges& changes) {
  for (std::size_t kind = 0; kind < kLimitKinds; ++kind) {
    const LimitChange& change = changes[kind];
    if (change.action == LimitAction::kKeep) continue;
    limits.has[kind] = change.action == LimitAction::kSet;
    limits.values[kind] = limits.has[kind] ? change.value : 0;
  }
}

Error unknown(const FoldContext& context, const std::string& what) {
  return {ErrorCode::kHalted, "fold: EVT message " + std::to_string(context.sequence.value()) + " " + what};
}

}  // namespace

void fold(const LimitsSet& event, const FoldContext& context, ViewBatch& batch) {
  if (event.account == AccountId{}) {
    const Key key = Key(context.shard, Table::kDefaultLimits).add(event.instrument);
    DefaultLimitsRow row = batch.get<DefaultLimitsRow>(key).value_or(DefaultLimitsRow{});
    change(row.limits, event.changes);
    batch.put(key, row);
    return;
  }
  const Key key = account_key(context.shard, event.account);
  std::optional<AccountRow> row = batch.get<AccountRow>(key);
  if (!row)
    return batch.fail(unknown(context, "sets limits of unknown account " + std::to_string(event.account.value())));
  change(row->limits, event.changes);
  batch.update(key, *row);
}

void fold(const InstrumentStateChanged& event, const FoldContext& context, ViewBatch& batch) {
  const Key key = instrument_key(context.shard, event.id);
  std::optional<InstrumentRow> row = batch.get<InstrumentRow>(key);
  if (!row) return batch.fail(unknown(context, "changes unknown instrument " + std::to_string(event.id.value())));
  row->state = event.state;
  batch.update(key, *row);
}

// The engine looks the present day up again; so does this, at the same log time.
void fold(const CalendarSet& event, const FoldContext& context, ViewBatch& batch) {
  const Key key(context.shard, Table::kSettlementDay);
  std::optional<SettlementDayRow> row = batch.get<SettlementDayRow>(key);
  if (!row) return;
  const SettlementDay day = settlement_day_of(event.days, context.time);
  row->ends_at = day.ends_at;
  row->date = day.date;
  batch.update(key, *row);
}

void fold(const SettlementDayStarted& event, const FoldContext& context, ViewBatch& batch) {
  batch.put(Key(context.shard, Table::kSettlementDay),
            SettlementDayRow{.ends_at = event.day.ends_at, .date = event.day.date});
}

std::optional<InstrumentRow> find_instrument(const ReadView& view, ShardId shard, InstrumentId id) {
  return view.get<InstrumentRow>(instrument_key(shard, id));
}

std::optional<DefaultLimitsRow> find_defaults(const ReadView& view, ShardId shard, InstrumentId instrument) {
  return view.get<DefaultLimitsRow>(Key(shard, Table::kDefaultLimits).add(instrument));
}

std::optional<SettlementDayRow> find_day(const ReadView& view, ShardId shard) {
  return view.get<SettlementDayRow>(Key(shard, Table::kSettlementDay));
}

std::optional<InstrumentRow> find_instrument(const ReadView& view, ShardId shard, const Name& symbol) {
  const std::optional<IdRow> id = view.get<IdRow>(symbol_key(shard, symbol));
  return id ? find_instrument(view, shard, InstrumentId{id->id}) : std::nullopt;
}

std::optional<AccountRow> find_account(const ReadView& view, ShardId shard, const Name& name) {
  const std::optional<IdRow> id = view.get<IdRow>(account_name_key(shard, name));
  return id ? view.get<AccountRow>(account_key(shard, AccountId{id->id})) : std::nullopt;
}

void list_accounts(const ReadView& view, ShardId shard, const std::function<bool(const AccountRow&)>& visit) {
  view.scan<AccountRow>(Key(shard, Table::kAccount),
                        [&](std::string_view, const AccountRow& row) { return visit(row); });
}

void list_strategies(const ReadView& view, ShardId shard, const std::function<bool(const StrategyRow&)>& visit) {
  view.scan<StrategyRow>(Key(shard, Table::kStrategy),
                         [&](std::string_view, const StrategyRow& row) { return visit(row); });
}

void list_instruments(const ReadView& view, ShardId shard, const std::function<bool(const InstrumentRow&)>& visit) {
  view.scan<InstrumentRow>(Key(shard, Table::kInstrument),
                           [&](std::string_view, const InstrumentRow& row) { return visit(row); });
}

}  // namespace sluice::projections::reference_view
