// ViewBatch: the changes of one or more answers to the read models, and what the folds see while they make them. A row
// touched by many events is written once, in key order. Owned by one projector thread.
//
// insert/update/erase say what the fold knows about the row, so that most changes need no look into the database, and
// what contradicts the rows is noticed. A failure of the database makes every later read find nothing; the caller asks
// status() before write().
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/slot_index.h"
#include "projections/row_cache.h"
#include "projections/rows.h"
#include "projections/table.h"

namespace sluice::projections {

class ViewBatch {
 public:
  /// Made by Store::batch(). All keys must be of `shard`.
  ViewBatch(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families, ShardId shard);

  ShardId shard() const { return shard_; }

  /// The row as it is with the changes so far.
  template <StoredRow Row>
  std::optional<Row> get(const Key& key) {
    const Entry& entry = load(key);
    if (!entry.present) return std::nullopt;
    std::optional<Row> row = decode_row<Row>(bytes_of(entry));
    if (!row) fail({ErrorCode::kCorrupt, "read models: a row has an unknown layout: delete the data directory"});
    return row;
  }
  /// A row that does not exist yet.
  template <StoredRow Row>
  void insert(const Key& key, const Row& row) {
    insert_bytes(key, encode_row(row));
  }
  /// A row that exists.
  template <StoredRow Row>
  void update(const Key& key, const Row& row) {
    update_bytes(key, encode_row(row));
  }
  /// A row that may or may not exist.
  template <StoredRow Row>
  void put(const Key& key, const Row& row) {
    if (load(key).present) update_bytes(key, encode_row(row));
    else insert_bytes(key, encode_row(row));
  }
  /// The same for a row that no fold reads: the database is not asked.
  template <StoredRow Row>
  void set(const Key& key, const Row& row) {
    set_row(key, encode_row(row));
  }
  /// A row that exists.
  void erase(const Key& key);

  /// Rows touched so far: what the batch holds in memory.
  std::size_t touched() const { return entries_.size(); }
  Status status() const { return failure_ ? Status(*failure_) : ok_status(); }
  /// An event that does not fit the rows, or a database that fails: nothing of this batch may be written. The first one
  /// stands.
  void fail(Error error) {
    if (!failure_) failure_ = std::move(error);
  }

  /// Appends the changes to `out`, in key order.
  void append_to(rocksdb::WriteBatch& out) const;
  /// What append_to() gave is in the database: begins anew. Keeps the memory, and rows that will be read again.
  void written();

 private:
  struct Entry {
    Key key;
    std::uint32_t at = 0;  // of its bytes
    std::uint16_t size = 0;
    bool present = false;
    bool in_database = false;  // false only if that is known
    bool changed = false;
  };
  std::string_view bytes_of(const Entry& entry) const { return {bytes_.data() + entry.at, entry.size}; }
  void set_bytes(Entry& entry, std::string_view bytes);
  /// The entry of the key, and whether it is new.
  std::pair<Entry&, bool> entry_of(const Key& key);
  Entry& load(const Key& key);
  void insert_bytes(const Key& key, std::string_view bytes);
  void update_bytes(const Key& key, std::string_view bytes);
  void set_row(const Key& key, std::string_view bytes);

  rocksdb::DB& db_;
  const std::vector<rocksdb::ColumnFamilyHandle*>& families_;
  ShardId shard_;
  SlotIndex index_{1024};
  std::vector<Entry> entries_;
  std::vector<char> bytes_;
  RowCache cache_;
  std::optional<Error> failure_;
};

}  // namespace sluice::projections
