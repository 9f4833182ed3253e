#include <gtest/gtest.h>

#include "projections/table.h"

namespace sluice::projections {
namespace {

Key ascending(std::int64_t price) { return Key(ShardId{1}, Table::kBookOrder).add_ascending(Price{price}); }
Key descending(std::int64_t price) { return Key(ShardId{1}, Table::kBookOrder).add_descending(Price{price}); }

TEST(Key, BytesSortAsNumbersDo) {
  EXPECT_LT(Key(ShardId{1}, Table::kOrder).add(OrderId{255}), Key(ShardId{1}, Table::kOrder).add(OrderId{256}));
  EXPECT_LT(Key(ShardId{255}, Table::kOrder), Key(ShardId{256}, Table::kOrder));
  EXPECT_LT(ascending(-5), ascending(3));
  EXPECT_LT(ascending(3), ascending(1000));
  EXPECT_LT(descending(1000), descending(3));
  EXPECT_LT(descending(3), descending(-5));
}

TEST(Key, TextIsPaddedSoThatOneNameIsNoPrefixOfAnother) {
  const Key a = Key(ShardId{0}, Table::kAccountByName).add(*Name::from("a"));
  const Key ab = Key(ShardId{0}, Table::kAccountByName).add(*Name::from("ab"));
  EXPECT_EQ(a.view().size(), ab.view().size());
  EXPECT_LT(a, ab);
}

TEST(Key, TrailingNumberComesBack) {
  const Key key = Key(ShardId{3}, Table::kTradeByAccount).add(AccountId{7}).add(TradeId{0x0102030405060708});
  EXPECT_EQ(trailing_u64(key.view()), 0x0102030405060708u);
  EXPECT_EQ(key.family(), Family::kTrades);
}

TEST(Key, EveryTableBelongsToItsFamily) {
  EXPECT_EQ(family_of(Table::kProgress), Family::kProgress);
  EXPECT_EQ(family_of(Table::kWaitingStop), Family::kOrders);
  EXPECT_EQ(family_of(Table::kPriority), Family::kBook);
  EXPECT_EQ(family_of(Table::kInstrumentByName), Family::kReference);
  EXPECT_EQ(family_of(Table::kLogIndex), Family::kLogIndex);
}

}  // namespace
}  // namespace sluice::projections
