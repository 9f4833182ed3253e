#include "unit/audit/audit_fixture.h"

#include <fstream>
#include <numeric>

namespace sluice::audit::test {

AuditRecord order(std::uint64_t sequence) {
  AuditRecord record;
  record.time = Nanos{static_cast<std::int64_t>(1'000'000'000 + sequence)};
  record.sequence = sequence;
  record.data = {0x0198c0de00007000, sequence, sequence * 3, 0};
  record.actor = 1 + static_cast<std::uint32_t>(sequence % 7);
  record.index = static_cast<std::uint32_t>(sequence % 5);
  return record;
}

AuditSinkOptions AuditTest::options() const {
  return {.folder = folder_, .anchor_every = Nanos{1}, .retry_every = Nanos{kNanosPerMilli}};
}

std::unique_ptr<AuditSink> AuditTest::start(const AuditSinkOptions& options) {
  auto started = AuditSink::start(options, {&ring_}, clock_);
  EXPECT_TRUE(started.ok()) << started.error().message;
  return started.ok() ? std::move(started).value() : nullptr;
}

void AuditTest::write(std::uint64_t count) {
  for (const std::uint64_t end = written_ + count; written_ < end;) {
    if (ring_.write(order(written_ + 1), Priority::kOrders)) {
      ++written_;
    } else {
      sluice::test::poll_interval();
    }
  }
}

void AuditTest::record(std::uint64_t count, const AuditSinkOptions& options) {
  const auto sink = start(options);
  ASSERT_NE(sink, nullptr);
  write(count);
  sink->stop();
}

void AuditTest::fill_up_to(std::uint64_t segment, AuditSinkOptions options) {
  options.segment_bytes_max = 40 * sizeof(AuditRecord);
  const auto sink = start(options);
  ASSERT_NE(sink, nullptr);
  // A segment ends when the disk has most of it, so what is written meanwhile decides how long it gets.
  for (std::uint64_t newest = sink->counts().segment; newest < segment; newest = sink->counts().segment) {
    write(45);
    ASSERT_TRUE(sluice::test::eventually([&] { return sink->counts().segment > newest; }));
  }
  write(20);
  sink->stop();
}

AuditVerification AuditTest::verified() const {
  auto verification = verify(folder_);
  EXPECT_TRUE(verification.ok()) << verification.error().message;
  return verification.ok() ? verification.value() : AuditVerification{};
}

std::vector<std::uint64_t> AuditTest::sequences() const {
  std::vector<std::uint64_t> found;
  auto reader = AuditReader::open(folder_);
  EXPECT_TRUE(reader.ok());
  for (;;) {
    const auto records = reader.value().next();
    EXPECT_TRUE(records.ok()) << records.error().message;
    if (!records.ok() || records.value().empty()) return found;
    for (const AuditRecord& record : records.value()) {
      if (record.action == Action::kSubmit && record.kind != Kind::kText) found.push_back(record.sequence);
    }
  }
}

void AuditTest::expect_all_there() const {
  std::vector<std::uint64_t> expected(written_);
  std::iota(expected.begin(), expected.end(), 1);
  EXPECT_EQ(sequences(), expected);
}

std::vector<AuditRecord> AuditTest::content(std::uint64_t number) const {
  std::vector<AuditRecord> records(std::filesystem::file_size(segment(number)) / sizeof(AuditRecord));
  std::ifstream file(segment(number), std::ios::binary);
  file.read(reinterpret_cast<char*>(records.data()),
            static_cast<std::streamsize>(records.size() * sizeof(AuditRecord)));
  EXPECT_TRUE(file.good());
  return records;
}

void AuditTest::replace(std::uint64_t number, const std::vector<AuditRecord>& records) const {
  std::ofstream file(segment(number), std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(records.data()),
             static_cast<std::streamsize>(records.size() * sizeof(AuditRecord)));
}

void AuditTest::append_bytes(std::uint64_t number, std::size_t count, char fill) const {
  std::ofstream file(segment(number), std::ios::binary | std::ios::app);
  file << std::string(count, fill);
}

}  // namespace sluice::audit::test
