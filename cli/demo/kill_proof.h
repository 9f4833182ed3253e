// KillProver: the evidence for one kill from the events of its shard alone. It finds the kill's own place in the order
// of events and of commands, and examines every event after it, until the release, against P1: no order of the scope is
// accepted, replaced, triggered or traded. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/engaged_scopes.h"
#include "domain/events.h"
#include "eventlog/event_log.h"

namespace sluice::cli {

/// Where a kill took effect among the commands of a shard: before command `index` of command message `sequence`.
struct KillPlace {
  CmdSequence sequence;
  std::uint32_t index = 0;
  /// True if the command at this address was decided after the kill.
  bool is_before(CmdSequence command, std::uint32_t command_index) const {
    return sequence < command || (sequence == command && index <= command_index);
  }
};

struct KillProof {
  std::uint64_t event_sequence = 0;  // message of EVT that records it; 0: it is not in the log
  KillPlace place;                   // of the first record
  KillSource source = KillSource::kLog;
  std::uint64_t orders_cancelled = 0;  // by the kill itself
  bool released = false;               // what follows its release is not examined
  std::uint64_t events_after = 0;      // events of all accounts examined behind it
  std::uint64_t violations = 0;
  std::vector<std::string> examples;  // of violations, a few
};

class KillProver {
 public:
  explicit KillProver(const KillId& kill) : kill_(kill) {}
  /// The shard's answers, in order, each with the sequence of its (last) message.
  void take(const Answer& answer, std::uint64_t sequence);
  const KillProof& proof() const { return proof_; }

 private:
  void take_control(const Answer& answer, const ControlEvent& event, std::uint64_t sequence);
  void take_order(const OrderEvent& event, std::uint64_t sequence);
  bool engaged() const { return proof_.event_sequence != 0 && !proof_.released; }

  const KillId kill_;
  EngagedScopes scopes_;  // of this kill only
  std::optional<EngageKillSwitch> engaged_;
  KillProof proof_;
};

/// Reads the shard's whole event log as it is now. Errors: as walk_events.
Result<KillProof> prove_kill(eventlog::EventLog& log, ShardId shard, const KillId& kill);

}  // namespace sluice::cli
