#include "audit/audit_entry.h"
#include "audit/audit_sink.h"
#include "audit/crc32c.h"
#include "unit/audit/audit_fixture.h"

namespace sluice::audit {
namespace {

using sluice::test::eventually;
using test::order;

class AuditSinkTest : public test::AuditTest {};

TEST_F(AuditSinkTest, WhatWasWrittenIsInTheFileAndVerifies) {
  record(10'000);
  expect_all_there();
  const AuditVerification found = verified();
  EXPECT_TRUE(found.good());
  EXPECT_EQ(found.records, 10'000u);
  EXPECT_EQ(found.unanchored, 0u) << "a clean end anchors";
  EXPECT_EQ(found.segments, 1u);
  EXPECT_GE(found.anchors, 1u);
}

TEST_F(AuditSinkTest, ASinkThatHasNothingToSayWritesOnlyTheSegmentRecord) {
  record(0);
  const auto records = content(1);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].action, Action::kSegment);
  EXPECT_EQ(records[0].sequence, 1u);
  EXPECT_EQ(records[0].index, kFormatVersion);
  EXPECT_EQ(records[0].data, ChainValue{});
  EXPECT_TRUE(verified().good());
}

TEST_F(AuditSinkTest, EachRecordGetsItsSumAndIsElseUnchanged) {
  record(3);
  const auto records = content(1);
  for (std::uint64_t i = 1; i <= 3; ++i) EXPECT_EQ(records.at(i), summed(order(i)));
}

TEST_F(AuditSinkTest, AnAnchorIsTheHashOfTheOneBeforeAndAllSince) {
  const auto sink = start();
  write(5);
  ASSERT_TRUE(eventually([&] { return sink->counts().anchored == 5; }));
  write(3);
  sink->stop();
  const auto records = content(1);
  AnchorHash hash;
  hash.begin(records[0]);
  std::uint64_t since = 0;
  int anchors = 0;
  for (std::size_t i = 1; i < records.size(); ++i) {
    if (records[i].action != Action::kAnchor) {
      hash.add(std::span(&records[i], 1));
      ++since;
      continue;
    }
    ++anchors;
    EXPECT_EQ(records[i].data, hash.finish());
    EXPECT_EQ(records[i].sequence, i);
    EXPECT_EQ(records[i].index, since);
    hash.begin(records[i]);
    since = 0;
  }
  EXPECT_GE(anchors, 2);
  EXPECT_EQ(since, 0u);
}

TEST_F(AuditSinkTest, AnchorsComeAboutOnceASecondAndOnlyIfSomethingWasWritten) {
  AuditSinkOptions with = options();
  with.anchor_every = Nanos{30 * kNanosPerMilli};
  const auto sink = start(with);
  write(1);
  ASSERT_TRUE(eventually([&] { return sink->counts().anchored == 1; }));
  for (int i = 0; i < 100; ++i) sluice::test::poll_interval();
  EXPECT_EQ(sink->counts().anchors, 1u);
  write(1);
  ASSERT_TRUE(eventually([&] { return sink->counts().anchored == 2; }));
  EXPECT_GT(sink->counts().anchor_time.value(), 0);
}

TEST_F(AuditSinkTest, SegmentsEndWhenTheyAreFullAndTheChainGoesOn) {
  fill_up_to(5);
  expect_all_there();
  const AuditVerification found = verified();
  EXPECT_TRUE(found.good());
  EXPECT_EQ(found.segments, 5u);
  EXPECT_EQ(found.records, written_);
  ChainValue chain{};
  for (std::uint64_t number = 1; number <= found.segments; ++number) {
    const auto records = content(number);
    EXPECT_EQ(records.front().sequence, number);
    EXPECT_EQ(records.front().data, chain);
    chain = records.back().data;
    EXPECT_EQ(records.back().action, Action::kAnchor) << number;
  }
}

TEST_F(AuditSinkTest, SegmentsEndWhenTheyAreOld) {
  AuditSinkOptions with = options();
  with.segment_age_max = Nanos{20 * kNanosPerMilli};
  const auto sink = start(with);
  write(1);
  EXPECT_TRUE(eventually([&] { return sink->counts().segment == 2; }));
  for (int i = 0; i < 60; ++i) sluice::test::poll_interval();
  EXPECT_EQ(sink->counts().segment, 2u) << "an empty one is not followed by another";
}

TEST_F(AuditSinkTest, OldSegmentsAreRemovedAsThePolicySays) {
  AuditSinkOptions with = options();
  with.segments_kept = 3;
  fill_up_to(6, with);
  const auto found = verified();
  EXPECT_TRUE(found.good());
  EXPECT_EQ(found.segments, 3u);
  EXPECT_EQ(found.first_segment, 4u);
  with.segments_kept = 0;
  with.bytes_kept = 1;
  fill_up_to(8, with);
  EXPECT_EQ(verified().first_segment, 8u) << "never the one that is written";
}

TEST_F(AuditSinkTest, TextsStayWithTheirRecordWhateverTheRingAndTheSegments) {
  AuditSinkOptions with = options();
  with.segment_bytes_max = 64 * 7;
  const auto sink = start(with);
  for (std::uint64_t i = 1; i <= 2'000; ++i) {
    AuditEntry entry(order(i));
    entry.add(Field::kPrincipal, "p" + std::to_string(i)).add(Field::kReason, std::string(70, 'r'));
    while (!ring_.write(entry, Priority::kReserved)) sluice::test::poll_interval();
  }
  sink->stop();
  auto reader = AuditReader::open(folder_);
  ASSERT_TRUE(reader.ok());
  std::uint64_t seen = 0;
  LineJoiner joiner;
  const auto take = [&](const AuditLine& line) {
    if (is_of_file(line.record)) return;
    EXPECT_EQ(line.record.sequence, ++seen);
    EXPECT_EQ(line.principal, "p" + std::to_string(seen));
    EXPECT_EQ(line.reason, std::string(70, 'r'));
  };
  for (;;) {
    const auto records = reader.value().next();
    ASSERT_TRUE(records.ok());
    if (records.value().empty()) break;
    for (const AuditRecord& record : records.value()) joiner.add(record, take);
  }
  joiner.finish(take);
  EXPECT_EQ(seen, 2'000u);
}

TEST_F(AuditSinkTest, DrainsSeveralRings) {
  AuditRing other(128, 8);
  auto sink = AuditSink::start(options(), {&ring_, &other}, clock_);
  ASSERT_TRUE(sink.ok());
  write(100);
  for (std::uint64_t i = 1; i <= 50; ++i) ASSERT_TRUE(other.write(order(1'000 + i), Priority::kOrders));
  sink.value()->stop();
  EXPECT_EQ(sequences().size(), 150u);
  EXPECT_TRUE(verified().good());
}

TEST_F(AuditSinkTest, APausedSinkTakesNothingAndGoesOnLater) {
  const auto sink = start();
  sink->pause(true);
  ASSERT_TRUE(eventually([&] { return sink->paused(); }));
  write(4096);
  EXPECT_FALSE(ring_.write(order(9), Priority::kOrders));
  EXPECT_TRUE(ring_.has_room(512, Priority::kReserved));
  EXPECT_EQ(ring_.pressure(), Pressure::kFull);
  for (int i = 0; i < 20; ++i) sluice::test::poll_interval();
  EXPECT_EQ(sink->counts().records, 0u);
  sink->pause(false);
  EXPECT_TRUE(eventually([&] { return sink->counts().anchored == 4096; }));
  expect_all_there();
}

TEST_F(AuditSinkTest, APausedSinkThatIsStoppedWritesAll) {
  const auto sink = start();
  sink->pause(true);
  ASSERT_TRUE(eventually([&] { return sink->paused(); }));
  write(100);
  sink->stop();
  expect_all_there();
  EXPECT_EQ(verified().unanchored, 0u);
}

TEST_F(AuditSinkTest, AFolderHasOneSink) {
  const auto sink = start();
  const auto second = AuditSink::start(options(), {}, clock_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
}

TEST_F(AuditSinkTest, CountsSayWhatWasDone) {
  const auto sink = start();
  write(500);
  sink->stop();
  const AuditCounts counts = sink->counts();
  EXPECT_EQ(counts.records, 500u);
  EXPECT_EQ(counts.anchored, 500u);
  EXPECT_EQ(counts.segments, 1u);
  EXPECT_EQ(counts.segment, 1u);
  EXPECT_EQ(counts.errors, 0u);
  EXPECT_EQ(counts.bytes, std::filesystem::file_size(segment(1)));
  EXPECT_EQ(counts.bytes, 64 * (1 + counts.records + counts.anchors));
  EXPECT_TRUE(sink->state().ok);
  EXPECT_EQ(sink->state().error, "");
}

}  // namespace
}  // namespace sluice::audit
