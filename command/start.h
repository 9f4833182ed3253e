// The steps of main: reading the log's set-up, linking the shards. Used by main on one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command/kill_fanout.h"
#include "command/shard_link.h"
#include "runtime/shutdown.h"

namespace sluice::command {

/// "0=127.0.0.1:7411" and so on. Errors: kInvalidArgument.
Result<std::vector<EngineAddress>> parse_engines(const std::vector<std::string>& engines);
/// Genesis of every shard; waits while the log is not there yet. Errors: kCancelled (shutdown), kCorrupt, kConflict.
Result<std::vector<Genesis>> wait_for_genesis(eventlog::EventLog& log, const runtime::Shutdown& shutdown);
std::vector<std::unique_ptr<ShardLink>> link_shards(eventlog::EventLog& log, const std::vector<Genesis>& genesis,
                                                    Directory& directory, KillBook& kills,
                                                    const ShardLinkOptions& options);
/// Returns when the names of every shard are known, or at shutdown.
void wait_until_caught_up(const std::vector<std::unique_ptr<ShardLink>>& shards, const runtime::Shutdown& shutdown);

}  // namespace sluice::command
