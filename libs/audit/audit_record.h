// AuditRecord: one line of the audit: who did what to what, when, and where in the log. 64 bytes, the same in the ring
// and in the file; all integers little-endian. Text (a principal, a reason, a name) follows the record it belongs to in
// records of its own. Values are in files: never renumber, only append.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "domain/money.h"

namespace sluice::audit {

/// What was done.
enum class Action : std::uint8_t {
  // Orders and the decision on each; a refusal for a limit is a rejection with its reason.
  kSubmit = 1,
  kCancel = 2,
  kReplace = 3,
  kCancelAll = 4,
  // Stopping and letting go.
  kKillLatched = 16,       // the direct path has it; nothing is executed after the command in progress
  kKillEngaged = 17,       // it is in effect
  kReleaseRequested = 18,  // by one person
  kKillReleased = 19,      // by another
  kDrill = 20,             // the direct path was exercised; nothing was stopped
  // Administration.
  kLimitsSet = 32,
  kInstrumentDefined = 33,
  kAccountRegistered = 34,
  kStrategyRegistered = 35,
  kInstrumentState = 36,
  kCalendarSet = 37,
  kConfiguration = 38,
  kDayStarted = 39,
  // The process and who may use it.
  kStarted = 48,
  kStopped = 49,
  kRole = 50,     // owner, standby, held …
  kHold = 51,     // began or ended
  kRefused = 52,  // a call that was not let in
  // Of the file itself.
  kSegment = 64,  // first of a file: data = chain so far, sequence = number of the file
  kAnchor = 65,   // data = SHA-256 of the previous anchor (or the segment record) and every record since; synced
};

/// How it ended, or what the record is.
enum class Kind : std::uint8_t {
  kDone = 1,
  kRejected = 2,
  kRepeated = 3,  // the first outcome again, nothing changed
  kText = 4,      // data = 32 bytes of text that belongs to the record before; index = field << 8 | part
  kBegan = 5,
  kEnded = 6,
};

/// What a kText record tells.
enum class Field : std::uint8_t { kPrincipal = 1, kKey = 2, kReason = 3, kDetail = 4 };

/// Who may use the part of a ring that is kept free of orders.
enum class Priority : std::uint8_t { kOrders, kReserved };

struct AuditRecord {
  Nanos time;                           // since the Unix epoch
  std::uint64_t sequence = 0;           // CMD sequence, or 0 if it has none
  std::array<std::uint64_t, 4> data{};  // by action; docs/audit.md
  std::uint32_t actor = 0;              // account id; 0: the principal follows as text
  std::uint32_t index = 0;              // of the command in its frame; of text: field << 8 | part
  std::uint16_t shard = 0;
  Action action = Action::kSubmit;
  Kind kind = Kind::kDone;
  std::uint32_t crc = 0;  // CRC32C of the 60 bytes before it; filled in by the sink
  bool operator==(const AuditRecord&) const = default;
};
static_assert(sizeof(AuditRecord) == 64 && std::is_trivially_copyable_v<AuditRecord>);
static_assert(std::has_unique_object_representations_v<AuditRecord>);

inline constexpr std::size_t kTextBytes = sizeof(AuditRecord::data);

}  // namespace sluice::audit
