// A sink on a folder that has seen another: it goes on behind what holds, whatever a crash or a fault left.
#include "audit/audit_recovery.h"
#include "audit/crc32c.h"
#include "unit/audit/audit_fixture.h"

namespace sluice::audit {
namespace {

class AuditRecoveryTest : public test::AuditTest {};

TEST_F(AuditRecoveryTest, ARestartGoesOnInTheNewestSegmentAndTheChainHolds) {
  for (int life = 0; life < 4; ++life) record(100);
  expect_all_there();
  const auto found = verified();
  EXPECT_TRUE(found.good());
  EXPECT_EQ(found.segments, 1u);
  EXPECT_EQ(found.records, 400u);
}

TEST_F(AuditRecoveryTest, ATornTailOfEveryLengthIsCut) {
  for (std::size_t bytes = 1; bytes < sizeof(AuditRecord); ++bytes) {
    record(2);
    append_bytes(1, bytes, '\x5a');
    EXPECT_EQ(verified().torn_bytes, bytes);
    EXPECT_TRUE(verified().good());
    const auto sink = start();
    ASSERT_NE(sink, nullptr);
    EXPECT_EQ(sink->counts().torn_bytes, bytes);
  }
  EXPECT_EQ(verified().torn_bytes, 0u);
  EXPECT_TRUE(verified().good());
  expect_all_there();
}

TEST_F(AuditRecoveryTest, ATailOfWholeButBadRecordsIsCut) {
  for (const std::size_t bytes : {64u, 65u, 127u, 640u, 64u * 5000u}) {
    record(3);
    append_bytes(1, bytes, '\0');
    EXPECT_EQ(verified().torn_bytes, bytes);
    record(3);
    EXPECT_TRUE(verified().good());
    EXPECT_EQ(verified().torn_bytes, 0u);
  }
  expect_all_there();
}

TEST_F(AuditRecoveryTest, RecordsBehindTheLastAnchorAreChainedAgain) {
  record(50);
  auto records = content(1);
  ASSERT_EQ(records.back().action, Action::kAnchor);
  records.pop_back();  // as if the process had died before it
  replace(1, records);
  EXPECT_EQ(verified().unanchored, 50u);
  record(0);
  EXPECT_EQ(verified().unanchored, 0u);
  EXPECT_TRUE(verified().good());
  expect_all_there();
}

TEST_F(AuditRecoveryTest, ASegmentThatNeverGotItsFirstRecordIsBegunAgain) {
  record(10);
  const ChainValue chain = content(1).back().data;
  for (const std::size_t bytes : {0u, 1u, 63u, 64u}) {
    std::filesystem::remove(segment(2));
    append_bytes(2, bytes, '\x11');
    ASSERT_TRUE(verified().good()) << bytes;
    record(1);
    EXPECT_EQ(content(2).front().data, chain);
    EXPECT_TRUE(verified().good()) << bytes;
    written_ = 10;
  }
}

TEST_F(AuditRecoveryTest, AnEmptyFirstFileIsBegunAgain) {
  std::filesystem::create_directories(folder_);
  append_bytes(1, 20, 'x');
  record(5);
  expect_all_there();
  EXPECT_TRUE(verified().good());
}

class DamagedAuditTest : public AuditRecoveryTest {
 protected:
  void SetUp() override {
    record(100);
    auto records = content(1);
    records[41].sequence ^= 1;
    replace(1, records);
  }
};

TEST_F(DamagedAuditTest, DamageInTheMiddleIsLeftAndANewSegmentContinuesFromTheLastGoodAnchor) {
  const auto before = content(1);
  record(20);
  EXPECT_EQ(content(1), before) << "it is evidence";
  const auto found = verified();
  ASSERT_FALSE(found.good());
  EXPECT_EQ(found.damage->file, segment(1));
  EXPECT_EQ(found.damage->record, 41u);
  const auto rest = verify(folder_, {.from_segment = 2});
  ASSERT_TRUE(rest.ok());
  EXPECT_TRUE(rest.value().good());
  EXPECT_EQ(rest.value().records, 20u);
}

TEST_F(DamagedAuditTest, TheCallerMayRatherFail) {
  AuditSinkOptions with = options();
  with.leave_damaged = false;
  const auto sink = AuditSink::start(with, {&ring_}, clock_);
  ASSERT_FALSE(sink.ok());
  EXPECT_EQ(sink.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(sink.error().message.find("audit-0000000001.seg: record 41: its sum is wrong"), std::string::npos)
      << sink.error().message;
}

TEST_F(AuditRecoveryTest, ABadSegmentRecordIsDamageNotATornTail) {
  record(100);
  auto records = content(1);
  for (auto& one : records) one.crc ^= 1;
  replace(1, records);
  EXPECT_FALSE(verified().good());
  record(5);
  EXPECT_EQ(content(1), records) << "nothing of it was cut";
  EXPECT_EQ(content(2).front().data, ChainValue{}) << "no anchor to continue from";
}

TEST_F(AuditRecoveryTest, AnotherShardsSegmentIsNotGoneOnWith) {
  record(10);
  AuditSinkOptions with = options();
  with.shard = ShardId{3};
  record(10, with);
  const auto found = verified();
  ASSERT_FALSE(found.good());
  EXPECT_EQ(found.damage->file, segment(2));
  EXPECT_EQ(found.damage->what, "it is of shard 3, the segment before of 0");
}

}  // namespace
}  // namespace sluice::audit
