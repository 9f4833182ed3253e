// LogWatchdog: probes the log every 100 ms on a connection of its own and sets the holds that depend on it (DESIGN P3):
// a probe unanswered for 500 ms, frames not delivered for 500 ms though the reader has room, an acknowledgement older
// than 500 ms; and, if that is configured, the one that begins when the operators' heartbeat stays away. Runs on a
// thread of its own.
#pragma once

#include <atomic>

#include "engine/frame_reader.h"
#include "engine/ticker.h"
#include "eventlog/event_writer.h"

namespace sluice::engine {

class LogWatchdog {
 public:
  LogWatchdog(eventlog::EventLog& log, const Genesis& genesis, FrameReader& reader, eventlog::EventWriter& writer,
              runtime::Doorbell& executor_bell, EngineStatus& status, Nanos hold_after);
  void run();
  void stop();

 private:
  void probe();
  void watch_execution(Nanos now);
  void set(Hold hold, bool on);

  eventlog::EventLog& log_;
  const Genesis genesis_;
  const ShardId shard_;
  FrameReader& reader_;
  eventlog::EventWriter& writer_;
  runtime::Doorbell& executor_bell_;
  EngineStatus& status_;
  const Nanos hold_after_;
  Nanos answered_;           // steady time of the newest answered probe
  Nanos undelivered_since_;  // 0: nothing is missing
  std::uint64_t undelivered_ = 0;
  std::uint64_t executed_ = 0;  // at the last probe
  Nanos waiting_since_;         // steady: a frame waits to be executed; 0: none does
  bool stalled_ = false;
  Ticker ticker_;
  runtime::Doorbell bell_;
  std::atomic<bool> stop_{false};
};

}  // namespace sluice::engine
