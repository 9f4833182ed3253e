// KillExaminer: what one shard's event log says of one kill: where it took effect, and whether anything that its mode
// forbids happened in its scope behind it, until its scope was released. The place inside an answer counts: what stands
// before the kill is not examined. It reads events, not the engine's code, so that both can be wrong only apart.
//
// What a mode promises, for orders in scope (docs/records.md §8):
//   block and cancel, flatten   none accepted, replaced, triggered or traded, on either side of a trade
//   block only                  none accepted, replaced or triggered, none takes; what rests can be hit
//   reduce only                 what is accepted or grows is, with all that is live on its side, no more than can be
//                               closed
// Orders of the engine's own, marked as flattening, are let through while a kill that flattens covers them. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/kill/live_orders.h"
#include "domain/events.h"

namespace sluice::cli {

/// The evidence of one shard.
struct KillEvidence {
  std::optional<KillSwitchEngaged> engaged;    // none: the kill is not recorded
  std::uint64_t event_sequence = 0;            // of the (last) message that records it
  Sha256 chain{};                              // of that message
  CmdSequence command_sequence;                // newest command message answered with it, or before it
  std::optional<std::uint32_t> command_index;  // it took effect before this command; none: no command was in progress
  Nanos log_time;
  std::uint64_t events_examined = 0;   // of everybody, behind it
  std::uint64_t events_in_scope = 0;   // of those
  std::uint64_t commands_refused = 0;  // `killed`, in scope, behind it
  std::uint64_t violations = 0;
  std::vector<std::string> examples;  // of violations, a few
  std::optional<KillSwitchReleased> released;
  // where the examination ended: at the release, or the newest message taken
  std::uint64_t end_event_sequence = 0;
  Sha256 end_chain{};
  Nanos end_log_time;

  /// True if command `index` of message `sequence` was decided after the kill.
  bool is_before(CmdSequence sequence, std::uint32_t index) const {
    return command_sequence < sequence || (command_index && command_sequence == sequence && *command_index <= index);
  }
};

class KillExaminer {
 public:
  /// The orders of a command message, for refusals in a scope that an outcome does not name. Checks the SHA-256.
  using CommandsOf = std::function<Result<std::vector<OrderCommand>>(CmdSequence, const Sha256&)>;

  KillExaminer(const KillId& kill, CommandsOf commands);
  /// Every complete answer, control message or genesis in order, with the sequence and chain of its (last) message.
  /// Errors: those of `commands`.
  Status take(const Answer& answer, std::uint64_t sequence, const Sha256& chain);
  const KillEvidence& evidence() const { return evidence_; }

 private:
  /// A scope with the id that its name has in this shard; 0 while it is not registered.
  struct Bound {
    KillScope scope = KillScope::kGlobal;
    Name key;
    std::uint32_t id = 0;
    bool covers(AccountId account, StrategyId strategy, InstrumentId instrument) const;
  };
  Bound bind(KillScope scope, const Name& key) const;
  void learn(KillScope kind, const Name& name, std::uint32_t id);

  bool open() const { return evidence_.engaged && !evidence_.released; }
  void take_control(const ControlEvent& event);
  void begin(const KillSwitchEngaged& engaged, const ControlEvent& event);
  void take_order(const OrderEvent& event);
  bool forbidden(const OrderEvent& event, bool own, bool others) const;
  bool grows(const OrderEvent& event) const;
  bool flattens(const OrderEvent& event) const;
  bool covers(const OrderCommand& command) const;
  Status count_refused(const Answer& answer, std::uint32_t from);

  const KillId kill_;
  const CommandsOf commands_;
  std::map<std::pair<KillScope, Name>, std::uint32_t> ids_;
  LiveOrders orders_;
  Bound scope_;
  std::vector<Bound> flattening_;  // kills that flatten and are not released
  // the answer being taken
  const Answer* answer_ = nullptr;
  std::uint64_t sequence_ = 0;
  KillEvidence evidence_;
};

}  // namespace sluice::cli
