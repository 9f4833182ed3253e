// ReadView: one consistent state of the read models, for reading only: it has no method that writes. It is cheap to
// make, lives as long as one request, and must not outlive the Store. One thread.
//
// A failure of the database makes every later read find nothing; the caller asks status() once, before it answers.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "projections/rows.h"
#include "projections/table.h"

namespace sluice::projections {

class ReadView {
 public:
  /// Made by Store::read().
  ReadView(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families);
  ~ReadView();
  ReadView(const ReadView&) = delete;
  ReadView& operator=(const ReadView&) = delete;

  template <StoredRow Row>
  std::optional<Row> get(const Key& key) const {
    std::string bytes;
    if (!get_bytes(key, bytes)) return std::nullopt;
    return decoded<Row>(key.view(), bytes);
  }

  /// Calls visit(key bytes, row) for the rows that begin with `prefix`, in key order from `from` on (which begins with
  /// it, too), until it returns false.
  template <StoredRow Row, typename Visit>
  void scan(const Key& prefix, const Key& from, Visit&& visit) const {
    const std::unique_ptr<rocksdb::Iterator> rows = iterate(prefix);
    for (rows->Seek(slice(from)); valid(*rows, prefix); rows->Next()) {
      const std::optional<Row> row = decoded<Row>(rows->key().ToStringView(), rows->value().ToStringView());
      if (!row || !visit(rows->key().ToStringView(), *row)) return;
    }
  }
  template <StoredRow Row, typename Visit>
  void scan(const Key& prefix, Visit&& visit) const {
    scan<Row>(prefix, prefix, std::forward<Visit>(visit));
  }

  /// The last row that begins with `prefix` and is not behind `at`.
  template <StoredRow Row>
  std::optional<Row> last_not_after(const Key& prefix, const Key& at) const {
    const std::unique_ptr<rocksdb::Iterator> rows = iterate(prefix);
    rows->SeekForPrev(slice(at));
    if (!valid(*rows, prefix)) return std::nullopt;
    return decoded<Row>(rows->key().ToStringView(), rows->value().ToStringView());
  }

  /// Errors: kCorrupt (a damaged row or block: delete the database, it is rebuilt), kUnavailable (I/O).
  Status status() const { return failure_ ? Status(*failure_) : ok_status(); }

 private:
  static rocksdb::Slice slice(const Key& key) { return {key.view().data(), key.view().size()}; }
  bool get_bytes(const Key& key, std::string& bytes) const;
  std::unique_ptr<rocksdb::Iterator> iterate(const Key& prefix) const;
  bool valid(const rocksdb::Iterator& rows, const Key& prefix) const;
  void fail(const rocksdb::Status& status) const;
  void fail_row(std::string_view key) const;

  template <StoredRow Row>
  std::optional<Row> decoded(std::string_view key, std::string_view bytes) const {
    std::optional<Row> row = decode_row<Row>(bytes);
    if (!row) fail_row(key);
    return row;
  }

  rocksdb::DB& db_;
  const std::vector<rocksdb::ColumnFamilyHandle*>& families_;
  const rocksdb::Snapshot* snapshot_;
  mutable std::optional<Error> failure_;
};

/// What a RocksDB status means here; kNotFound is not expected.
Error error_of(const rocksdb::Status& status);

}  // namespace sluice::projections
