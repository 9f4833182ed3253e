// Commands: what someone asks, in the imperative. Values only. An OrderCommand has the layout of its record in the log
// (fbs/command.fbs), so that a frame is read in place; libs/eventlog asserts that the two agree.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <type_traits>
#include <variant>
#include <vector>

#include "domain/ids.h"
#include "domain/money.h"
#include "domain/text.h"
#include "domain/uuid.h"

namespace sluice {

enum class OrderCommandKind : std::uint8_t { kSubmit = 1, kCancel = 2, kReplace = 3, kCancelAll = 4 };
enum class Side : std::uint8_t { kNone = 0, kBuy = 1, kSell = 2 };
enum class OrderType : std::uint8_t { kNone = 0, kLimit = 1, kMarket = 2, kStop = 3, kStopLimit = 4 };
enum class TimeInForce : std::uint8_t { kNone = 0, kGtc = 1, kIoc = 2, kFok = 3, kGtd = 4, kDay = 5 };
enum class SelfTradePrevention : std::uint8_t {
  kNone = 0,
  kCancelNewest = 1,
  kCancelOldest = 2,
  kCancelBoth = 3,
  kDecrement = 4
};

/// Bits of OrderCommand::flags and OrderEvent::flags.
inline constexpr std::uint8_t kFlagPostOnly = 1;    // both
inline constexpr std::uint8_t kFlagDisconnect = 2;  // cancel all: because a session ended
inline constexpr std::uint8_t kFlagFlatten = 4;     // event: the engine's own order that closes a position
/// Bits of OrderCommand::fields: which fields of a replace are meant.
inline constexpr std::uint8_t kFieldQuantity = 1;
inline constexpr std::uint8_t kFieldPrice = 2;
inline constexpr std::uint8_t kFieldStopPrice = 4;

/// One wide record for submit, cancel, replace and cancel all. Unused fields are zero; integers are as the client sent
/// them, right or wrong: the engine judges them.
struct OrderCommand {
  CommandId command_id;
  OrderId order_id;   // cancel, replace: the target; 0 = named by client_order_id and instrument
  Price price;        // limit price
  Quantity quantity;  // submit: total; replace: new total, filled part included
  Price stop_price;
  Quantity display;   // iceberg: shown quantity; 0 = not an iceberg
  Nanos expire_at;    // GTD: ends at the first log time that is not before
  Nanos valid_until;  // the command itself is `expired` after this log time; 0 = no such wish
  ClientOrderId client_order_id;
  AccountId account;    // who asks
  StrategyId strategy;  // 0 = none
  InstrumentId instrument;
  OrderCommandKind kind = OrderCommandKind::kSubmit;
  OrderType type = OrderType::kNone;
  Side side = Side::kNone;  // cancel all: kNone = both
  TimeInForce tif = TimeInForce::kNone;
  SelfTradePrevention stp = SelfTradePrevention::kNone;
  std::uint8_t flags = 0;
  std::uint8_t fields = 0;
  std::uint8_t reserved = 0;
};
static_assert(sizeof(OrderCommand) == 112 && std::is_trivially_copyable_v<OrderCommand>);
static_assert(std::has_unique_object_representations_v<OrderCommand>);

enum class StopInMarket : std::uint8_t { kTrigger = 1, kReject = 2 };

struct DefineInstrument {
  Name symbol;
  ShardId home;  // the one shard that trades it; the same definition goes to every shard
  Price tick{1};
  Quantity lot{1};
  Money unit_value{1};  // micro-units of money in one price unit × one quantity unit
  StopInMarket stop_in_market = StopInMarket::kTrigger;
  bool operator==(const DefineInstrument&) const = default;
};
struct RegisterAccount {
  Name name;
};
struct RegisterStrategy {
  Name name;
};

enum class LimitKind : std::uint8_t {
  kMaxOrderQuantity = 0,
  kMaxOrderNotional = 1,  // price units × quantity units
  kPriceBandBps = 2,
  kMaxOpenOrders = 3,
  kMaxPosition = 4,
  kMaxOpenNotional = 5,
  kMaxOrdersPerSecond = 6,
  kMaxDailyTrades = 7,
  kMaxDailyLoss = 8,
};
inline constexpr std::size_t kLimitKinds = 9;
enum class LimitAction : std::uint8_t { kKeep = 0, kSet = 1, kLift = 2 };
struct LimitChange {
  LimitAction action = LimitAction::kKeep;
  std::int64_t value = 0;  // unit of the limit; >= 0
  bool operator==(const LimitChange&) const = default;
};
using LimitChanges = std::array<LimitChange, kLimitKinds>;
/// Of an account; or the default of an instrument, or of all (both names empty). An account's own limit goes before the
/// instrument's default, that before the one of all. Limits of an account as a whole (open orders, open value, rate,
/// daily trades, daily loss) have no default by instrument.
struct SetLimits {
  Name account;
  LimitChanges changes{};
  Name symbol{};
};

enum class InstrumentState : std::uint8_t { kOpen = 1, kHalted = 2, kClosed = 3 };
constexpr std::string_view name_of(InstrumentState state) {
  constexpr std::array<std::string_view, 4> kNames{"", "open", "halted", "closed"};
  return kNames[static_cast<std::size_t>(state)];
}
/// Halted: no new orders, no replaces, no trades; cancels and the ends of orders go on. Closed: also ends the day
/// orders.
struct SetInstrumentState {
  Name symbol;
  InstrumentState state = InstrumentState::kOpen;
};

/// A settlement day: day orders end with it, daily limits begin anew. `date` is yyyymmdd, a label.
struct SettlementDay {
  Nanos ends_at;
  std::uint32_t date = 0;
  std::uint32_t reserved = 0;
  bool operator==(const SettlementDay&) const = default;
};
static_assert(sizeof(SettlementDay) == 16 && std::has_unique_object_representations_v<SettlementDay>);
inline constexpr std::size_t kCalendarDaysMax = 400;
/// The days to come, ascending; replaces those set before. Behind its end, and with none, a day ends at midnight UTC.
struct SetCalendar {
  std::vector<SettlementDay> days;
};

enum class KillScope : std::uint8_t { kGlobal = 1, kAccount = 2, kSymbol = 3, kStrategy = 4 };
inline constexpr std::array kKillScopes{KillScope::kGlobal, KillScope::kAccount, KillScope::kSymbol,
                                        KillScope::kStrategy};
constexpr std::string_view name_of(KillScope scope) {
  constexpr std::array<std::string_view, 5> kNames{"", "global", "account", "symbol", "strategy"};
  return kNames[static_cast<std::size_t>(scope)];
}
enum class KillMode : std::uint8_t { kBlockAndCancel = 1, kBlockOnly = 2, kReduceOnly = 3, kFlatten = 4 };
struct EngageKillSwitch {
  KillId kill_id;
  KillScope scope = KillScope::kGlobal;
  KillMode mode = KillMode::kBlockAndCancel;
  Name key;  // account, symbol or strategy; empty for global
  Note reason;
};
struct RequestRelease {
  Uuid release_id;
  KillScope scope = KillScope::kGlobal;
  Name key;
  KillId kill_id;             // the newest kill of the scope, as the person saw it
  EvtSequence kill_sequence;  // where this shard's EVT records it: evidence, not compared (docs/adr/0002)
  Note reason;
};
struct ApproveRelease {
  Uuid release_id;
  Note reason;
};
/// Sent by the owner so that log time moves when a timer is due and the log is idle.
struct Tick {};

/// The place of a kind is in the log (through body hashes): append only. Kills, releases and ticks are of class `ctl`,
/// the others, reference data and limits, of class `ref`.
using ControlCommandBody =
    std::variant<DefineInstrument, RegisterAccount, RegisterStrategy, SetLimits, EngageKillSwitch, RequestRelease,
                 ApproveRelease, Tick, SetInstrumentState, SetCalendar>;
struct ControlCommand {
  CommandId command_id;
  Principal principal;
  ControlCommandBody body;
};

/// The class of a frame and of its answer: the last token of the subject.
enum class FrameClass : std::uint8_t { kOrders = 1, kReference = 2, kControl = 3 };

using Sha256 = std::array<std::uint8_t, 32>;

/// One CMD message as the engine executes it. `orders` or `controls` is empty, by class. A view: the owner of the bytes
/// outlives it.
struct CommandFrame {
  CmdSequence sequence;
  Nanos broker_time;  // the broker's time stamp of the message
  FrameClass frame_class = FrameClass::kOrders;
  Sha256 sha256{};  // of the CMD message
  std::span<const OrderCommand> orders;
  std::span<const ControlCommand> controls;
};

/// What message 1 of both streams says; it never changes.
struct Genesis {
  DeploymentId deployment;
  ShardId shard;
  std::uint16_t shard_count = 1;
  std::uint32_t schema = 1;
  Nanos key_window{10 * kNanosPerSecond};  // how long an idempotency key is remembered, in log time; at most 60 s
  bool operator==(const Genesis&) const = default;
};
inline constexpr std::uint32_t kSchema = 1;
inline constexpr Nanos kKeyWindowMax{60 * kNanosPerSecond};

}  // namespace sluice
