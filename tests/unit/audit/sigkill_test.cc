// A process that is killed while it records: what it had reported as anchored is there and verifies.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include "unit/audit/audit_fixture.h"

namespace sluice::audit {
namespace {

using sluice::test::eventually;

class AuditSigkillTest : public test::AuditTest {
 protected:
  AuditSigkillTest()
      : anchored_(new (::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
                      std::atomic<std::uint64_t>{0}) {}
  ~AuditSigkillTest() override { ::munmap(anchored_, 4096); }

  /// In the child: counts on from `first` for ever and reports what is anchored.
  [[noreturn]] void record_for_ever(std::uint64_t first) {
    AuditSinkOptions with = options();
    with.segment_bytes_max = 64 * 20'000;
    const auto sink = start(with);
    written_ = first;
    for (;;) {
      write(50);
      anchored_->store(first + sink->counts().anchored);
    }
  }

  std::atomic<std::uint64_t>* const anchored_;  // shared with the child
};

TEST_F(AuditSigkillTest, WhatWasReportedAsAnchoredIsThere) {
  for (int round = 0; round < 8; ++round) {
    const std::uint64_t first = std::filesystem::exists(folder_) ? sequences().size() : 0;
    anchored_->store(first);
    const pid_t child = ::fork();
    if (child == 0) record_for_ever(first);
    // Not always at the same place of what the sink does.
    const std::uint64_t wanted = first + 1'000 * static_cast<std::uint64_t>(round % 3);
    ASSERT_TRUE(eventually([&] { return anchored_->load() > wanted; }));
    for (int i = 0; i < round; ++i) sluice::test::poll_interval();
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    const std::uint64_t reported = anchored_->load();
    EXPECT_TRUE(verified().good());
    const auto found = sequences();
    EXPECT_GE(found.size(), reported);
    for (std::uint64_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], i + 1);
    EXPECT_GE(found.size() - verified().unanchored, reported);
  }
}

}  // namespace
}  // namespace sluice::audit
