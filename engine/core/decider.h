// Decider: decides one frame, command by command, and applies each event and outcome the moment it is decided.
//
// Lives for one frame on the executing thread and owns nothing. It reads State and calls its apply; it changes nothing
// else. In a frame: timers first; then for each command latched kills, idempotency key, expiry, kill, rules. A refused
// command has emitted no event.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "domain/events.h"
#include "engine/core/kill_latch.h"
#include "engine/core/state.h"

namespace sluice::core {

class Decider {
 public:
  /// `answer` has been cleared; its log time is that of `state`. `reached` is scratch space, kept from frame to frame
  /// so that it need not be allocated again.
  Decider(State& state, Answer& answer, std::vector<OrderId>& reached)
      : state_(state), answer_(answer), reached_(reached) {}

  /// Every command of `frame`, each with exactly one outcome.
  void run(const CommandFrame& frame, KillLatch& latch);
  /// The same with the kills that were latched when the frame was first executed, in their order.
  void run(const CommandFrame& frame, std::span<const RecordedKill> kills);
  /// One latched kill; `command_index` as in ControlEvent. False if it is known already, names no scope, or is a
  /// drill: nothing happened.
  bool engage_latched(const LatchedKill& latched, std::uint32_t command_index);
  void reject_frame(FrameFault fault);

 private:
  /// What a rule decided about one command.
  struct Verdict {
    RejectReason reason = RejectReason::kNone;
    OrderId order_id;
  };
  struct Key {
    CommandId id;
    Hash128 body_hash;
    std::uint64_t owner = 0;
    bool expires = true;    // the time stamp of the id is checked
    bool refusable = true;  // a key in use for another body refuses the command
  };

  template <typename Poll>
  void run_commands(const CommandFrame& frame, Poll&& poll);
  void run_order(const OrderCommand& command);
  void run_control(const ControlCommand& command);
  bool answered_by_key(const Key& key, Nanos valid_until);
  void emit_outcome(const Key& key, const Verdict& verdict);
  void emit(const OrderEvent& event);
  void emit(ControlEventBody body, std::uint32_t command_index);

  // decide_timers.cc
  void fire_timers();
  void begin_day();

  // decide_orders.cc
  Verdict decide_order(const OrderCommand& command);
  Verdict submit(const OrderCommand& command);
  Verdict cancel(const OrderCommand& command);
  Verdict cancel_all(const OrderCommand& command);
  Verdict replace(const OrderCommand& command);
  RejectReason check_submit(const OrderCommand& command) const;
  RejectReason check_names(const OrderCommand& command) const;
  RejectReason find_target(const OrderCommand& command, OrderIndex& target) const;
  Blocked blocked(AccountId account, StrategyId strategy, InstrumentId instrument) const;
  RejectReason check_open(InstrumentId instrument) const;
  RejectReason check_expiry(const OrderCommand& command) const;

  // decide_matching.cc
  void begin_matching();
  bool would_trade(InstrumentId instrument, OrderType type, Side side, Price limit) const;
  bool can_fill(OrderIndex taker) const;
  bool is_live(OrderId id) const { return state_.orders().find(id) != kNoSlot; }
  bool is_reached(InstrumentId instrument, Side side, Price stop_price) const;
  RejectReason check_stop(const DefineInstrument& definition, InstrumentId instrument, Side side,
                          Price stop_price) const;
  void queue_reached_stops(InstrumentId instrument, Price traded);
  void run_stops();
  void execute(OrderIndex taker);
  void match(OrderIndex taker);
  bool trade(OrderIndex taker, OrderIndex maker, Price price);
  bool prevent_self_trade(OrderIndex taker, OrderIndex maker, SelfTradePrevention policy);
  void decrement(OrderIndex index, Quantity quantity);
  OrderEvent event_of(OrderIndex index, OrderEventKind kind) const;
  void emit_cancelled(OrderIndex index, CancelReason reason);

  // decide_daily.cc
  void enforce_daily_limits(const OrderEvent& traded, Price last_before);
  void enforce_daily_limits_of_all();
  void engage_automatically(const Account& account, RejectReason limit);

  // decide_control.cc
  RejectReason decide(const DefineInstrument& command);
  RejectReason decide(const RegisterAccount& command);
  RejectReason decide(const RegisterStrategy& command);
  RejectReason decide(const SetLimits& command);
  RejectReason decide(const SetInstrumentState& command);
  RejectReason decide(const SetCalendar& command);
  RejectReason decide(const Tick& command);

  // decide_kills.cc
  RejectReason decide(const EngageKillSwitch& command);
  RejectReason decide(const RequestRelease& command);
  RejectReason decide(const ApproveRelease& command);
  void engage(const EngageKillSwitch& kill, const Principal& by, KillSource source, std::uint32_t command_index);
  void reduce(const OrderList& orders, ListKind kind, const Position* only = nullptr);
  void reduce_strategies(AccountId account, InstrumentId instrument);
  void flatten(KillScope scope, const Name& key);
  void flatten(const Position& position);

  State& state_;
  Answer& answer_;
  CmdSequence sequence_;
  std::uint32_t index_ = 0;               // of the command being decided
  std::uint32_t cause_ = kNoCommand;      // the command that causes the next order events, if one does
  bool key_in_use_ = false;               // by an earlier command: that of the command being decided
  const Principal* principal_ = nullptr;  // who sent the control command being decided
  // Of the command being decided: stops that its trades have reached, in the order in which they will run, and the
  // prices up to which, and down to which, stops have been looked for.
  std::vector<OrderId>& reached_;
  Price highest_;
  Price lowest_;
};

}  // namespace sluice::core
