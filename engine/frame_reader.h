// FrameReader: takes CMD messages from the log, checks and decodes them, and hands them to the executing thread. A full
// ring slows it down: the log is the buffer. Runs on a thread of its own.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "engine/engine_loop.h"
#include "eventlog/event_log.h"

namespace sluice::engine {

class FrameReader {
 public:
  /// Begins at CMD message `from`. `clock_step_max`: a frame stamped later than this span ahead of the wall clock is a
  /// hold.
  FrameReader(eventlog::EventLog& log, const Genesis& genesis, std::uint64_t from, FrameRing& frames,
              runtime::Doorbell& executor_bell, EngineStatus& status, Nanos clock_step_max);

  /// Runs until stop(), or until the log halts it; then halted() names the reason.
  void run();
  void stop();
  /// Begins a new consumer: the watchdog has seen messages that were not delivered. Any thread.
  void restart_consumer() { restart_.store(true, std::memory_order_release); }
  /// True while the ring is full: the reader does not ask for messages. Any thread.
  bool waiting_for_room() const { return waiting_for_room_.load(std::memory_order_acquire); }
  Nanos last_contact() const { return Nanos{contact_.load(std::memory_order_acquire)}; }
  /// Why the log halted the reader; empty while it runs. Any thread.
  std::string halted_reason() const;

 private:
  void hold_for_clock(const eventlog::LogMessage& message);

  eventlog::EventLog& log_;
  const Genesis genesis_;
  std::uint64_t next_;
  FrameRing& frames_;
  runtime::Doorbell& executor_bell_;
  EngineStatus& status_;
  const Nanos clock_step_max_;
  std::unique_ptr<eventlog::Reader> reader_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> restart_{false};
  std::atomic<bool> waiting_for_room_{false};
  std::atomic<std::int64_t> contact_{0};
  runtime::Doorbell pause_;
  mutable std::mutex mutex_;  // of halted_
  std::string halted_;
};

}  // namespace sluice::engine
