// ReferenceExchange: the rules again, written slowly and obviously, as the oracle against the core. Sorted containers,
// nothing cached, nothing incremental; it shares only value types with the core. Where a sum is needed, it is summed.
//
// To extend it: a new command kind is a case of decide(); a new limit a line of check_limits(); a new event a call of
// emit().
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "domain/events.h"

namespace sluice::reference {

/// What a deployment is given before the first command.
struct World {
  std::uint32_t accounts = 4, strategies = 2, instruments = 2;  // ids from 1
  std::int64_t tick = 1, lot = 1;                               // of every instrument
  StopInMarket stop_in_market = StopInMarket::kTrigger;
  std::uint32_t orders_max = 64;  // live at a time
  std::int64_t key_window_millis = 10'000;
  bool operator==(const World&) const = default;
};

/// An order event by its meaning. Orders are named by their number in order of acceptance; 0 is none.
struct Event {
  OrderEventKind kind = OrderEventKind::kAccepted;
  std::uint64_t order = 0;
  std::uint64_t maker = 0;  // traded
  std::int64_t price = 0, stop_price = 0, quantity = 0, left = 0, maker_left = 0;
  CancelReason reason = CancelReason::kNone;
  bool operator==(const Event&) const = default;
};
using Events = std::vector<Event>;
std::string to_text(const Event& event);
std::string to_text(const Events& events);

/// Where a command stands: CMD sequence and index in its frame.
struct Place {
  std::uint64_t sequence = 0;
  std::uint32_t index = 0;
  bool operator==(const Place&) const = default;
};
struct Outcome {
  RejectReason reason = RejectReason::kNone;
  std::uint64_t order = 0;
  bool repeat = false;
  Place first;  // where the command id was first seen
  bool operator==(const Outcome&) const = default;
};

/// A live order. `terms` is what was accepted, with price, stop price and total quantity of now.
struct Order {
  std::uint64_t number = 0;
  OrderCommand terms;
  std::int64_t filled = 0;
  std::int64_t shown = 0;  // while it rests
  bool waiting = false;    // a stop that has not triggered

  std::int64_t left() const { return terms.quantity.value() - filled; }
  std::int64_t fresh_tranche() const {
    return terms.display.value() == 0 ? left() : std::min(terms.display.value(), left());
  }
  bool has_limit() const { return terms.type == OrderType::kLimit || terms.type == OrderType::kStopLimit; }
  bool may_trade_at(std::int64_t price) const {
    if (!has_limit()) return true;
    return terms.side == Side::kBuy ? price <= terms.price.value() : price >= terms.price.value();
  }
};

/// A scope of the kill switch: which account, instrument or strategy id (0 for global).
using Scope = std::pair<KillScope, std::uint32_t>;

/// Whose limits: an account's, the defaults of an instrument, or (id 0) those of all.
enum class LimitOf : std::uint8_t { kAccount = 0, kInstrument = 1, kAll = 2 };

/// One resting order as a book shows it.
struct Resting {
  std::uint64_t order = 0;
  std::int64_t price = 0, shown = 0;
  bool operator==(const Resting&) const = default;
};

class ReferenceExchange {
 public:
  explicit ReferenceExchange(const World& world) : world_(world) {}

  /// Log time moves, never back: command ids that have grown old are forgotten, orders whose time is up end, and a
  /// settlement day begins if one is over.
  void advance(Nanos now, Events& events);
  /// Performs a command that stands at `place`; what happens is appended to `events`.
  Outcome perform(const OrderCommand& command, Place place, Events& events);
  /// Blocks the scope, and does what the mode says to what is live in it.
  void kill(const Scope& scope, KillMode mode, Events& events);
  void release(const Scope& scope) { killed_.erase(scope); }
  bool is_killed(const Scope& scope) const { return killed_.contains(scope); }
  /// False if an instrument cannot have such a default; then nothing happens.
  bool set_limit(LimitOf of, std::uint32_t id, LimitKind kind, std::optional<std::int64_t> value, Events& events);
  void set_state(std::uint32_t instrument, InstrumentState state, Events& events);
  /// The present day, and all after it until then, end at `end`; no value: at midnight UTC.
  void set_calendar(std::optional<Nanos> end);

  const std::map<std::uint64_t, Order>& live() const { return orders_; }
  /// Resting orders of a side, best price first, then oldest first.
  std::vector<Resting> resting(std::uint32_t instrument, Side side) const;
  std::int64_t position(std::uint32_t account, std::uint32_t instrument) const;
  bool any_rate_limit() const;

