#include "query/page_token.h"

#include <gtest/gtest.h>

namespace sluice::query {
namespace {

TEST(PageToken, ComesBackForTheSameFilters) {
  const std::string token = encode_page_token({ShardId{3}, 0x123456789abcdef}, "orders/alice");
  const auto place = decode_page_token(token, "orders/alice");
  ASSERT_TRUE(place.has_value());
  EXPECT_EQ(place->shard, ShardId{3});
  EXPECT_EQ(place->after, 0x123456789abcdefu);
}

TEST(PageToken, IsRefusedForOtherFiltersAndWhenDamaged) {
  const std::string token = encode_page_token({ShardId{3}, 5}, "orders/alice");
  EXPECT_FALSE(decode_page_token(token, "orders/bob").has_value());
  EXPECT_FALSE(decode_page_token(token + "0", "orders/alice").has_value());
  EXPECT_FALSE(decode_page_token("nonsense", "orders/alice").has_value());
  std::string other = token;
  other[19] = other[19] == '0' ? '1' : '0';
  EXPECT_FALSE(decode_page_token(other, "orders/alice").has_value());
}

TEST(PageToken, EmptyIsTheBeginning) { EXPECT_EQ(decode_page_token("", "x")->after, 0u); }

}  // namespace
}  // namespace sluice::query
