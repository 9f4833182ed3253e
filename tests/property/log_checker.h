// LogChecker: properties that can be seen in the answers alone, without looking into the engine (PROPERTIES 1, 2, 5, 6,
// 7, 13, 17).
#pragma once

#include <map>
#include <set>
#include <string>

#include "domain/events.h"

namespace sluice::property {

class LogChecker {
 public:
  /// Reads the next answer. Violations become test failures.
  void read(const Answer& answer);

  std::uint64_t trades() const { return trades_; }
  std::uint64_t kills() const { return kills_; }

 private:
  struct Seen {
    OrderEvent accepted;
    std::int64_t total = 0, filled = 0, gone = 0;  // gone: cancelled or decremented
    bool live = true;
    bool waiting = false;  // a stop that has not triggered
  };

  void on(const OrderEvent& event);
  void on(const ControlEvent& event);
  void on_trade(const OrderEvent& event);
  void fill(OrderId id, std::int64_t quantity, std::int64_t left);
  bool in_engaged_scope(const OrderEvent& accepted) const;
  void check_nothing_live_is_killed() const;

  std::map<OrderId, Seen> orders_;
  std::map<std::pair<InstrumentId, AccountId>, std::int64_t> positions_;
  std::set<std::pair<KillScope, Name>> engaged_;
  std::map<std::uint32_t, Name> accounts_, strategies_, symbols_;
  std::uint64_t accepted_ = 0, trades_ = 0, kills_ = 0;
  std::uint64_t cancels_owed_ = 0;  // KillSwitchEngaged announced so many OrderCancelled events
  CmdSequence sequence_{1};
};

}  // namespace sluice::property
