// Rows of the read models: fixed layouts, written as they are. Little-endian, without padding, so that equal rows are
// equal bytes and a hash of the bytes is a hash of the content. Each row ends with its version; another version is a
// damaged database, which is rebuilt from the log and never migrated. Values only.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

#include "domain/commands.h"
#include "domain/holding.h"
#include "domain/reasons.h"

namespace sluice::projections {

static_assert(std::endian::native == std::endian::little, "rows are stored as they are in memory");

enum class OrderState : std::uint8_t { kLive = 1, kFilled = 2, kCancelled = 3 };

/// An order as it is now. Invariant: remaining > 0 exactly while it is live.
struct OrderRow {
  OrderId order_id;
  Price price;
  Quantity quantity;  // total of now
  Quantity filled;
  Quantity remaining;
  Quantity shown;  // while it rests: the visible part of remaining
  Price stop_price;
  Quantity display;  // 0: shows all
  Nanos expire_at;
  Nanos accepted_at;           // log time
  Nanos updated_at;            // log time
  EvtSequence event_sequence;  // EVT message of its newest change
  std::uint64_t priority = 0;  // place in the queue of its level while it rests: lower came first
  ClientOrderId client_order_id;
  AccountId account;
  StrategyId strategy;
  InstrumentId instrument;
  Side side = Side::kNone;
  OrderType type = OrderType::kNone;
  TimeInForce tif = TimeInForce::kNone;
  SelfTradePrevention stp = SelfTradePrevention::kNone;
  std::uint8_t flags = 0;
  OrderState state = OrderState::kLive;
  CancelReason cancel_reason = CancelReason::kNone;
  bool waiting_stop = false;
  std::array<std::uint8_t, 7> reserved{};
  std::uint8_t version = 1;
};
static_assert(sizeof(OrderRow) == 152);

/// A row whose key says it all.
struct IndexRow {
  std::uint8_t version = 1;
};

/// The order that a client order id names.
struct OrderRefRow {
  OrderId order_id;
  std::array<std::uint8_t, 7> reserved{};
  std::uint8_t version = 1;
};

struct TradeRow {
  TradeId trade_id;
  Price price;  // the maker's
  Quantity quantity;
  OrderId maker_order_id;
  OrderId taker_order_id;
  Quantity maker_remaining;
  Quantity taker_remaining;
  Nanos time;  // log time
  EvtSequence event_sequence;
  AccountId maker_account;
  AccountId taker_account;
  InstrumentId instrument;
  Side taker_side = Side::kNone;
  std::array<std::uint8_t, 2> reserved{};
  std::uint8_t version = 1;
};
static_assert(sizeof(TradeRow) == 88);

/// A 128-bit number, without the alignment of one.
struct Wide {
  std::uint64_t low = 0;
  std::int64_t high = 0;
};
constexpr Wide wide_of(Int128 value) {
  return {static_cast<std::uint64_t>(value), static_cast<std::int64_t>(value >> 64)};
}
constexpr Int128 value_of(const Wide& wide) {
  return static_cast<Int128>((static_cast<Uint128>(static_cast<std::uint64_t>(wide.high)) << 64) | wide.low);
}

struct PositionRow {
  Quantity net;     // bought less sold
  Quantity bought;  // in all
  Quantity sold;    // in all
  Wide cash;        // as Holding::cash
  Wide cost;        // as Holding::cost
  AccountId account;
  InstrumentId instrument;
  std::array<std::uint8_t, 7> reserved{};
  std::uint8_t version = 2;  // 1 had no cash and cost
};
static_assert(sizeof(PositionRow) == 72);

constexpr Holding holding_of(const PositionRow& row) { return {row.net, value_of(row.cash), value_of(row.cost)}; }

/// A resting order, where its key says: all that a view of the book shows, so that a scan reads nothing else.
struct BookRow {
  OrderId order_id;
  Price price;
  Quantity shown;
  ClientOrderId client_order_id;
  AccountId account;
  std::array<std::uint8_t, 7> reserved{};
  std::uint8_t version = 1;
};
static_assert(sizeof(BookRow) == 56);

struct LastPriceRow {
  Price price;
  std::array<std::uint8_t, 7> reserved{};
  std::uint8_t version = 1;
};

struct PriorityRow {
  std::uint64_t newest = 0;
  std::array<std::uint8_t, 7> reserved{};
  std::uint8_t version = 1;
};

/// A scope that is, or ever was, engaged, with its newest kill.
struct KillSwitchRow {
  KillId kill_id;
  Nanos since;  // log time of that kill
  EvtSequence event_sequence;
  std::uint64_t orders_cancelled = 0;
  Name key;  // empty for global
  Note reason;
  Principal by;
  KillScope scope = KillScope::kGlobal;
  KillMode mode = KillMode::kBlockAndCancel;
  std::uint8_t source = 0;  // KillSource
  bool engaged = false;
  std::array<std::uint8_t, 3> reserved{};
  std::uint8_t version = 1;
};

/// A release that was requested and neither approved nor overtaken by a newer kill's release.
struct ReleaseRow {
  Uuid release_id;
  KillId kill_id;
  EvtSequence kill_sequence;
  Nanos at;  // log time of the request
  EvtSequence event_sequence;
  Name key;
  Note reason;
  Principal by;
  KillScope scope = KillScope::kGlobal;
  std::array<std::uint8_t, 6> reserved{};
  std::uint8_t version = 1;
};

struct LimitValues {
  std::array<std::int64_t, kLimitKinds> values{};  // meaningful where `has` is set
  std::array<bool, kLimitKinds> has{};
  std::array<std::uint8_t, 7> reserved{};
};

struct AccountRow {
  LimitValues limits;
  Name name;
  AccountId id;
  std::array<std::uint8_t, 3> reserved{};
  std::uint8_t version = 2;  // 1 had another layout
};
static_assert(sizeof(AccountRow) == 128);

/// Defaults of an instrument, or of all.
struct DefaultLimitsRow {
  LimitValues limits;
  std::array<std::uint8_t, 7> reserved{};
  std::uint8_t version = 1;
};

/// The present settlement day of the shard.
struct SettlementDayRow {
  Nanos ends_at;
  std::uint32_t date = 0;
  std::array<std::uint8_t, 3> reserved{};
  std::uint8_t version = 1;
};

struct StrategyRow {
  Name name;
  StrategyId id;
  std::array<std::uint8_t, 3> reserved{};
  std::uint8_t version = 1;
};

struct InstrumentRow {
  Price tick;
  Quantity lot;
  Money unit_value;
  Name symbol;
  InstrumentId id;
  ShardId home;
  StopInMarket stop_in_market = StopInMarket::kTrigger;
  InstrumentState state = InstrumentState::kOpen;
  std::array<std::uint8_t, 7> reserved{};
  std::uint8_t version = 2;  // 1 had no state
};

/// The id that a name has in its shard.
struct IdRow {
  std::uint32_t id = 0;
  std::array<std::uint8_t, 3> reserved{};
  std::uint8_t version = 1;
};

/// A place of EVT from which a reader can begin.
struct LogIndexRow {
  CmdSequence cmd_sequence;
  EvtSequence evt_sequence;
  Sha256 chain{};
  Epoch epoch;
  OwnerId owner;
  std::array<std::uint8_t, 7> reserved{};
  std::uint8_t version = 1;
};

/// How far a shard's views are. Written in the same batch as what it vouches for.
struct ProgressRow {
  CmdSequence cmd_sequence;
  EvtSequence evt_sequence;
  Sha256 chain{};
  Epoch epoch;
  OwnerId owner;
  std::uint64_t void_messages = 0;  // up to evt_sequence
  DeploymentId deployment;
  Nanos key_window;
  std::uint32_t schema = 0;
  std::uint16_t shard_count = 0;
  std::uint8_t reserved = 0;
  std::uint8_t version = 2;  // 1 had a count of rows
};

template <typename Row>
concept StoredRow = std::is_trivially_copyable_v<Row> && requires(Row row) {
  { row.version } -> std::same_as<std::uint8_t&>;
};

template <StoredRow Row>
std::string_view encode_row(const Row& row) {
  // Padding would let two equal rows differ in their bytes.
  static_assert(std::has_unique_object_representations_v<Row>);
  return {reinterpret_cast<const char*>(&row), sizeof(Row)};
}

/// nullopt if `bytes` is not a row of this type and version.
template <StoredRow Row>
std::optional<Row> decode_row(std::string_view bytes) {
  Row row;
  if (bytes.size() != sizeof(Row)) return std::nullopt;
  std::memcpy(&row, bytes.data(), sizeof(Row));
  if (row.version != Row{}.version) return std::nullopt;
  return row;
}

}  // namespace sluice::projections
