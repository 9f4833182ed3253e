// History: a deployment and what is sent to it, as plain values: what generators make, shrinkers reduce, runs play and
// files keep. Nothing in a step depends on another one, so that any part of a history is a history.
//
// To extend it: a new field of a step is one line of for_each_field(); a new kind of step also a name and a case of
// HistoryRun::play().
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/reference_exchange.h"

namespace sluice::property {

enum class StepKind : std::uint8_t {
  kOrder,     // an order command
  kResend,    // an order command once more, with its command id, as it was or altered
  kKill,      // engage a scope
  kRelease,   // ask for the release of a scope, and approve it
  kLimit,     // set or lift a limit
  kWait,      // log time moves
  kState,     // an instrument is opened, halted, closed
  kCalendar,  // the end of the settlement day is set
  kRestore,   // the engine goes on from its own image
};
/// How a kill arrives.
enum class KillPath : std::uint8_t { kLog, kLatch, kIdle };

struct Step {
  StepKind kind = StepKind::kOrder;
  OrderCommand order;                    // kOrder; without command id and times, which follow from the two fields below
  bool joins = false;                    // kOrder: in the frame of the step before, if that is one of orders
  std::int64_t stamp = 0;                // kOrder: time stamp of the command id, in ms from log time
  std::int64_t valid = 0;                // kOrder: valid until, in ms from log time; 0 = no such wish
  std::int64_t ends = 0;                 // kOrder: expire at, in ms from log time; 0 = as the order says
  std::uint32_t back = 0;                // kResend: which command, counted back from the newest
  bool altered = false;                  // kResend: with another quantity
  KillScope scope = KillScope::kGlobal;  // kKill, kRelease
  std::uint32_t key = 0;                 // kKill, kRelease: account, instrument or strategy id; kLimit: account id
  KillPath path = KillPath::kLog;
  KillMode mode = KillMode::kBlockAndCancel;  // kKill
  LimitKind limit = LimitKind::kMaxOrderQuantity;
  reference::LimitOf of = reference::LimitOf::kAccount;  // kLimit: whose; then key is an account or instrument id
  InstrumentState state = InstrumentState::kOpen;        // kState: of the instrument `key`
  bool lifts = false;                                    // kLimit
  std::int64_t value = 0;  // kLimit: the limit; kWait: ms; kCalendar: ms from log time, 0 = midnight UTC
};

struct History {
  reference::World world;
  std::vector<Step> steps;
};

/// One line a step, `kind field=value …`, defaults left out; the first line is the world. Made to be read and kept.
std::string to_text(const Step& step);
std::string to_text(const History& history);
/// nullopt if the text is not one of to_text(); blank lines and lines that begin with # are passed over.
std::optional<History> parse_history(std::string_view text);

std::ostream& operator<<(std::ostream& out, const History& history);

}  // namespace sluice::property
