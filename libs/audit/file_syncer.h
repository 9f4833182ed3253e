// FileSyncer: fdatasync on a thread of its own, one at a time, so that who drains a ring does not stand still for the
// tens of milliseconds that a busy disk takes. start(), busy(), result() are for one thread.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <thread>

#include "runtime/doorbell.h"

namespace sluice::audit {

class FileSyncer {
 public:
  explicit FileSyncer(std::function<int(int fd)> sync);
  /// Waits for what was started.
  ~FileSyncer();

  /// Begins to sync `fd`, which stays open until the result was taken. Only if not busy().
  void start(int fd);
  /// True from start() until its result was taken.
  bool busy() const { return state_.load(std::memory_order_acquire) != State::kIdle; }
  /// Once for each start(), when it is done: 0 or the errno.
  std::optional<int> result();

 private:
  enum class State : std::uint8_t { kIdle, kAsked, kDone };
  void run();

  const std::function<int(int fd)> sync_;
  std::atomic<State> state_{State::kIdle};
  std::atomic<bool> stopping_{false};
  int fd_ = -1;    // handed over by state_
  int error_ = 0;  // handed back by state_
  runtime::Doorbell bell_;
  std::thread thread_;
};

}  // namespace sluice::audit