 private:
  using Queue = std::list<std::uint64_t>;  // order numbers, oldest first
  /// By distance from the front: resting orders by price, best first; stops by stop price, next to trigger first.
  using Ladder = std::map<std::int64_t, Queue>;
  struct Book {
    Ladder buys, sells, buy_stops, sell_stops;
    std::optional<std::int64_t> last;  // price of the newest trade
    InstrumentState state = InstrumentState::kOpen;
  };
  /// What an account has made in an instrument: received less paid, and how much of it before the settlement day.
  struct Account {
    Int128 cash = 0, before_day = 0;
  };
  struct Key {
    OrderCommand body;
    Outcome outcome;
    Nanos at;
  };
  using KeyName = std::pair<std::uint32_t, CommandId>;

  void forget_keys();
  Outcome decide(const OrderCommand& command, Events& events);
  Outcome submit(const OrderCommand& command, Events& events);
  Outcome cancel(const OrderCommand& command, Events& events);
  Outcome cancel_all(const OrderCommand& command, Events& events);
  Outcome replace(const OrderCommand& command, Events& events);

  // reference_checks.cc
  RejectReason check_new(const OrderCommand& command) const;
  RejectReason check_terms(const OrderCommand& command) const;
  RejectReason check_replace(const Order& before, const Order& changed, const OrderCommand& command) const;
  /// `before` is the live order that a replace would change, nullptr for a new one.
  RejectReason check_limits(const Order& order, const Order* before) const;
  RejectReason check_exposure(const Order& order, const Order* before) const;
  RejectReason find_target(const OrderCommand& command, std::uint64_t& number) const;
  /// The strictest mode of the engaged scopes that cover the order.
  std::optional<KillMode> blocked(const OrderCommand& terms) const;
  RejectReason check_stopped(const Order& order, const Order* before) const;
  RejectReason check_expiry(const OrderCommand& command) const;
  bool would_trade(const Order& order) const;
  bool is_reached(const Order& stop) const;
  std::optional<std::int64_t> limit(std::uint32_t account, std::uint32_t instrument, LimitKind kind) const;
  std::optional<std::int64_t> limit(const Order& order, LimitKind kind) const {
    return limit(order.terms.account.value(), order.terms.instrument.value(), kind);
  }

  // reference_days.cc
  std::optional<Nanos> due(const Order& order) const;
  void begin_day();
  Int128 day_profit(std::uint32_t account, std::uint32_t instrument, std::int64_t last) const;
  Int128 day_profit(std::uint32_t account) const;
  RejectReason broken_daily_limit(std::uint32_t account, std::uint64_t trades, Int128 profit) const;
  RejectReason broken_daily_limit(std::uint32_t account) const;
  void enforce_after_trade(const Order& taker, const Order& maker, std::int64_t last_before, Events& events);
  void enforce(std::uint32_t account, RejectReason broken, Events& events);

  // reference_kills.cc
  std::int64_t closable(const Order& order) const;
  std::int64_t live_beside(const Order& order) const;
  bool could_increase(const Order& order) const { return live_beside(order) + order.left() > closable(order); }
  std::vector<std::uint64_t> live_in(const Scope& scope) const;
  void reduce(const Scope& scope, std::uint32_t account, std::uint32_t instrument, Events& events);
  void reduce_strategies(const OrderCommand& terms, Events& events);
  void flatten(const Scope& scope, Events& events);

  void join(Order& order);
  void leave(const Order& order);
  const Queue* best_opposite(const Order& taker) const;
  bool can_fill(std::uint64_t taker) const;
  void execute(std::uint64_t taker, Events& events);
  void match(std::uint64_t taker, Events& events);
  void trade(Order& taker, Order& maker, Events& events);
  bool prevent_self_trade(std::uint64_t taker, std::uint64_t maker, Events& events);
  void decrement(std::uint64_t number, std::int64_t quantity, Events& events);
  void end(std::uint64_t number, CancelReason reason, Events& events);
  void reach(std::uint32_t instrument);
  void run_stops(Events& events);
  const Ladder& ladder(const Order& order) const;
  Ladder& ladder(const Order& order);

  World world_;
  Nanos now_;
  std::map<std::uint64_t, Order> orders_;  // live, by number
  std::map<std::uint32_t, Book> books_;
  std::map<Scope, KillMode> killed_;
  std::map<std::tuple<LimitOf, std::uint32_t, LimitKind>, std::int64_t> limits_;
  std::map<std::uint32_t, std::deque<Nanos>> accepted_at_;  // of accounts with a limit of their rate, since it was set
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> positions_;  // by account and instrument
  std::map<std::pair<std::uint32_t, std::uint32_t>, Account> made_;
  std::map<std::uint32_t, std::uint64_t> day_trades_;  // by account
  std::optional<Nanos> day_end_;                       // of the present settlement day
  std::optional<Nanos> calendar_;
  std::map<KeyName, Key> keys_;
  std::deque<KeyName> key_order_;  // as they were stored
  std::uint64_t accepted_ = 0;
  std::vector<std::uint64_t> reached_;  // stops, in the order of their turns
};

}  // namespace sluice::reference
