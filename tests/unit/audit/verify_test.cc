// Whatever is done to the files behind the sink's back is found, with its place.
#include "audit/audit_verify.h"
#include "audit/crc32c.h"
#include "unit/audit/audit_fixture.h"

namespace sluice::audit {
namespace {

class AuditVerifyTest : public test::AuditTest {
 protected:
  void SetUp() override {
    fill_up_to(4);
    ASSERT_TRUE(verified().good());
  }
  void expect_damage(std::uint64_t segment_number, std::uint64_t record, const std::string& what) const {
    const auto found = verified();
    ASSERT_FALSE(found.good());
    EXPECT_EQ(found.damage->file, segment(segment_number));
    EXPECT_EQ(found.damage->record, record);
    EXPECT_NE(found.damage->what.find(what), std::string::npos) << found.damage->what;
  }
  /// The records of a segment, changed and with right sums: what only the chain can find.
  template <typename Change>
  void tamper(std::uint64_t number, Change&& change) const {
    auto records = content(number);
    change(records);
    for (AuditRecord& record : records) record = summed(record);
    replace(number, records);
  }
};

TEST_F(AuditVerifyTest, AFlippedBitAnywhereIsFoundWithItsRecord) {
  const auto good = content(1);
  for (std::size_t at = 0; at + 1 < good.size(); at += 7) {
    auto records = good;
    records[at].data[1] ^= 1u << (at % 32);
    replace(1, records);
    expect_damage(1, at, "its sum is wrong");
  }
  replace(1, good);
  EXPECT_TRUE(verified().good());
}

TEST_F(AuditVerifyTest, AChangedRecordWithARightSumDoesNotMatchItsAnchor) {
  tamper(1, [](auto& records) { records[2].actor = 99; });
  expect_damage(1, 1, "does not match records 1 to ");
}

TEST_F(AuditVerifyTest, ARemovedRecordIsFound) {
  tamper(1, [](auto& records) { records.erase(records.begin() + 3); });
  expect_damage(1, 1, "covers");
}

TEST_F(AuditVerifyTest, AnAddedRecordIsFound) {
  tamper(2, [](auto& records) { records.insert(records.begin() + 1, test::order(12345)); });
  expect_damage(2, 1, "covers");
}

TEST_F(AuditVerifyTest, SwappedRecordsAreFound) {
  tamper(2, [](auto& records) { std::swap(records[1], records[2]); });
  expect_damage(2, 1, "does not match");
}

TEST_F(AuditVerifyTest, AChangeWithTheAnchorMadeAnewIsFoundByTheNextSegment) {
  tamper(1, [](auto& records) {
    records[1].actor = 99;
    AnchorHash hash;
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (records[i].action == Action::kAnchor) records[i].data = hash.finish();
      records[i] = summed(records[i]);
      if (is_of_file(records[i])) hash.begin(records[i]);
      else hash.add(std::span(&records[i], 1));
    }
  });
  expect_damage(2, 0, "does not continue the last anchor of the segment before");
}

TEST_F(AuditVerifyTest, ARemovedSegmentIsNamed) {
  std::filesystem::remove(segment(2));
  expect_damage(3, 0, "segment 2 is missing before it");
}

TEST_F(AuditVerifyTest, SwappedSegmentsAreFound) {
  const auto first = content(1);
  replace(1, content(2));
  replace(2, first);
  expect_damage(1, 0, "says that it is segment 2");
}

TEST_F(AuditVerifyTest, AShortenedOldSegmentIsFound) {
  auto records = content(1);
  const std::uint64_t cut = records.size() - 1;
  std::filesystem::resize_file(segment(1), cut * 64 + 5);
  expect_damage(1, cut, "the file ends within it, but a newer segment follows");
  records.resize(1);
  replace(1, records);
  expect_damage(2, 0, "does not continue");
}

TEST_F(AuditVerifyTest, AnOldSegmentWithoutItsLastAnchorIsFound) {
  auto records = content(1);
  const auto last = records.back();
  records.pop_back();
  replace(1, records);
  const auto found = verified();
  ASSERT_FALSE(found.good()) << last.index;
}

TEST_F(AuditVerifyTest, ASegmentRecordInTheMiddleIsFound) {
  tamper(2, [](auto& records) { records.insert(records.begin() + 2, segment_record(9, {}, {}, Nanos{1})); });
  expect_damage(2, 2, "a segment record stands inside the file");
}

TEST_F(AuditVerifyTest, AFileOfAnotherKindIsSaidToBe) {
  tamper(1, [](auto& records) { records.front().action = Action::kSubmit; });
  expect_damage(1, 0, "does not begin with a segment record");
}

TEST_F(AuditVerifyTest, AnotherFormatVersionIsSaid) {
  tamper(1, [](auto& records) { records.front().index = 7; });
  expect_damage(1, 0, "format version 7; this program knows 1");
}

TEST_F(AuditVerifyTest, AFirstSegmentThatContinuesAnotherIsFound) {
  tamper(1, [](auto& records) { records.front().data[0] = 1; });
  expect_damage(1, 0, "it continues a segment, but is the first");
}

TEST_F(AuditVerifyTest, TheOldestMayBeGoneByRetention) {
  std::filesystem::remove(segment(1));
  const auto found = verified();
  EXPECT_TRUE(found.good());
  EXPECT_EQ(found.first_segment, 2u);
}

TEST_F(AuditVerifyTest, TellsHowFarItIs) {
  std::uint64_t last = 0;
  std::uint64_t all = 0;
  const auto found = verify(folder_, {.progress = [&](std::uint64_t bytes, std::uint64_t of) {
                              EXPECT_GE(bytes, last);
                              last = bytes;
                              all = of;
                            }});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(last, all);
  EXPECT_EQ(all, found.value().bytes);
}

TEST(AuditVerifyFolder, ThatIsNotThereIsAnError) {
  const auto found = verify("/nonexistent/audit");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace sluice::audit
