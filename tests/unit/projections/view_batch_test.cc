// ViewBatch against a map: whatever a fold says about a row, the database ends up with what the map has, and a batch
// sees its own changes, those of earlier batches through the cache, and nothing else.
#include "projections/view_batch.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "projections/store.h"
#include "support/process.h"

namespace sluice::projections {
namespace {

constexpr ShardId kShard{0};

class ViewBatchRig : public testing::Test {
 protected:
  using Model = std::map<std::uint64_t, PositionRow>;

  static Key key_of(Table table, std::uint64_t n) {
    return Key(kShard, table).add(AccountId{static_cast<std::uint32_t>(n)}).add(InstrumentId{1});
  }
  static PositionRow row_of(std::uint64_t n, std::uint64_t value) {
    PositionRow row;
    row.account = AccountId{static_cast<std::uint32_t>(n)};
    row.instrument = InstrumentId{1};
    row.net = Quantity{static_cast<std::int64_t>(value)};
    return row;
  }
  void change_one(ViewBatch& batch, Table table, Model& model, std::uint64_t n, std::uint64_t value) {
    const Key key = key_of(table, n);
    const PositionRow row = row_of(n, value);
    const bool known = model.contains(n);
    switch (value % 5) {
      case 0:
        if (known) batch.erase(key);
        else batch.insert(key, row);
        if (known) model.erase(n);
        else model[n] = row;
        return;
      case 1: batch.set(key, row); break;
      case 2:
        if (known) batch.update(key, row);
        else batch.put(key, row);
        break;
      case 3: batch.put(key, row); break;
      default: {
        const auto read = batch.get<PositionRow>(key);
        ASSERT_EQ(read.has_value(), known) << n;
        if (known) {
          ASSERT_EQ(read->net, model[n].net) << n;
        }
        return;
      }
    }
    model[n] = row;
  }
  void expect_stored(Table table, const Model& model, std::uint64_t keys) {
    const ReadView view = store_->read();
    for (std::uint64_t n = 1; n <= keys; ++n) {
      const auto row = view.get<PositionRow>(key_of(table, n));
      ASSERT_EQ(row.has_value(), model.contains(n)) << n;
      if (row) {
        ASSERT_EQ(row->net, model.at(n).net) << n;
      }
    }
  }

  test::TempDir dir_;
  std::unique_ptr<Store> store_ = std::move(Store::open(dir_.path() / "views").value());
};

class ViewBatchModel : public ViewBatchRig, public testing::WithParamInterface<std::uint64_t> {};

TEST_P(ViewBatchModel, WhatFoldsSayIsWhatTheDatabaseHas) {
  std::mt19937_64 chance(GetParam());
  constexpr std::uint64_t kKeys = 60;
  // One table whose rows are cached, one whose rows are not.
  static_assert(RowCache::keeps(Table::kPosition) && !RowCache::keeps(Table::kBookOrder));
  Model cached, uncached;
  auto batch = std::make_unique<ViewBatch>(store_->batch(kShard));
  for (int written = 0; written < 60; ++written) {
    for (std::uint64_t steps = chance() % 40; steps > 0; --steps) {
      const std::uint64_t n = 1 + chance() % kKeys;
      if (chance() % 2 == 0) change_one(*batch, Table::kPosition, cached, n, chance() >> 1);
      else change_one(*batch, Table::kBookOrder, uncached, n, chance() >> 1);
      ASSERT_TRUE(batch->status().ok()) << batch->status().error().message;
    }
    ASSERT_TRUE(store_->write(*batch, ProgressRow{}).ok());
    batch->written();
    expect_stored(Table::kPosition, cached, kKeys);
    expect_stored(Table::kBookOrder, uncached, kKeys);
    if (chance() % 10 == 0)
      batch = std::make_unique<ViewBatch>(store_->batch(kShard));  // a new process: nothing is cached
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, ViewBatchModel, testing::Range<std::uint64_t>(1, 9));

TEST_F(ViewBatchRig, ARowCreatedTwiceOrChangedAfterItsEndIsNoticed) {
  ViewBatch created = store_->batch(kShard);
  created.insert(key_of(Table::kBookOrder, 1), row_of(1, 5));
  created.insert(key_of(Table::kBookOrder, 1), row_of(1, 6));
  EXPECT_EQ(created.status().error().code, ErrorCode::kHalted);
  ViewBatch ended = store_->batch(kShard);
  ended.erase(key_of(Table::kBookOrder, 2));
  ended.update(key_of(Table::kBookOrder, 2), row_of(2, 5));
  EXPECT_EQ(ended.status().error().code, ErrorCode::kHalted);
  EXPECT_FALSE(store_->write(ended, ProgressRow{}).ok()) << "nothing of such a batch may be written";
}

// Two keys of one place in the cache: the later takes it over, and the other is found in the database.
TEST(RowCacheTest, ARowThatMeetsAnotherInItsPlaceIsNeverTakenForIt) {
  RowCache cache;
  const auto key_of = [](std::uint64_t n) { return Key(kShard, Table::kOrder).add(OrderId{n}); };
  const Key first = key_of(1);
  std::uint64_t other = 2;
  while (key_of(other).hash() % RowCache::kRows != first.hash() % RowCache::kRows) ++other;
  EXPECT_TRUE(cache.find(first).empty());
  cache.store(first, "first");
  EXPECT_EQ(cache.find(first), "first");
  EXPECT_TRUE(cache.find(key_of(other)).empty());
  cache.store(key_of(other), "other");
  EXPECT_TRUE(cache.find(first).empty());
  cache.forget(first);
  EXPECT_EQ(cache.find(key_of(other)), "other");
  cache.forget(key_of(other));
  EXPECT_TRUE(cache.find(key_of(other)).empty());
}

}  // namespace
}  // namespace sluice::projections
