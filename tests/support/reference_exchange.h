// ReferenceExchange: the rules again, written slowly and obviously, as the oracle against the core. Books are maps of
// lists, nothing is indexed, nothing is incremental. It shares only value types with the core. Orders are named by
// their client order ids.
#pragma once

#include <algorithm>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "domain/commands.h"
#include "domain/reasons.h"

namespace sluice::reference {

struct Order {
  std::uint64_t number = 0;  // in order of acceptance
  std::string id;
  std::uint32_t account = 0, strategy = 0, instrument = 0;
  Side side = Side::kNone;
  bool any_price = false;
  TimeInForce tif = TimeInForce::kGtc;
  SelfTradePrevention stp = SelfTradePrevention::kNone;
  bool post_only = false;
  bool waiting = false;  // a stop that has not triggered
  bool reached = false;  // … and whose turn comes within this command
  std::int64_t price = 0, total = 0, filled = 0;
  std::int64_t stop = 0, display = 0, shown = 0;
  std::int64_t left() const { return total - filled; }
  std::int64_t fresh_tranche() const { return display == 0 ? left() : std::min(display, left()); }
};

/// A scope of the kill switch: which account, instrument or strategy id (0 for global).
using Scope = std::pair<KillScope, std::uint32_t>;

class ReferenceExchange {
 public:
  /// Performs a command; events are appended to `events` as texts like core's order_events(). kNone if it was executed.
  RejectReason perform(const OrderCommand& command, std::vector<std::string>& events);
  void kill(const Scope& scope, std::vector<std::string>& events);
  void release(const Scope& scope) { killed_.erase(scope); }
  void set_limit(std::uint32_t account, LimitKind kind, std::optional<std::int64_t> value) {
    limits_[{account, kind}] = value;
  }

  const std::list<Order>& live() const { return live_; }
  /// Ids of the orders of one level, oldest first.
  std::vector<std::string> queue(std::uint32_t instrument, Side side, std::int64_t price) const;
  /// What the level shows of them.
  std::int64_t shown(std::uint32_t instrument, Side side, std::int64_t price) const;
  std::int64_t position(std::uint32_t account, std::uint32_t instrument) const;

 private:
  using Live = std::list<Order>::iterator;

  RejectReason submit(const OrderCommand& command, std::vector<std::string>& events);
  RejectReason cancel(const OrderCommand& command, std::vector<std::string>& events);
  RejectReason replace(const OrderCommand& command, std::vector<std::string>& events);
  RejectReason cancel_all(const OrderCommand& command, std::vector<std::string>& events);
  /// `before` is the live order that a replace would change, nullptr for a new one.
  RejectReason check_limits(const Order& order, const Order* before) const;
  bool is_killed(const Order& order) const;
  Live find(std::uint32_t account, std::uint32_t instrument, const std::string& id);
  Live best_opposite(const Order& taker);
  bool can_fill(const Order& taker);
  /// Trades `taker`, then lets it rest or ends it.
  void match(Live taker, std::vector<std::string>& events);
  bool is_beyond(const Order& stop) const;
  void reach(std::uint32_t instrument);
  void run_stops(std::vector<std::string>& events);
  bool prevent_self_trade(Live taker, Live maker, std::vector<std::string>& events);
  void end(Live order, const char* reason, std::vector<std::string>& events);
  std::optional<std::int64_t> limit(std::uint32_t account, LimitKind kind) const;

  std::list<Order> live_;  // in TIME priority: the front came first; an order that loses its place moves to the back
  std::set<Scope> killed_;
  std::map<std::pair<std::uint32_t, LimitKind>, std::optional<std::int64_t>> limits_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> positions_;
  std::map<std::uint32_t, std::int64_t> last_price_;
  std::uint64_t accepted_ = 0;
  std::vector<std::uint64_t> reached_;  // numbers of stops, in the order of their turns
};

}  // namespace sluice::reference
