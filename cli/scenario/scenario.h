// Scenario: one line of a scenario file as values, and its parser. The format is that of the shared scenarios, and what
// this platform has besides: docs/matching.md.
//
// A scenario is a list of steps on a fresh engine; each step is one operation, the events it must cause, and optionally
// the state after it. Orders are named by the scenario's own integers, accounts, strategies and symbols by text.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/commands.h"

namespace sluice::scenario {

/// Attributes of every instrument of a scenario, and the self-trade policy sent with each order.
struct Config {
  std::int64_t tick = 1;
  std::int64_t lot = 1;
  SelfTradePrevention stp = SelfTradePrevention::kNone;
  StopInMarket stop_in_market = StopInMarket::kTrigger;
};

enum class OpKind { kNew, kCancel, kReplace, kKill, kRelease, kRisk, kState, kWait };

/// One operation with everything that was parsed. Which fields are meant depends on `kind`; the others keep their
/// defaults.
struct Op {
  OpKind kind = OpKind::kNew;
  std::int64_t id = 0;  // new, cancel, replace: the scenario's order id, also its client order id in decimal
  std::optional<std::string> acct;  // new, risk: always; cancel, replace: who asks, absent = the owner of the order
  std::string sym = "X";            // new, state; risk: instead of acct, the defaults of an instrument
  std::optional<std::string> strat;
  Side side = Side::kNone;
  OrderType type = OrderType::kLimit;
  TimeInForce tif = TimeInForce::kGtc;
  std::optional<std::int64_t> qty;  // new: always; replace: the new total
  std::optional<std::int64_t> px;
  std::optional<std::int64_t> stop;
  std::optional<std::int64_t> display;
  bool post = false;
  SelfTradePrevention stp = SelfTradePrevention::kNone;     // new: the order's own, or the config's
  std::int64_t t_millis = 0;                                // new, wait: log time relative to the start of the scenario
  std::optional<std::int64_t> expire;                       // new, GTD: its end, in the time of t_millis
  KillScope scope = KillScope::kGlobal;                     // kill, release
  KillMode mode = KillMode::kBlockAndCancel;                // kill
  InstrumentState state = InstrumentState::kOpen;           // state
  std::string key;                                          // kill, release: empty for global
  std::map<LimitKind, std::optional<std::int64_t>> limits;  // risk: absent value = lift
};

/// Orders of the engine's own (KillMode::kFlatten) have the ids -1, -2 and so on, in the order in which they come.
/// An event as scenarios name it. Fields that the kind `e` does not have are 0 or empty, on both sides of a comparison.
struct Event {
  std::string e;        // accepted, rejected, traded, cancelled, replaced, triggered, decremented
  std::int64_t id = 0;  // all but traded
  std::int64_t maker = 0;
  std::int64_t taker = 0;
  std::int64_t px = 0;
  std::int64_t qty = 0;
  std::int64_t maker_left = 0;
  std::int64_t taker_left = 0;
  std::string reason;  // rejected, cancelled: the name_of() of its domain enum
  auto operator<=>(const Event&) const = default;
};

/// A price level as published: [px, shown quantity, orders].
struct BookLevel {
  std::int64_t px = 0;
  std::int64_t qty = 0;
  std::int64_t orders = 0;
  bool operator==(const BookLevel&) const = default;
};
/// All levels of a symbol, best first.
struct Book {
  std::vector<BookLevel> bids;
  std::vector<BookLevel> asks;
  bool operator==(const Book&) const = default;
};
struct QueueExpectation {
  std::string sym;
  Side side = Side::kNone;
  std::int64_t px = 0;
  std::vector<std::int64_t> ids;  // oldest first
};

struct Step {
  Op op;
  std::vector<Event> expect;
  std::map<std::string, Book> book;
  std::vector<QueueExpectation> queue;
  std::map<std::string, std::map<std::string, std::int64_t>> pos;  // account → symbol → net
  std::optional<std::vector<std::int64_t>> stops;                  // ids of waiting stop orders, in any order
};

struct Scenario {
  std::string id;
  std::string title;
  std::string kind;
  Config config;
  std::vector<Step> steps;
};

/// Parses JSON lines; blank lines are skipped. Errors: kInvalidArgument with line, place and cause: not JSON, an
/// unknown field, a missing or mistyped one, an id twice, or no scenario at all.
Result<std::vector<Scenario>> parse_scenarios(std::string_view text);

}  // namespace sluice::scenario
