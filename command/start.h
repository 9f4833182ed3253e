// The steps of main: reading the log's set-up, linking the shards. Used by main on a thread of its own, so that the
// kill switch is served meanwhile.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command/kill_fanout.h"
#include "command/shard_links.h"
#include "runtime/shutdown.h"

namespace sluice::command {

/// "0=127.0.0.1:7411" and so on. Errors: kInvalidArgument.
Result<std::vector<EngineAddress>> parse_engines(const std::vector<std::string>& engines);
/// Genesis of every shard; waits while the log is not there yet. Errors: kCancelled (shutdown), kCorrupt, kConflict.
Result<std::vector<Genesis>> wait_for_genesis(eventlog::EventLog& log, const runtime::Shutdown& shutdown);
/// Waits for the log and links every shard; directory and kills are filled from then on. Errors: as wait_for_genesis.
Status link_shards(eventlog::EventLog& log, const ShardLinkOptions& options, const runtime::Shutdown& shutdown,
                   Directory& directory, KillBook& kills, telemetry::Spans& spans, ShardLinks& shards);
/// True when the names of every shard are known, or a shard is halted and will not know them; false at shutdown.
bool wait_until_caught_up(const ShardLinks& shards, const runtime::Shutdown& shutdown);

}  // namespace sluice::command
