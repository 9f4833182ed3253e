#include "runtime/shutdown.h"

#include <pthread.h>

#include <chrono>
#include <csignal>
#include <cstdlib>

#include "base/invariant.h"
#include "runtime/logging.h"
#include "runtime/this_thread.h"

namespace sluice::runtime {

namespace {
sigset_t shutdown_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}
}  // namespace

Shutdown::Shutdown() {
  const sigset_t signals = shutdown_signals();
  // A file that may not grow is an error of its write, as a full disk is, and no reason to die.
  std::signal(SIGXFSZ, SIG_IGN);
  // A shell starts background jobs with SIGINT ignored, and an ignored signal is dropped even while it is blocked.
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  INVARIANT(pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0);
  watcher_ = std::thread([this] { watch(); });
}

Shutdown::~Shutdown() {
  stopping_.store(true);
  // The signal is blocked everywhere, so this only ends the watcher's sigwait.
  pthread_kill(watcher_.native_handle(), SIGTERM);
  watcher_.join();
}

void Shutdown::request() {
  {
    const std::lock_guard lock(mutex_);
    requested_.store(true, std::memory_order_release);
  }
  changed_.notify_all();
}

void Shutdown::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return requested(); });
}

void Shutdown::watch() {
  name_this_thread("signals");
  const sigset_t signals = shutdown_signals();
  bool signalled = false;
  while (true) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (stopping_.load()) return;
    if (signalled) std::_Exit(kImpatientExitCode);
    signalled = true;
    log_info("shutting down", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
    request();
  }
}

int run_until_shutdown(Shutdown& shutdown, Nanos bound, const std::function<void()>& drain) {
  shutdown.wait();
  std::mutex mutex;
  std::condition_variable changed;
  bool drained = false;
  std::thread watchdog([&] {
    std::unique_lock lock(mutex);
    if (changed.wait_for(lock, std::chrono::nanoseconds(bound.value()), [&] { return drained; })) return;
    log_error("not drained in time", {{"bound_ms", bound.value() / kNanosPerMilli}});
    std::_Exit(1);
  });
  drain();
  {
    const std::lock_guard lock(mutex);
    drained = true;
  }
  changed.notify_all();
  watchdog.join();
  return 0;
}

}  // namespace sluice::runtime
