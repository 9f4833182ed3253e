#include "audit/black_box.h"

#include <cerrno>
#include <fstream>

#include "audit/audit_entry.h"
#include "unit/audit/audit_fixture.h"

namespace sluice::audit {
namespace {

using sluice::test::eventually;
using test::order;

class BlackBoxTest : public test::AuditTest {
 protected:
  BlackBoxOptions box_options() const {
    return {.folder = folder_, .records_in_memory = 64, .records_in_file = 200, .retry_every = Nanos{kNanosPerMilli}};
  }
  std::unique_ptr<BlackBox> open(const BlackBoxOptions& options) {
    auto opened = BlackBox::open(options, clock_);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return opened.ok() ? std::move(opened).value() : nullptr;
  }
  static void put(BlackBox& box, std::uint64_t sequence) {
    const AuditRecord record = order(sequence);
    EXPECT_TRUE(box.write(std::span(&record, 1)));
  }
  std::vector<std::uint64_t> kept() const {
    const auto records = read_black_boxes(folder_);
    EXPECT_TRUE(records.ok());
    std::vector<std::uint64_t> found;
    for (const AuditRecord& record : records.value()) found.push_back(record.sequence);
    return found;
  }
  std::filesystem::path box(std::uint64_t number) const { return segment_path(folder_, number, kBlackBoxPrefix); }
  void overwrite(std::uint64_t record, char fill, std::size_t bytes) const {
    std::fstream file(box(1), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(record * sizeof(AuditRecord)));
    file << std::string(bytes, fill);
  }
};

using Sequences = std::vector<std::uint64_t>;

TEST_F(BlackBoxTest, TakesItsSpaceAtTheStart) {
  const auto opened = open(box_options());
  EXPECT_EQ(std::filesystem::file_size(box(1)), 200u * 64u);
  EXPECT_EQ(kept(), Sequences{});
}

TEST_F(BlackBoxTest, WhatWasWrittenIsOnDiskSoonAndAfterARestart) {
  {
    const auto opened = open(box_options());
    for (std::uint64_t i = 1; i <= 3; ++i) put(*opened, i);
    EXPECT_TRUE(eventually([&] { return opened->kept() == 3; }));
    EXPECT_EQ(kept(), (Sequences{1, 2, 3})) << "while it runs";
  }
  const auto again = open(box_options());
  put(*again, 4);
  again->stop();
  EXPECT_EQ(kept(), (Sequences{1, 2, 3, 4}));
  EXPECT_EQ(again->lost(), 0u);
}

TEST_F(BlackBoxTest, TextsStayWithTheirRecord) {
  const auto opened = open(box_options());
  AuditEntry entry(order(1));
  entry.add(Field::kPrincipal, "alice");
  EXPECT_TRUE(opened->write(entry));
  opened->stop();
  EXPECT_EQ(read_black_boxes(folder_).value().size(), 2u);
}

TEST_F(BlackBoxTest, AFullFileCountsWhatIsLostAndGoesOn) {
  const auto opened = open(box_options());
  for (std::uint64_t i = 1; i <= 300; ++i) {
    const AuditRecord record = order(i);
    while (!opened->write(std::span(&record, 1))) sluice::test::poll_interval();
  }
  opened->stop();
  EXPECT_EQ(kept().size(), 199u) << "the first is the segment record";
  EXPECT_GE(opened->lost(), 101u);
  const auto next = open(box_options());
  put(*next, 301);
  next->stop();
  EXPECT_EQ(kept().back(), 301u);
  EXPECT_TRUE(std::filesystem::exists(box(2)));
}

TEST_F(BlackBoxTest, FullMemoryCountsWhatIsLostAndNeverWaits) {
  BlackBoxOptions with = box_options();
  with.disk.sync = [](int) {
    errno = EIO;
    return -1;
  };
  const auto opened = open(with);
  const AuditRecord record = order(1);
  for (int i = 0; i < 100; ++i) (void)opened->write(std::span(&record, 1));
  EXPECT_EQ(opened->lost(), 36u);
  EXPECT_TRUE(eventually([&] { return opened->error() == EIO; }));
  EXPECT_EQ(opened->kept(), 0u);
}

TEST_F(BlackBoxTest, ATornLastRecordIsWrittenOver) {
  {
    const auto opened = open(box_options());
    put(*opened, 1);
  }
  overwrite(2, 'x', 40);
  EXPECT_EQ(kept(), Sequences{1});
  const auto again = open(box_options());
  put(*again, 2);
  again->stop();
  EXPECT_EQ(kept(), (Sequences{1, 2}));
}

TEST_F(BlackBoxTest, DamageIsReportedAndANewBoxBegins) {
  record(5);
  {
    const auto opened = open(box_options());
    for (std::uint64_t i = 1; i <= 5; ++i) put(*opened, i);
  }
  EXPECT_EQ(verified().black_box_records, 5u);
  overwrite(3, 'x', 10);
  const auto found = verified();
  ASSERT_FALSE(found.good());
  EXPECT_EQ(found.damage->file, box(1));
  EXPECT_EQ(found.damage->record, 3u);
  const auto again = open(box_options());
  put(*again, 6);
  again->stop();
  EXPECT_EQ(kept(), (Sequences{1, 2, 4, 5, 6})) << "what is whole is still read";
}

}  // namespace
}  // namespace sluice::audit
