#include "projections/read_view.h"

namespace sluice::projections {

Error error_of(const rocksdb::Status& status) {
  const std::string what = "read models: " + status.ToString();
  if (status.IsCorruption())
    return {ErrorCode::kCorrupt, what + ": delete the data directory, it is rebuilt from the log"};
  if (status.IsNotSupported()) return {ErrorCode::kInvalidArgument, what};
  return {ErrorCode::kUnavailable, what};
}

ReadView::ReadView(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families)
    : db_(db), families_(families), snapshot_(db.GetSnapshot()) {}

ReadView::~ReadView() { db_.ReleaseSnapshot(snapshot_); }

bool ReadView::get_bytes(const Key& key, std::string& bytes) const {
  if (failure_) return false;
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_;
  const rocksdb::Status status =
      db_.Get(options, families_[static_cast<std::size_t>(key.family())], slice(key), &bytes);
  if (!status.ok() && !status.IsNotFound()) fail(status);
  return status.ok();
}

std::unique_ptr<rocksdb::Iterator> ReadView::iterate(const Key& prefix) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_;
  return std::unique_ptr<rocksdb::Iterator>(
      db_.NewIterator(options, families_[static_cast<std::size_t>(prefix.family())]));
}

bool ReadView::valid(const rocksdb::Iterator& rows, const Key& prefix) const {
  if (failure_) return false;
  if (rows.Valid()) return rows.key().starts_with(slice(prefix));
  if (!rows.status().ok()) fail(rows.status());
  return false;
}

void ReadView::fail(const rocksdb::Status& status) const { failure_ = error_of(status); }

void ReadView::fail_row(std::string_view key) const {
  std::string hex;
  for (const char c : key) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 0xf];
  }
  failure_ = Error{ErrorCode::kCorrupt, "read models: the row at " + hex +
                                            " has an unknown layout: delete the data directory, it is rebuilt"};
}

}  // namespace sluice::projections
