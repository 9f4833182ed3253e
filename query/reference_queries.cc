// ListKillSwitches, ListInstruments, ListAccounts, GetStatus.
#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <mutex>

#include "projections/views/kill_switches_view.h"
#include "projections/views/reference_view.h"
#include "query/proto_mapping.h"
#include "query/queries.h"
#include "query/query_support.h"
#include "runtime/status_mapping.h"

namespace sluice::query {

namespace {}  // namespace

grpc::Status list_kill_switches(const QueryContext& context, const v1::ListKillSwitchesRequest& request,
                                v1::ListKillSwitchesResponse& response) {
  *response.mutable_seen() = seen_token(context.board);
  const projections::ReadView view = context.store.read();
  for (std::uint16_t shard = 0; shard < context.names.shards(); ++shard) {
    projections::kill_switches_view::list(view, ShardId{shard}, [&](const projections::KillSwitchRow& row) {
      if (row.engaged || !request.engaged_only()) fill(row, ShardId{shard}, *response.add_kill_switches());
      return true;
    });
  }
  return status_of(view);
}

grpc::Status list_instruments(const QueryContext& context, const v1::ListInstrumentsRequest& /*request*/,
                              v1::ListInstrumentsResponse& response) {
  *response.mutable_seen() = seen_token(context.board);
  const projections::ReadView view = context.store.read();
  // Every shard knows every instrument, but not at the same moment: the union is what is known.
  std::map<Name, v1::Instrument> by_symbol;
  for (std::uint16_t number = 0; number < context.names.shards(); ++number) {
    const ShardId shard{number};
    projections::reference_view::list_instruments(view, shard, [&](const projections::InstrumentRow& row) {
      // Where it trades is where its state counts.
      if (row.home != shard && by_symbol.contains(row.symbol)) return true;
      v1::Instrument& instrument = by_symbol[row.symbol];
      instrument.Clear();
      fill(row, instrument);
      if (const auto defaults = projections::reference_view::find_defaults(view, shard, row.id))
        fill(*defaults, *instrument.mutable_default_limits());
      return true;
    });
  }
  for (auto& [symbol, instrument] : by_symbol) *response.add_instruments() = std::move(instrument);
  return status_of(view);
}

grpc::Status list_accounts(const QueryContext& context, const v1::ListAccountsRequest& /*request*/,
                           v1::ListAccountsResponse& response) {
  *response.mutable_seen() = seen_token(context.board);
  const projections::ReadView view = context.store.read();
  std::map<Name, projections::AccountRow> by_name;
  for (std::uint16_t shard = 0; shard < context.names.shards(); ++shard) {
    projections::reference_view::list_accounts(view, ShardId{shard}, [&](const projections::AccountRow& row) {
      by_name.emplace(row.name, row);
      return true;
    });
  }
  for (const auto& [name, row] : by_name) fill(row, *response.add_accounts());
  if (const auto defaults = projections::reference_view::find_defaults(view, ShardId{0}, InstrumentId{}))
    fill(*defaults, *response.mutable_default_limits());
  return status_of(view);
}

grpc::Status get_status(const QueryContext& context, const v1::GetStatusRequest& request,
                        v1::GetStatusResponse& response) {
  // A digest reads every row: one at a time is plenty.
  static std::mutex digest_mutex;
  std::unique_lock<std::mutex> digesting;
  if (request.with_hash()) {
    digesting = std::unique_lock(digest_mutex, std::try_to_lock);
    if (!digesting.owns_lock())
      return runtime::resource_exhausted("another request hashes the views just now", Nanos{kNanosPerSecond});
  }
  const projections::ReadView view = context.store.read();
  for (std::uint16_t number = 0; number < context.board.shards(); ++number) {
    const projections::ShardProgress progress = context.board.of(ShardId{number});
    v1::ShardProjection& shard = *response.add_shards();
    shard.set_shard(number);
    shard.set_command_sequence(progress.cmd_sequence.value());
    shard.set_event_sequence(progress.evt_sequence.value());
    shard.set_log_last_sequence(progress.log_last);
    shard.set_void_messages(progress.void_messages);
    shard.set_halted(progress.halted);
    if (const auto day = projections::reference_view::find_day(view, ShardId{number})) {
      shard.mutable_settlement_day()->set_date(day->date);
      shard.mutable_settlement_day()->set_ends_at_unix_nanos(day->ends_at.value());
    }
    if (!request.with_hash()) continue;
    const Result<projections::Digest> digest = context.store.digest(ShardId{number});
    if (!digest.ok()) return runtime::to_grpc_status(digest.error());
    // The hash belongs to the moment it was taken, and so must the sequences beside it.
    shard.set_command_sequence(digest.value().progress.cmd_sequence.value());
    shard.set_event_sequence(digest.value().progress.evt_sequence.value());
    shard.set_log_last_sequence(std::max(progress.log_last, shard.event_sequence()));
    shard.set_void_messages(digest.value().progress.void_messages);
    shard.set_hash(to_hex(digest.value().hash));
    shard.set_rows(digest.value().rows);
  }
  return grpc::Status::OK;
}

}  // namespace sluice::query
