// What an engine is to its shard, and why it takes no command just now: names of the status, of metrics and of the
// audit. Values are in audit files: never renumber, only append.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace sluice {

enum class Role : int { kRecovering, kStandby, kOwner, kHalted };
constexpr std::string_view name_of(Role role) {
  constexpr std::string_view kNames[] = {"recovering", "standby", "owner", "halted"};
  return kNames[static_cast<int>(role)];
}

/// Each a bit.
enum class Hold : std::uint32_t {
  kStarting = 1u << 0,      // recovery, or kills of the opening rule not yet in effect
  kLogLost = 1u << 1,       // probes of the log unanswered, or its writer cannot reach it
  kNotDelivered = 1u << 2,  // the log has frames that the reader does not get
  kAckOverdue = 1u << 3,    // an EVT message waits too long for its acknowledgement
  kClockStep = 1u << 4,     // a frame is stamped later than this machine's clock allows
  kLogFull = 1u << 5,       // EVT takes no more
  kAuditFull = 1u << 6,     // the audit is too far behind
  kNoHeartbeat = 1u << 7,   // the operators have not been heard of
};
constexpr std::string_view name_of(Hold hold) {
  constexpr std::string_view kNames[] = {"starting",   "log_lost", "not_delivered", "ack_overdue",
                                         "clock_step", "log_full", "audit_full",    "no_heartbeat"};
  return kNames[std::countr_zero(static_cast<std::uint32_t>(hold))];
}

}  // namespace sluice
