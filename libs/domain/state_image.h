// StateImage: the whole state of a shard's engine as plain values, in a canonical order. What a snapshot stores
// (fbs/snapshot.fbs, libs/eventlog), what tests compare, and what the engine core exports and restores
// (engine/core/state.h).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "domain/events.h"
#include "domain/holding.h"

namespace sluice {

struct InstrumentImage {
  InstrumentDefined defined;
  Price last_price;  // of the newest trade; 0 = none yet
  InstrumentState state = InstrumentState::kOpen;
};
struct LimitsImage {
  AccountId account;
  std::array<std::optional<std::int64_t>, kLimitKinds> values;
};
struct DefaultLimitsImage {
  InstrumentId instrument;  // 0: of all
  std::array<std::optional<std::int64_t>, kLimitKinds> values;
};
/// Orders of an account accepted at one log time, of those that a limit of its rate still counts.
struct RateImage {
  AccountId account;
  Nanos at;
  std::uint64_t count = 0;
};
struct PositionImage {
  AccountId account;
  InstrumentId instrument;
  Holding holding;
  Int128 day_profit = 0;         // what profit() was when the settlement day began
  std::uint64_t day_trades = 0;  // of this settlement day
};
/// A live order. `priority` orders the queue of a level: lower came first.
struct OrderImage {
  OrderEvent accepted;  // as accepted, with price, stop_price, display of now; quantity = total of now
  Quantity filled;
  Quantity remaining;
  std::uint64_t priority = 0;
  bool waiting_stop = false;
  Quantity hidden;  // of remaining; an iceberg that rests shows the rest of it
};
struct KillImage {
  KillScope scope = KillScope::kGlobal;
  Name key;
  bool engaged = false;
  KillSwitchEngaged newest;
  Nanos since;
  KillMode mode = KillMode::kBlockAndCancel;  // the strictest since the scope was open
};
struct ReleaseImage {
  ReleaseRequested requested;
  Nanos at;
};
struct KeyImage {
  Outcome outcome;
  Nanos at;  // log time at which it was stored
};
struct CountersImage {
  std::uint64_t orders = 0, trades = 0, priorities = 0, commands = 0, rejected = 0, repeated = 0, events = 0;
};

struct StateImage {
  Genesis genesis;
  Nanos log_time;
  CmdSequence cmd_sequence;  // newest CMD message answered
  CountersImage counters;
  std::vector<AccountRegistered> accounts;         // by id
  std::vector<StrategyRegistered> strategies;      // by id
  std::vector<InstrumentImage> instruments;        // by id
  std::vector<LimitsImage> limits;                 // by account
  std::vector<DefaultLimitsImage> default_limits;  // by instrument
  std::vector<SettlementDay> calendar;             // days to come
  SettlementDay day;                               // the present one; all zero if none has begun
  std::vector<RateImage> rates;                    // by account, time
  std::vector<PositionImage> positions;            // by account, instrument; zero positions that ever traded included
  std::vector<OrderImage> orders;                  // by order id
  std::vector<KillImage> kills;                    // by scope, key
  std::vector<KillId> kill_ids;                    // every kill ever, ascending
  std::vector<ReleaseImage> releases;              // open requests, by id
  std::vector<KeyImage> keys;                      // idempotency keys, oldest first
};

}  // namespace sluice
