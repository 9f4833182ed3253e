// A disk that refuses: nothing leaves the ring before it is written, nothing stands torn in a file, and all is there
// once the disk takes it again. The disk's calls are replaced.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

#include "unit/audit/audit_fixture.h"

namespace sluice::audit {
namespace {

using sluice::test::eventually;

class AuditDiskTest : public test::AuditTest {
 protected:
  AuditSinkOptions on_this_disk() {
    AuditSinkOptions with = options();
    const DiskCalls real = DiskCalls::real();
    with.disk.write = [this, real](int fd, const void* bytes, std::size_t size, off_t at) -> ssize_t {
      const int error = write_error_.load();
      if (error == 0) return real.write(fd, bytes, size, at);
      // As a disk that runs full within a write: a part is taken, then none.
      const std::size_t taken = partly_.exchange(0);
      if (taken > 0) return real.write(fd, bytes, std::min(size, taken), at);
      errno = error;
      return -1;
    };
    with.disk.sync = [this, real](int fd) {
      const int error = sync_error_.load();
      if (error == 0) return real.sync(fd);
      errno = error;
      return -1;
    };
    return with;
  }

  std::atomic<int> write_error_{0};
  std::atomic<int> sync_error_{0};
  std::atomic<std::size_t> partly_{0};
};

TEST_F(AuditDiskTest, AFullDiskKeepsRecordsInTheRingAndSaysSo) {
  const auto sink = start(on_this_disk());
  write(10);
  ASSERT_TRUE(eventually([&] { return sink->counts().anchored == 10; }));
  const Nanos before = sink->state().since;
  write_error_ = ENOSPC;
  partly_ = 100;
  write(20);
  ASSERT_TRUE(eventually([&] { return sink->counts().errors >= 3; })) << "it keeps trying";
  EXPECT_FALSE(sink->state().ok);
  EXPECT_EQ(sink->state().error, "cannot write records: No space left on device");
  EXPECT_GT(sink->state().since, before);
  EXPECT_EQ(ring_.used(), 20u);
  EXPECT_EQ(std::filesystem::file_size(segment(1)) % 64, 0u) << "what was written in part is gone again";
  EXPECT_TRUE(verified().good());
  EXPECT_EQ(verified().torn_bytes, 0u);
  write_error_ = 0;
  ASSERT_TRUE(eventually([&] { return sink->counts().anchored == 30; }));
  EXPECT_TRUE(sink->state().ok);
  sink->stop();
  expect_all_there();
  EXPECT_TRUE(verified().good());
}

TEST_F(AuditDiskTest, EveryPlaceOfAPartlyWrittenBatchIsMended) {
  const auto sink = start(on_this_disk());
  for (std::size_t taken = 1; taken < 300; taken += 13) {
    write_error_ = ENOSPC;
    partly_ = taken;
    const std::uint64_t errors = sink->counts().errors;
    write(7);
    ASSERT_TRUE(eventually([&] { return sink->counts().errors > errors; }));
    write_error_ = 0;
    ASSERT_TRUE(eventually([&] { return sink->counts().anchored == written_; }));
  }
  sink->stop();
  expect_all_there();
  EXPECT_TRUE(verified().good());
}

TEST_F(AuditDiskTest, AFailedSyncAnchorsNothingAndEndsTheSegment) {
  const auto sink = start(on_this_disk());
  write(5);
  ASSERT_TRUE(eventually([&] { return sink->counts().anchored == 5; }));
  sync_error_ = EIO;
  write(5);
  ASSERT_TRUE(eventually([&] { return sink->counts().errors > 2; }));
  EXPECT_EQ(sink->counts().anchored, 5u);
  EXPECT_FALSE(sink->state().ok);
  sync_error_ = 0;
  write(5);
  ASSERT_TRUE(eventually([&] { return sink->counts().anchored == 15; }));
  EXPECT_EQ(sink->counts().segment, 2u);
  EXPECT_TRUE(sink->state().ok);
  sink->stop();
  expect_all_there();
  EXPECT_TRUE(verified().good());
}

TEST_F(AuditDiskTest, ASinkStartsOnADiskThatRefusesAndTries) {
  write_error_ = ENOSPC;
  const auto sink = start(on_this_disk());
  ASSERT_NE(sink, nullptr);
  write(5);
  ASSERT_TRUE(eventually([&] { return sink->counts().errors > 0; }));
  EXPECT_EQ(sink->state().error, "cannot begin a segment: No space left on device");
  EXPECT_EQ(ring_.used(), 5u);
  write_error_ = 0;
  EXPECT_TRUE(eventually([&] { return sink->counts().anchored == 5; }));
}

TEST_F(AuditDiskTest, StoppingOnADiskThatRefusesGivesUpInTime) {
  AuditSinkOptions with = on_this_disk();
  with.stop_wait = Nanos{20 * kNanosPerMilli};
  const auto sink = start(with);
  write_error_ = EIO;
  write(5);
  sink->stop();
  EXPECT_EQ(sink->counts().records, 0u);
  EXPECT_EQ(ring_.used(), 5u);
}

/// Writes 10,000 orders through a sink whose files may not pass 100 records, then lifts that. 0: all as it should be.
int write_past_the_limit(const AuditSinkOptions& options) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit low{64 * 100 + 17, RLIM_INFINITY};
  if (::setrlimit(RLIMIT_FSIZE, &low) != 0) return 2;
  AuditRing ring(1'000, 10);
  const runtime::SystemClock clock;
  auto sink = AuditSink::start(options, {&ring}, clock);
  if (!sink.ok()) return 3;
  for (std::uint64_t i = 1; i <= 1'000; ++i) ring.write(test::order(i), Priority::kOrders);
  if (!eventually([&] { return sink.value()->counts().errors > 2; })) return 4;
  if (sink.value()->state().error != "cannot write records: File too large") return 5;
  const rlimit high{RLIM_INFINITY, RLIM_INFINITY};
  if (::setrlimit(RLIMIT_FSIZE, &high) != 0) return 6;
  sink.value()->stop();
  return sink.value()->counts().anchored == 1'000 ? 0 : 7;
}

TEST_F(AuditDiskTest, ALimitOfTheSystemsOwnIsMetAndLifted) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(write_past_the_limit(options()));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  written_ = 1'000;
  expect_all_there();
  EXPECT_TRUE(verified().good());
}

}  // namespace
}  // namespace sluice::audit
