#include "projections/view_batch.h"

#include <algorithm>

#include "projections/read_view.h"

namespace sluice::projections {

namespace {
rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
}  // namespace

ViewBatch::ViewBatch(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families, ShardId shard)
    : db_(db), families_(families), shard_(shard) {}

ViewBatch::Entry& ViewBatch::load(const Key& key) {
  const auto [place, is_new] = entries_.try_emplace(key);
  Entry& entry = place->second;
  if (!is_new) return entry;
  rocksdb::PinnableSlice bytes;
  const rocksdb::Status status =
      db_.Get(rocksdb::ReadOptions(), families_[static_cast<std::size_t>(key.family())], slice(key.view()), &bytes);
  if (status.ok()) {
    entry.bytes.assign(bytes.data(), bytes.size());
    entry.present = true;
    entry.in_database = true;
  } else if (!status.IsNotFound()) {
    fail(error_of(status));
  }
  return entry;
}

void ViewBatch::insert_bytes(const Key& key, std::string_view bytes) {
  Entry& entry = entries_[key];
  if (entry.present) return fail({ErrorCode::kHalted, "fold: an event creates a row that exists"});
  entry.bytes = bytes;
  entry.present = true;
  entry.changed = true;
  ++rows_added_;
}

void ViewBatch::update_bytes(const Key& key, std::string_view bytes) {
  const auto [place, is_new] = entries_.try_emplace(key);
  Entry& entry = place->second;
  if (is_new) entry.in_database = true;
  if (!is_new && !entry.present) return fail({ErrorCode::kHalted, "fold: an event changes a row that does not exist"});
  entry.bytes = bytes;
  entry.present = true;
  entry.changed = true;
}

void ViewBatch::erase(const Key& key) {
  const auto [place, is_new] = entries_.try_emplace(key);
  Entry& entry = place->second;
  if (is_new) entry.in_database = true;
  if (!is_new && !entry.present) return fail({ErrorCode::kHalted, "fold: an event removes a row that does not exist"});
  entry.present = false;
  entry.changed = true;
  --rows_added_;
}

void ViewBatch::append_to(rocksdb::WriteBatch& out) const {
  using Item = std::pair<const Key, Entry>;
  std::vector<const Item*> sorted;
  sorted.reserve(entries_.size());
  for (const Item& item : entries_) {
    // Born and gone within the batch: the database never hears of it.
#ifdef SLUICE_MUTANT_no_row_delete
    const bool matters = item.second.changed && item.second.present;
#else
    const bool matters = item.second.changed && (item.second.present || item.second.in_database);
#endif
    if (matters) sorted.push_back(&item);
  }
  std::sort(sorted.begin(), sorted.end(), [](const Item* a, const Item* b) { return a->first < b->first; });
  for (const Item* item : sorted) {
    rocksdb::ColumnFamilyHandle* const family = families_[static_cast<std::size_t>(item->first.family())];
    const rocksdb::Status status = item->second.present
                                       ? out.Put(family, slice(item->first.view()), slice(item->second.bytes))
                                       : out.Delete(family, slice(item->first.view()));
    INVARIANT(status.ok());
  }
}

void ViewBatch::clear() {
  entries_.clear();
  rows_added_ = 0;
  failure_.reset();
}

}  // namespace sluice::projections
