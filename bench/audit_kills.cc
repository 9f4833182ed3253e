#include "bench/audit_kills.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "audit/audit_reader.h"
#include "audit/audit_sink.h"
#include "audit/audit_verify.h"
#include "base/invariant.h"

namespace sluice::bench {

namespace {

/// What a child tells its parent; it outlives the child.
class SharedCount {
 public:
  SharedCount() : page_(::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    INVARIANT(page_ != MAP_FAILED);
    count_ = new (page_) std::atomic<std::uint64_t>{0};
  }
  ~SharedCount() { ::munmap(page_, kBytes); }
  SharedCount(const SharedCount&) = delete;
  SharedCount& operator=(const SharedCount&) = delete;
  std::atomic<std::uint64_t>& operator*() { return *count_; }

 private:
  static constexpr std::size_t kBytes = 4096;
  void* const page_;
  std::atomic<std::uint64_t>* count_ = nullptr;
};

/// The child: counts on from `first`, and says after each batch how far it is anchored, until it is killed.
[[noreturn]] void record_until_killed(const std::filesystem::path& folder, std::uint64_t first,
                                      std::atomic<std::uint64_t>& anchored) {
  audit::AuditRing ring(16'384, 1'024);
  const runtime::SystemClock clock;
  auto sink = audit::AuditSink::start(
      {.folder = folder, .segment_bytes_max = std::uint64_t{4} << 20, .anchor_every = Nanos{3 * kNanosPerMilli}},
      {&ring}, clock);
  if (!sink.ok()) ::_exit(1);
  for (std::uint64_t next = first + 1;;) {
    audit::AuditRecord record;
    record.sequence = next;
    if (ring.write(record, audit::Priority::kOrders)) ++next;
    else std::this_thread::yield();
    // What an earlier process left without an anchor has one only when the first of this one is there.
    const std::uint64_t now = next % 64 == 0 ? sink.value()->counts().anchored : 0;
    if (now > 0) anchored.store(first + now);
  }
}

/// How many records stand in the files, and whether each number comes once and in order.
std::uint64_t count_records(const std::filesystem::path& folder, bool& in_order) {
  auto reader = audit::AuditReader::open(folder);
  std::uint64_t count = 0;
  if (!reader.ok()) return 0;
  for (;;) {
    const auto records = reader.value().next();
    if (!records.ok()) in_order = false;
    if (!records.ok() || records.value().empty()) return count;
    for (const audit::AuditRecord& record : records.value()) {
      if (!audit::is_of_file(record)) in_order = in_order && record.sequence == ++count;
    }
  }
}

}  // namespace

KillProof kill_while_recording(const std::filesystem::path& folder, int kills) {
  SharedCount anchored;
  KillProof proof;
  std::mt19937 chance(7);
  for (int i = 0; i < kills; ++i) {
    const std::uint64_t first = proof.recorded;
    (*anchored).store(0);
    const pid_t child = ::fork();
    if (child == 0) record_until_killed(folder, first, *anchored);
    std::this_thread::sleep_for(std::chrono::microseconds(5'000 + chance() % 55'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    bool right = WIFSIGNALED(status);
    const auto found = audit::verify(folder);
    right = right && found.ok() && found.value().good();
    proof.recorded = count_records(folder, right);
    const std::uint64_t reported = (*anchored).load();
    const std::uint64_t covered = found.ok() ? found.value().records - found.value().unanchored : 0;
    proof.anchored_lost += reported > covered ? reported - covered : 0;
    proof.wrong += right ? 0 : 1;
    ++proof.kills;
  }
  return proof;
}

}  // namespace sluice::bench
