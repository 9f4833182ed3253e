// The end of a process: SIGTERM and SIGINT ask for it, it drains within a bound and exits 0; a second signal exits at
// once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "domain/money.h"

namespace sluice::runtime {

/// Takes over SIGTERM and SIGINT. Make one per process, in main, before any other thread: threads inherit the blocked
/// signals, so that only the watching thread sees them. Methods: any thread.
class Shutdown {
 public:
  /// Exit code after a second signal.
  static constexpr int kImpatientExitCode = 130;

  Shutdown();
  ~Shutdown();
  Shutdown(const Shutdown&) = delete;
  Shutdown& operator=(const Shutdown&) = delete;

  /// Asks for the end, as a first signal does. Idempotent.
  void request();
  bool requested() const { return requested_.load(std::memory_order_acquire); }
  /// Returns once the end is asked for.
  void wait();

 private:
  void watch();

  std::atomic<bool> requested_{false};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread watcher_;
};

/// Waits for `shutdown`, then runs `drain`. Returns 0, the exit code of main. If `drain` takes longer than `bound` (a
/// span) the process ends with code 1: a supervisor must not wait for ever.
int run_until_shutdown(Shutdown& shutdown, Nanos bound, const std::function<void()>& drain);

}  // namespace sluice::runtime
