#include "projections/view_batch.h"

#include <algorithm>

#include "projections/read_view.h"

namespace sluice::projections {

namespace {
rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
}  // namespace

ViewBatch::ViewBatch(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families, ShardId shard)
    : db_(db), families_(families), shard_(shard) {}

std::pair<ViewBatch::Entry&, bool> ViewBatch::entry_of(const Key& key) {
  const std::uint64_t hash = key.hash();
  const std::uint32_t found = index_.find(hash, [&](std::uint32_t slot) { return entries_[slot].key == key; });
  if (found != kNoSlot) return {entries_[found], false};
  index_.insert(hash, static_cast<std::uint32_t>(entries_.size()));
  return {entries_.emplace_back(Entry{.key = key}), true};
}

// A row of a table has one size, so that a change overwrites; bytes of another size go to the end.
void ViewBatch::set_bytes(Entry& entry, std::string_view bytes) {
  if (entry.size != bytes.size()) {
    entry.at = static_cast<std::uint32_t>(bytes_.size());
    entry.size = static_cast<std::uint16_t>(bytes.size());
    bytes_.resize(bytes_.size() + bytes.size());
  }
  std::copy(bytes.begin(), bytes.end(), bytes_.begin() + entry.at);
}

ViewBatch::Entry& ViewBatch::load(const Key& key) {
  const auto [entry, is_new] = entry_of(key);
  if (!is_new) return entry;
  const std::string_view cached = cache_.find(key);
  rocksdb::PinnableSlice stored;
  if (cached.empty()) {
    const rocksdb::Status status =
        db_.Get(rocksdb::ReadOptions(), families_[static_cast<std::size_t>(key.family())], slice(key.view()), &stored);
    if (!status.ok() && !status.IsNotFound()) fail(error_of(status));
    if (!status.ok()) return entry;
  }
  set_bytes(entry, cached.empty() ? stored.ToStringView() : cached);
  entry.present = true;
  entry.in_database = true;
  return entry;
}

void ViewBatch::insert_bytes(const Key& key, std::string_view bytes) {
  Entry& entry = entry_of(key).first;
  if (entry.present) return fail({ErrorCode::kHalted, "fold: an event creates a row that exists"});
  set_bytes(entry, bytes);
  entry.present = true;
  entry.changed = true;
}

void ViewBatch::update_bytes(const Key& key, std::string_view bytes) {
  const auto [entry, is_new] = entry_of(key);
  if (is_new) entry.in_database = true;
  if (!is_new && !entry.present) return fail({ErrorCode::kHalted, "fold: an event changes a row that does not exist"});
  set_bytes(entry, bytes);
  entry.present = true;
  entry.changed = true;
}

void ViewBatch::set_row(const Key& key, std::string_view bytes) {
  const auto [entry, is_new] = entry_of(key);
  if (is_new) entry.in_database = true;  // perhaps it is not; then nothing is lost
  set_bytes(entry, bytes);
  entry.present = true;
  entry.changed = true;
}

void ViewBatch::erase(const Key& key) {
  const auto [entry, is_new] = entry_of(key);
  if (is_new) entry.in_database = true;
  if (!is_new && !entry.present) return fail({ErrorCode::kHalted, "fold: an event removes a row that does not exist"});
  entry.present = false;
  entry.changed = true;
}

// Sorted by the first 16 bytes as numbers, which nearly always decide; the whole key decides the rest.
void ViewBatch::append_to(rocksdb::WriteBatch& out) const {
  struct Place {
    std::uint64_t first, second;
    const Entry* entry;
    bool operator<(const Place& other) const {
      if (first != other.first) return first < other.first;
      return second != other.second ? second < other.second : entry->key < other.entry->key;
    }
  };
  std::vector<Place> sorted;
  sorted.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    // Born and gone within the batch: the database never hears of it.
#ifdef SLUICE_MUTANT_no_row_delete
    const bool matters = entry.changed && entry.present;
#else
    const bool matters = entry.changed && (entry.present || entry.in_database);
#endif
    if (matters) sorted.push_back({entry.key.word(0), entry.key.word(8), &entry});
  }
  std::sort(sorted.begin(), sorted.end());
  for (const Place& place : sorted) {
    const Entry& entry = *place.entry;
    rocksdb::ColumnFamilyHandle* const family = families_[static_cast<std::size_t>(entry.key.family())];
    const rocksdb::Status status = entry.present ? out.Put(family, slice(entry.key.view()), slice(bytes_of(entry)))
                                                 : out.Delete(family, slice(entry.key.view()));
    INVARIANT(status.ok());
  }
}

void ViewBatch::written() {
  INVARIANT(!failure_);
  for (std::uint32_t slot = 0; slot < entries_.size(); ++slot) {
    const Entry& entry = entries_[slot];
    index_.erase(entry.key.hash(), slot);
    if (!entry.changed || !RowCache::keeps(entry.key.table())) continue;
    if (entry.present) cache_.store(entry.key, bytes_of(entry));
    else cache_.forget(entry.key);
  }
  entries_.clear();
  bytes_.clear();
}

}  // namespace sluice::projections
