#include "projections/store.h"

#include <fstream>

#include "projections/views/trades_view.h"
#include "view_fixture.h"

namespace sluice::projections {
namespace {

using test::ShardRig;

class StoreTest : public ViewFixture {};

TEST_F(StoreTest, ProgressIsWrittenWithTheBatch) {
  EXPECT_FALSE(store_->progress(ShardId{0}).value().has_value());
  ProgressRow progress;
  progress.cmd_sequence = CmdSequence{12};
  progress.evt_sequence = EvtSequence{34};
  progress.void_messages = 2;
  ASSERT_TRUE(store_->write(store_->batch(ShardId{0}), progress).ok());
  const auto stored = store_->progress(ShardId{0}).value();
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->cmd_sequence, CmdSequence{12});
  EXPECT_EQ(stored->void_messages, 2u);
  EXPECT_FALSE(store_->progress(ShardId{1}).value().has_value());
}

TEST_F(StoreTest, ReadOnlyStoreReadsAndRefusesWrites) {
  const AccountId alice = account("alice");
  run(ShardRig::limit(alice, instrument("BTC-USD"), Side::kBuy, 100, 5, "a1"));
  const Digest written = store_->digest(ShardId{0}).value();
  auto tool = Store::open_read_only(dir_.path() / "views");
  ASSERT_TRUE(tool.ok()) << tool.error().message;
  EXPECT_EQ(tool.value()->digest(ShardId{0}).value().hash, written.hash);
  const Status refused = tool.value()->write(tool.value()->batch(ShardId{0}), ProgressRow{});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(StoreTest, SecondWriterIsRefused) {
  const auto second = Store::open(dir_.path() / "views");
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
}

TEST_F(StoreTest, ReadOnlyOpenOfNothingIsAnError) { EXPECT_FALSE(Store::open_read_only(dir_.path() / "nothing").ok()); }

TEST_F(StoreTest, DigestChangesWithAnyRowAndCountsThem) {
  const Digest empty = store_->digest(ShardId{0}).value();
  EXPECT_EQ(empty.rows, 0u);
  account("alice");
  const Digest one = store_->digest(ShardId{0}).value();
  EXPECT_EQ(one.rows, 2u) << "the account and its name";
  account("bob");
  const Digest two = store_->digest(ShardId{0}).value();
  EXPECT_EQ(two.rows, 4u);
  EXPECT_NE(one.hash, two.hash);
  EXPECT_EQ(store_->digest(ShardId{1}).value().rows, 0u);
}

TEST_F(StoreTest, ViewIsOneConsistentStateWhileOthersWrite) {
  const AccountId alice = account("alice");
  const InstrumentId btc = instrument("BTC-USD");
  run(ShardRig::limit(alice, btc, Side::kBuy, 100, 5, "a1"));
  const ReadView before = store_->read();
  run(ShardRig::limit(alice, btc, Side::kSell, 100, 5, "a2"));
  int trades = 0;
  trades_view::list(before, ShardId{0}, TradeId{}, [&](const TradeRow&) { return ++trades < 10; });
  EXPECT_EQ(trades, 0);
  trades_view::list(store_->read(), ShardId{0}, TradeId{}, [&](const TradeRow&) { return ++trades < 10; });
  EXPECT_EQ(trades, 1);
}

TEST_F(StoreTest, RowOfAnotherLayoutIsReportedAsCorrupt) {
  ViewBatch batch = store_->batch(ShardId{0});
  batch.insert(Key(ShardId{0}, Table::kPosition).add(AccountId{1}).add(InstrumentId{1}), IndexRow{});
  ASSERT_TRUE(store_->write(batch, ProgressRow{}).ok());
  const ReadView view = store_->read();
  EXPECT_FALSE(
      view.get<PositionRow>(Key(ShardId{0}, Table::kPosition).add(AccountId{1}).add(InstrumentId{1})).has_value());
  ASSERT_FALSE(view.status().ok());
  EXPECT_EQ(view.status().error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace sluice::projections
