// Events: what happened, in the past tense; outcomes: what became of each command; an Answer holds those of one CMD
// message. Events carry all that State::apply needs. OrderEvent and Outcome have the layout of their records in the log
// (fbs/event.fbs).
#pragma once

#include <cstdint>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "domain/commands.h"
#include "domain/reasons.h"

namespace sluice {

enum class OrderEventKind : std::uint8_t {
  kAccepted = 1,     // the whole order; a limit GTC order rests from here on (and may be a taker before anyone sees it)
  kTraded = 2,       // order = taker, other = maker
  kCancelled = 3,    // quantity = what was left, hidden part included
  kReplaced = 4,     // price, quantity (new total), stop_price after the change; remaining = what is left now
  kTriggered = 5,    // a stop order came alive
  kDecremented = 6,  // quantity = what self-trade prevention took off; the order lives on
};

/// `command_index` of events that no command of the frame caused (timers, a latched kill).
inline constexpr std::uint32_t kNoCommand = 0xffffffff;

struct OrderEvent {
  OrderId order_id;
  OrderId other_order_id;  // traded: the maker
  Price price;             // traded: the maker's price
  Quantity quantity;   // accepted, replaced: total; traded: traded; cancelled: what was left; decremented: taken off
  Quantity remaining;  // what is left of the order after the event
  Quantity other_remaining;  // traded: what is left of the maker
  Price stop_price;
  Quantity display;
  Nanos expire_at;
  TradeId trade_id;
  ClientOrderId client_order_id;
  std::uint32_t command_index = kNoCommand;
  AccountId account;
  AccountId other_account;  // traded: the maker's
  StrategyId strategy;
  InstrumentId instrument;
  OrderEventKind kind = OrderEventKind::kAccepted;
  Side side = Side::kNone;  // of the order; the maker's is the other one
  OrderType type = OrderType::kNone;
  TimeInForce tif = TimeInForce::kNone;
  SelfTradePrevention stp = SelfTradePrevention::kNone;
  std::uint8_t flags = 0;
  CancelReason reason = CancelReason::kNone;
  std::uint8_t reserved = 0;
};
static_assert(sizeof(OrderEvent) == 128 && std::is_trivially_copyable_v<OrderEvent>);
static_assert(std::has_unique_object_representations_v<OrderEvent>);

enum class OutcomeCode : std::uint8_t { kExecuted = 1, kRejected = 2 };
/// Bit of Outcome::flags: the key was known; this repeats the first outcome and nothing changed.
inline constexpr std::uint8_t kFlagRepeat = 1;

/// What became of one command. Every command of a frame has exactly one, in the order of the frame.
struct Outcome {
  CommandId command_id;
  Hash128 body_hash;
  std::uint64_t key_owner = 0;  // account id, or the hash of the principal with the top bit set
  CmdSequence first_sequence;   // where the key was first seen
  OrderId order_id;             // of the order that was submitted, cancelled or replaced
  std::uint32_t first_index = 0;
  OutcomeCode code = OutcomeCode::kExecuted;
  RejectReason reason = RejectReason::kNone;
  std::uint8_t flags = 0;
  std::uint8_t reserved = 0;
};
static_assert(sizeof(Outcome) == 64 && std::is_trivially_copyable_v<Outcome>);

struct InstrumentDefined {
  InstrumentId id;
  DefineInstrument definition;
};
struct AccountRegistered {
  AccountId id;
  Name name;
};
struct StrategyRegistered {
  StrategyId id;
  Name name;
};
/// Of an account, or the default of an instrument, or (neither) of all.
struct LimitsSet {
  AccountId account;
  LimitChanges changes{};
  InstrumentId instrument{};
};
struct InstrumentStateChanged {
  InstrumentId id;
  InstrumentState state = InstrumentState::kOpen;
};
/// Also moves the end of the present settlement day to what the new calendar says.
struct CalendarSet {
  std::vector<SettlementDay> days;
};
/// Daily counts begin anew. There is none before the first one, and then always one.
struct SettlementDayStarted {
  SettlementDay day;
};
/// Automatic: a daily limit of the account was reached; `by` is then kEngineName.
enum class KillSource : std::uint8_t { kLog = 1, kLatch = 2, kAutomatic = 3 };
inline constexpr std::string_view kEngineName = "sluice-engine";
struct KillSwitchEngaged {
  EngageKillSwitch kill;
  Principal by;
  KillSource source = KillSource::kLog;
  std::uint64_t orders_cancelled = 0;  // the OrderCancelled events that follow; orders that flatten come after them
};
struct ReleaseRequested {
  RequestRelease request;
  Principal by;
};
struct KillSwitchReleased {
  Uuid release_id;
  KillScope scope = KillScope::kGlobal;
  Name key;
  KillId kill_id;  // the newest kill that this release lifts
  Principal requested_by;
  Principal approved_by;
};
struct FrameRejected {
  FrameFault fault = FrameFault::kNone;
};
/// A new owner. Epoch and owner stand in the message header.
struct EpochStarted {
  Epoch epoch;
  OwnerId owner;
};

using ControlEventBody = std::variant<InstrumentDefined, AccountRegistered, StrategyRegistered, LimitsSet,
                                      KillSwitchEngaged, ReleaseRequested, KillSwitchReleased, FrameRejected,
                                      EpochStarted, InstrumentStateChanged, CalendarSet, SettlementDayStarted>;
struct ControlEvent {
  std::uint32_t before = 0;  // its place: before order_events[before] of the answer, after all earlier control events
  std::uint32_t command_index =
      kNoCommand;  // a latched kill: the command before which it took effect, or kNoCommand when idle
  ControlEventBody body;
};

enum class AnswerKind : std::uint8_t { kGenesis = 1, kAnswer = 2, kControl = 3 };

/// Version of the engine's decision logic. Every body names the version that decided it; `sluice verify` re-executes
/// only its own.
inline constexpr std::uint32_t kLogicVersion = 4;

/// The outcomes and events of exactly one CMD message (kAnswer), or of none (kControl). Reused: clear() keeps the
/// capacity.
struct Answer {
  AnswerKind kind = AnswerKind::kAnswer;
  FrameClass frame_class = FrameClass::kOrders;  // decides the subject
  bool has_state_hash = false;                   // true if cmd_sequence is a multiple of kStateHashInterval
  std::uint32_t logic = kLogicVersion;           // that decided it
  CmdSequence cmd_sequence;                      // the message answered; kControl: the newest one answered before
  Sha256 cmd_sha256{};                           // of the CMD message answered; kControl: zero
  Nanos log_time;
  Hash128 state_hash;
  std::vector<Outcome> outcomes;
  std::vector<OrderEvent> order_events;
  std::vector<ControlEvent> control_events;

  void clear() {
    kind = AnswerKind::kAnswer;
    frame_class = FrameClass::kOrders;
    has_state_hash = false;
    logic = kLogicVersion;
    cmd_sequence = CmdSequence{};
    cmd_sha256 = {};
    log_time = Nanos{};
    state_hash = {};
    outcomes.clear();
    order_events.clear();
    control_events.clear();
  }
};
inline constexpr std::uint64_t kStateHashInterval = 1024;

/// Calls `on_control(ControlEvent)` and `on_order(OrderEvent)` in the order in which the events happened.
template <typename OnControl, typename OnOrder>
void for_each_event(const Answer& answer, OnControl&& on_control, OnOrder&& on_order) {
  std::size_t control = 0;
  for (std::size_t i = 0; i <= answer.order_events.size(); ++i) {
    while (control < answer.control_events.size() && answer.control_events[control].before == i)
      on_control(answer.control_events[control++]);
    if (i < answer.order_events.size()) on_order(answer.order_events[i]);
  }
}

}  // namespace sluice
