// Store: the read models of all shards in one RocksDB. A batch holds one or more complete answers and the checkpoint
// behind them, and is written whole or not at all: each event counts exactly once, whatever dies when. To rebuild,
// delete the directory.
//
// Threads: read() and digest() from any; one writer thread a shard. The write-ahead log is not synced: a power cut
// loses the newest batches together with their checkpoints, and the projector reads them from the event log again.
#pragma once

#include <rocksdb/db.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "projections/read_view.h"
#include "projections/view_batch.h"

namespace sluice::projections {

struct StoreOptions {
  std::size_t block_cache_bytes = 128u << 20;
  std::size_t memtable_bytes = 128u << 20;  // of all views together
};

/// Every row of every view of a shard.
struct Digest {
  Hash128 hash;            // of keys and values in key order; the physical layout does not enter
  std::uint64_t rows = 0;  // progress rows left out
  ProgressRow progress;    // how far those rows are; all zero if nothing was written
};

class Store {
 public:
  /// Opens or creates the database in `directory`. Errors: kUnavailable (another process has it open; I/O), kCorrupt.
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& directory, const StoreOptions& options = {});
  /// For tools: the state at the time of the call, beside a running process. write() is an error.
  static Result<std::unique_ptr<Store>> open_read_only(const std::filesystem::path& directory);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  ReadView read() const { return ReadView(*db_, families_); }
  ViewBatch batch(ShardId shard) { return ViewBatch(*db_, families_, shard); }

  /// nullopt if nothing of the shard was written yet. Errors: kCorrupt, kUnavailable.
  Result<std::optional<ProgressRow>> progress(ShardId shard) const;

  /// Writes the changes and `progress`, all or nothing. Errors: kInvalidArgument (opened for reading), kUnavailable,
  /// kCorrupt; after one the caller must not write again: it no longer knows what is on disk.
  Status write(const ViewBatch& batch, const ProgressRow& progress);

  /// Reads every row of the shard; seconds for a large one. Errors: kCorrupt, kUnavailable.
  Result<Digest> digest(ShardId shard) const;

 private:
  Store() = default;

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

}  // namespace sluice::projections
