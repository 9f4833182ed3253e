// LogSpace: how full a shard's two streams are. From 95 % on orders and reference data are refused: the rest of the log
// is kept for kills, releases and cancels. Asks the log every 200 ms, more often if the streams are small, on a thread
// of its own. Threads: any.
#pragma once

#include <array>
#include <atomic>
#include <thread>

#include "base/result.h"
#include "eventlog/event_log.h"
#include "runtime/doorbell.h"

namespace sluice::command {

class LogSpace {
 public:
  LogSpace(eventlog::EventLog& log, ShardId shard);
  ~LogSpace();
  void stop();

  /// Whether a command that only adds to the log may enter it. Errors: kLogFull, naming the stream and its fill.
  Status admits_orders() const;
  /// Share of the stream's max_bytes in use; the newest answer of the log.
  double fill(eventlog::StreamKind stream) const { return fill_[index(stream)].load(std::memory_order_relaxed); }
  /// Newest sequence of EVT; the newest answer of the log.
  std::uint64_t evt_last() const { return evt_last_.load(std::memory_order_relaxed); }

 private:
  static std::size_t index(eventlog::StreamKind stream) { return static_cast<std::size_t>(stream); }
  void watch();
  void ask(eventlog::StreamKind stream);
  Nanos interval() const;

  eventlog::EventLog& log_;
  const ShardId shard_;
  std::array<std::atomic<double>, 2> fill_{};
  std::atomic<std::uint64_t> evt_last_{0};
  std::array<bool, 2> warned_{};
  std::uint64_t bytes_max_ = 0;  // of the smaller stream
  runtime::Doorbell bell_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace sluice::command
