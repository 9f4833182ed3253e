// Doorbell: lets a thread sleep until another has work for it, without a lock on the ringing side. Wait like this, so
// that no ring is missed:  const auto seen = bell.value();  if (nothing to do) bell.wait(seen, timeout); Threads: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "domain/money.h"

namespace sluice::runtime {

/// How a waiting thread spends its time. The default blocks after a short spin: on a machine with few cores a spinning
/// thread starves the broker.
enum class WaitStrategy { kBlock, kYield, kSpin };

class Doorbell {
 public:
  explicit Doorbell(WaitStrategy strategy = WaitStrategy::kBlock) : strategy_(strategy) {}
  std::uint32_t value() const { return rings_.load(std::memory_order_acquire); }
  /// One atomic add; a system call only if somebody sleeps.
  void ring();
  /// Returns when the bell has rung since `seen`, or after `timeout` (a span).
  void wait(std::uint32_t seen, Nanos timeout);

  /// For a thread that must wait elsewhere (on a socket): between begin and end a ring also calls `wake`. Set once,
  /// before use.
  void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }
  void begin_wait_elsewhere() { elsewhere_.fetch_add(1, std::memory_order_seq_cst); }
  void end_wait_elsewhere() { elsewhere_.fetch_sub(1, std::memory_order_seq_cst); }

 private:
  WaitStrategy strategy_;
  std::atomic<std::uint32_t> rings_{0};
  std::atomic<std::uint32_t> sleepers_{0};
  std::atomic<std::uint32_t> elsewhere_{0};
  std::function<void()> wake_;
};

}  // namespace sluice::runtime
