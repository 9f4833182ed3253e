#include "runtime/doorbell.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/clock.h"

namespace sluice::runtime {

namespace {
constexpr int kSpins = 200;  // a few microseconds: shorter than falling asleep and waking up

void futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value, const timespec* timeout) {
  static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), operation | FUTEX_PRIVATE_FLAG, value, timeout, nullptr,
          0);
}
}  // namespace

void Doorbell::ring() {
  rings_.fetch_add(1, std::memory_order_seq_cst);
  if (sleepers_.load(std::memory_order_seq_cst) > 0) futex(rings_, FUTEX_WAKE, INT32_MAX, nullptr);
  if (elsewhere_.load(std::memory_order_seq_cst) > 0) wake_();
}

void Doorbell::wait(std::uint32_t seen, Nanos timeout) {
  for (int i = 0; i < kSpins; ++i) {
    if (value() != seen) return;
    __builtin_ia32_pause();
  }
  if (strategy_ != WaitStrategy::kBlock) {
    const Nanos deadline = steady_now() + timeout;
    while (value() == seen && steady_now() < deadline) {
      if (strategy_ == WaitStrategy::kYield) sched_yield();
      else __builtin_ia32_pause();
    }
    return;
  }
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  const timespec span{timeout.value() / kNanosPerSecond, timeout.value() % kNanosPerSecond};
  if (value() == seen) futex(rings_, FUTEX_WAIT, seen, &span);
  sleepers_.fetch_sub(1, std::memory_order_seq_cst);
}

}  // namespace sluice::runtime
