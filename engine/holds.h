// Holds: reasons for which the executing thread takes no command just now. A hold is not a kill: nothing is cancelled,
// nothing is recorded, and it ends when its cause is gone (DESIGN P3). Threads: any; one atomic word.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice::engine {

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

class Holds {
 public:
  void set(Hold hold, bool on) {
    const auto bit = static_cast<std::uint32_t>(hold);
    if (on) bits_.fetch_or(bit, std::memory_order_acq_rel);
    else bits_.fetch_and(~bit, std::memory_order_acq_rel);
  }
  std::uint32_t bits() const { return bits_.load(std::memory_order_acquire); }
  bool any() const { return bits_.load(std::memory_order_acquire) != 0; }
  bool has(Hold hold) const { return (bits_.load(std::memory_order_acquire) & static_cast<std::uint32_t>(hold)) != 0; }
  static constexpr std::string_view name_of(Hold hold) {
    constexpr std::string_view kNames[] = {"starting",   "log_lost", "not_delivered", "ack_overdue",
                                           "clock_step", "log_full", "audit_full",    "no_heartbeat"};
    return kNames[std::countr_zero(static_cast<std::uint32_t>(hold))];
  }
  /// Names of those that are on.
  std::vector<std::string_view> names() const {
    std::vector<std::string_view> names;
    for (std::uint32_t left = bits_.load(std::memory_order_acquire); left != 0; left &= left - 1) {
      names.push_back(name_of(static_cast<Hold>(left & (~left + 1))));
    }
    return names;
  }

 private:
  std::atomic<std::uint32_t> bits_{static_cast<std::uint32_t>(Hold::kStarting)};
};

}  // namespace sluice::engine
