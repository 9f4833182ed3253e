#include "audit/file_syncer.h"

#include <cerrno>

#include "base/invariant.h"
#include "runtime/this_thread.h"

namespace sluice::audit {

namespace {
constexpr Nanos kIdleWait{10 * kNanosPerSecond};  // it is rung for; this only bounds a sleep
}

FileSyncer::FileSyncer(std::function<int(int fd)> sync) : sync_(std::move(sync)), thread_([this] { run(); }) {}

FileSyncer::~FileSyncer() {
  stopping_.store(true, std::memory_order_release);
  bell_.ring();
  thread_.join();
}

void FileSyncer::start(int fd) {
  INVARIANT(!busy());
  fd_ = fd;
  state_.store(State::kAsked, std::memory_order_release);
  bell_.ring();
}

std::optional<int> FileSyncer::result() {
  if (state_.load(std::memory_order_acquire) != State::kDone) return std::nullopt;
  const int error = error_;
  state_.store(State::kIdle, std::memory_order_release);
  return error;
}

void FileSyncer::run() {
  runtime::name_this_thread("audit-sync");
  for (;;) {
    const auto seen = bell_.value();
    if (state_.load(std::memory_order_acquire) == State::kAsked) {
      error_ = sync_(fd_) == 0 ? 0 : errno;
      state_.store(State::kDone, std::memory_order_release);
    }
    if (stopping_.load(std::memory_order_acquire)) return;
    bell_.wait(seen, kIdleWait);
  }
}

}  // namespace sluice::audit
