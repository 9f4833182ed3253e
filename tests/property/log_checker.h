// LogChecker: the properties that can be seen in the answers alone, without looking into the engine (PROPERTIES 1-11,
// 13, 15, 17). It folds the events into orders, queues, positions and scopes of its own; a run compares these queues
// with the engine's.
//
// To extend it: a new order event is a case of on(), a new control event one of on_control().
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "domain/events.h"
#include "tests/property/finding.h"

namespace sluice::property {

/// How often what happened: a flow in which it never did has not tested it.
struct LogTotals {
  std::uint64_t commands = 0, executed = 0, repeats = 0, accepted = 0, trades = 0, cancels = 0, replaces = 0,
                triggers = 0, decrements = 0, kills = 0, releases = 0;
  std::array<std::uint64_t, 256> reasons{};  // of rejections
  std::array<std::uint64_t, 16> cancel_reasons{};
  std::uint64_t chained_stops = 0, refreshed_tranches = 0, kept_places = 0, fills_or_kills = 0;
  std::uint64_t automatic_kills = 0, flattening = 0;  // kills by a limit; orders of the engine's own
  void add(const LogTotals& other);
};

/// One resting order in a queue.
struct QueuedOrder {
  std::uint64_t order = 0;
  std::int64_t price = 0, shown = 0;
  bool operator==(const QueuedOrder&) const = default;
};

class LogChecker {
 public:
  explicit LogChecker(Requirements requirements) : need_(requirements) {}

  /// Reads the next answer. Throws Finding.
  void read(const Answer& answer);

  const LogTotals& totals() const { return totals_; }
  /// The queues of a side as the log tells them, best price first, then oldest first.
  std::vector<QueuedOrder> resting(InstrumentId instrument, Side side) const;
  std::size_t live() const { return orders_.size(); }

 private:
  struct Seen {
    OrderEvent accepted;  // with price and stop price of now
    std::int64_t total = 0, filled = 0, shown = 0;
    std::uint64_t place = 0;  // in its queue: lower is earlier
    bool live = true;
    bool waiting = false;  // a stop that has not triggered
    bool reached = false;  // … but a trade has reached it
    std::int64_t left() const { return total - filled; }
  };
  struct Limit {
    std::int64_t value = 0;
    bool from_the_start = false;
  };
  using Orders = std::map<OrderId, Seen>;

  void on(const OrderEvent& event);
  void on_accepted(const OrderEvent& event);
  void on_replaced(Seen& order, const OrderEvent& event);
  void on_triggered(Seen& order);
  void on_decremented(Seen& order, const OrderEvent& event);
  void on_cancelled(Seen& order, const OrderEvent& event);
  void on_trade(const OrderEvent& event);
  void check_priority(const Seen& maker) const;
  void fill(Seen& order, std::int64_t quantity, std::int64_t left);
  void reach_stops(InstrumentId instrument, std::int64_t price);
  void on_control(const ControlEvent& event);
  void on_limits(const LimitsSet& set);
  void check_outcomes(const Answer& answer) const;
  void count_outcomes(const Answer& answer);
  void after_command();
  void check_positions() const;
  void to_tail(Seen& order);
  /// In a scope that has cancelled everything: no order lives there. Or, too, in one that takes nothing new.
  bool in_engaged_scope(const OrderEvent& accepted) const { return covered_by(accepted, cancelled_); }
  bool is_blocked(const OrderEvent& accepted) const {
    return covered_by(accepted, cancelled_) || covered_by(accepted, blocked_);
  }
  using Scopes = std::set<std::pair<KillScope, Name>>;
  bool covered_by(const OrderEvent& accepted, const Scopes& scopes) const;
  void check_nothing_live_is_killed() const;
  Seen& seen(OrderId id);
  static bool rests(const Seen& order);

  Requirements need_;
  LogTotals totals_;
  Orders orders_;  // live, and those that ended in the command being read
  std::map<std::pair<InstrumentId, AccountId>, std::int64_t> positions_;
  std::map<InstrumentId, std::map<AccountId, Int128>> cash_;
  std::map<InstrumentId, std::int64_t> last_price_;
  std::map<std::pair<AccountId, LimitKind>, Limit> limits_;
  std::set<AccountId> active_;            // had an order accepted
  Scopes engaged_, blocked_, cancelled_;  // in any mode; block only; block and cancel, flatten
  std::map<std::uint32_t, Name> accounts_, strategies_, symbols_;
  std::uint64_t places_ = 0;
  std::uint64_t cancels_owed_ = 0;  // KillSwitchEngaged announced so many OrderCancelled events
  std::uint32_t command_ = kNoCommand;
  std::uint64_t triggered_in_command_ = 0;
  CmdSequence sequence_{1};
};

}  // namespace sluice::property
