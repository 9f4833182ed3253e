// Ticker: appends a Tick to CMD when an order ends by its time and no frame comes that would end it. Called by the
// watchdog, every 100 ms at most; one tick in flight at a time. An idle log without timers stays silent. One thread.
#pragma once

#include <memory>
#include <vector>

#include "domain/commands.h"
#include "eventlog/event_log.h"

namespace sluice::engine {

class Ticker {
 public:
  Ticker(eventlog::EventLog& log, const Genesis& genesis);

  /// True if a tick was sent: `due` has come by the wall clock and the log holds nothing that has not been executed. A
  /// tick that is lost is sent again by a later call, as the timer is still due then.
  bool tick_if(Nanos due, bool idle);

 private:
  const Genesis genesis_;
  const WriterId writer_;
  std::unique_ptr<eventlog::Appender> appender_;
  std::vector<eventlog::AppendCompletion> done_;
  std::uint64_t batch_ = 0;
  bool in_flight_ = false;
};

}  // namespace sluice::engine
