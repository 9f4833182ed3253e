#include <gtest/gtest.h>

#include "audit/audit_entry.h"
#include "audit/audit_reader.h"
#include "unit/audit/audit_fixture.h"

namespace sluice::audit {
namespace {

std::vector<AuditLine> joined(std::span<const AuditRecord> records) {
  std::vector<AuditLine> lines;
  const auto take = [&](const AuditLine& line) { lines.push_back(line); };
  LineJoiner joiner;
  for (const AuditRecord& record : records) joiner.add(record, take);
  joiner.finish(take);
  return lines;
}

TEST(AuditEntry, TextsOfEveryLengthComeBackAsTheyWere) {
  for (std::size_t length = 0; length <= AuditEntry::kTextBytesMax; ++length) {
    const std::string text(length, 'x');
    AuditEntry entry(test::order(3));
    entry.add(Field::kReason, text);
    EXPECT_EQ(entry.records().size(), 1 + (length + 31) / 32);
    const auto lines = joined(entry.records());
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].reason, text);
    EXPECT_EQ(lines[0].record, test::order(3));
  }
}

TEST(AuditEntry, AllFourFieldsHaveRoomAtTheirLongest) {
  const std::string text(AuditEntry::kTextBytesMax, 'y');
  AuditEntry entry(test::order(3));
  entry.add(Field::kPrincipal, text).add(Field::kKey, text).add(Field::kReason, text).add(Field::kDetail, text);
  EXPECT_EQ(entry.records().size(), AuditEntry::kRecordsMax);
  const auto lines = joined(entry);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].principal + lines[0].key + lines[0].reason + lines[0].detail, text + text + text + text);
}

TEST(AuditEntry, WhatIsLongerLosesItsEnd) {
  AuditEntry entry(test::order(3));
  entry.add(Field::kDetail, std::string(AuditEntry::kTextBytesMax + 40, 'z'));
  EXPECT_EQ(joined(entry)[0].detail, std::string(AuditEntry::kTextBytesMax, 'z'));
}

TEST(AuditEntry, TextOfARecordThatIsGoneIsLeftOut) {
  AuditEntry entry(test::order(3));
  entry.add(Field::kPrincipal, "alice");
  const auto lines = joined(entry.records().subspan(1));
  EXPECT_TRUE(lines.empty());
}

}  // namespace
}  // namespace sluice::audit
