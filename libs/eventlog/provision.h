// Set-up of the streams: `sluice admin init`. Idempotent; refuses streams whose configuration endangers the log.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/commands.h"
#include "eventlog/event_log.h"
#include "eventlog/jetstream_log.h"

namespace sluice::eventlog {

struct ProvisionOptions {
  std::uint16_t shards = 1;
  std::uint64_t bytes_max = std::uint64_t{4} << 30;  // of each stream
  std::uint32_t replicas = 1;
  Nanos key_window{10 * kNanosPerSecond};
};

/// Creates the streams of all shards, or checks those that exist. Errors: kConflict naming stream, setting, value found
/// and value needed; kUnavailable.
Status provision_streams(const JetstreamOptions& jetstream, const ProvisionOptions& options);

/// Appends the genesis frame of `wanted.shard` if CMD is empty, reads message 1 back, and derives message 1 of EVT from
/// it. Returns what the log says. Errors: kConflict (other shard count), kCorrupt, kUnavailable, kUnknown (try again).
Result<Genesis> ensure_genesis(EventLog& log, const Genesis& wanted);

/// Reads the genesis of a shard. Errors: kNotFound ("run sluice admin init"), kCorrupt, kConflict (schema),
/// kUnavailable.
Result<Genesis> read_genesis(EventLog& log, ShardId shard);

}  // namespace sluice::eventlog
