#include "protomap/enums.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace sluice::protomap {
namespace {

/// KILL_SCOPE_ACCOUNT of enum KillScope → "account".
std::string short_name(const google::protobuf::EnumValueDescriptor& value) {
  std::string prefix;
  for (const char c : value.type()->name()) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0 && !prefix.empty()) prefix += '_';
    prefix += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  std::string name = value.name().substr(prefix.size() + 1);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

TEST(Enums, EveryRejectReasonHasTheSameNumberAndNameOnBothSides) {
  const auto& descriptor = *v1::RejectReason_descriptor();
  for (int i = 0; i < descriptor.value_count(); ++i) {
    const auto& value = *descriptor.value(i);
    if (value.number() == 0) continue;
    const auto reason = from_proto(static_cast<v1::RejectReason>(value.number()));
    ASSERT_TRUE(reason.has_value()) << value.name();
    EXPECT_EQ(std::string(sluice::name_of(*reason)), short_name(value));
    EXPECT_EQ(to_proto(*reason), value.number());
  }
}

TEST(Enums, EveryCancelReasonHasTheSameNumberAndNameOnBothSides) {
  const auto& descriptor = *v1::CancelReason_descriptor();
  for (int i = 0; i < descriptor.value_count(); ++i) {
    const auto& value = *descriptor.value(i);
    if (value.number() == 0) continue;
    EXPECT_EQ(std::string(sluice::name_of(from_proto(static_cast<v1::CancelReason>(value.number())).value())),
              short_name(value));
  }
}

TEST(Enums, UnspecifiedAndUnknownNumbersAreNothing) {
  EXPECT_FALSE(from_proto(v1::SIDE_UNSPECIFIED).has_value());
  EXPECT_FALSE(from_proto(static_cast<v1::Side>(3)).has_value());
  EXPECT_FALSE(from_proto(static_cast<v1::Side>(-1)).has_value());
  EXPECT_FALSE(from_proto(static_cast<v1::RejectReason>(3)).has_value());
  EXPECT_EQ(from_proto(v1::SIDE_SELL), Side::kSell);
  EXPECT_EQ(from_proto(v1::KILL_MODE_FLATTEN), KillMode::kFlatten);
}

TEST(Enums, LimitNamesGoBothWays) {
  for (std::size_t kind = 0; kind < kLimitKinds; ++kind) {
    EXPECT_EQ(limit_kind(name_of(static_cast<LimitKind>(kind))), static_cast<LimitKind>(kind));
  }
  EXPECT_FALSE(limit_kind("max_fun").has_value());
}

}  // namespace
}  // namespace sluice::protomap
