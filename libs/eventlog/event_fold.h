// EventFold: what every reader of EVT does with each message, in one place (docs/records.md §4). It recomputes the
// chain, decides what is void, joins the parts of an answer, and halts with a named reason on every misfit. Owned by
// one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "domain/events.h"
#include "eventlog/event_log.h"

namespace sluice::eventlog {

/// A place in the log after a complete answer or control message. All zero: before message 1.
struct Checkpoint {
  CmdSequence cmd_sequence;
  EvtSequence evt_sequence;
  Sha256 chain{};
  Epoch epoch;
  OwnerId owner;
  bool operator==(const Checkpoint&) const = default;
};

class EventFold {
 public:
  enum class Step {
    kVoid,      // written by an owner who had lost the shard: skipped and counted
    kPart,      // a part of an answer that is not complete yet
    kComplete,  // answer() holds a complete answer, control message or genesis
  };

  /// Begins before message 1 of the shard's EVT, or after `checkpoint` (whose EVT message has been compared: see
  /// check_checkpoint). `genesis`: known when beginning after a checkpoint; else message 1 provides it.
  explicit EventFold(ShardId shard);
  EventFold(const Genesis& genesis, const Checkpoint& checkpoint);

  /// Takes the message with the next stream sequence. Errors: kHalted, the message begins with the broken rule's name
  /// (hole, verifier, chain, cmd_sequence, part_order, epoch, genesis, schema). The fold must not be used after an
  /// error.
  Result<Step> accept(const LogMessage& message);

  /// The newest complete answer; valid after kComplete until the next accept().
  const Answer& answer() const { return answer_; }
  /// Swaps it out instead of copying it; answer() means nothing then, everything else stays.
  void take_answer(Answer& to) { std::swap(answer_, to); }
  /// After the newest complete answer, control message or genesis.
  const Checkpoint& checkpoint() const { return checkpoint_; }
  const std::optional<Genesis>& genesis() const { return genesis_; }
  /// The chain value and sequence of the newest message that is not void, parts included; the owner publishes after it.
  const Sha256& chain() const { return chain_; }
  std::uint64_t last_sequence() const { return last_sequence_; }
  std::uint64_t void_messages() const { return void_messages_; }
  /// SHA-256 of the CMD message that the newest complete answer (or genesis) answers; zero if none came since the
  /// start.
  const Sha256& cmd_sha256() const { return cmd_sha256_; }
  /// Version of the decision logic named by the newest complete answer.
  std::uint32_t logic_version() const { return logic_; }

 private:
  struct Incoming;
  Result<Step> accept_genesis(const Incoming& incoming);
  Result<Step> accept_epoch(const Incoming& incoming);
  Result<Step> accept_answer(const Incoming& incoming);
  Result<Step> complete();

  ShardId shard_;
  std::optional<Genesis> genesis_;
  Checkpoint checkpoint_;
  Sha256 chain_{};
  std::uint64_t last_sequence_ = 0;
  Epoch epoch_;
  OwnerId owner_;
  std::uint64_t void_messages_ = 0;
  Sha256 cmd_sha256_{};
  std::uint32_t parts_done_ = 0;  // parts of the answer in progress
  std::uint32_t parts_ = 0;
  std::uint32_t logic_ = 0;
  Answer answer_;
};

/// Compares `checkpoint` with the stream: EVT message evt_sequence must exist and carry the same chain, epoch and
/// owner. Errors: kHalted (the log is not the one the checkpoint was made from, or has lost its tail), kUnavailable.
Status check_checkpoint(EventLog& log, ShardId shard, const Checkpoint& checkpoint);

}  // namespace sluice::eventlog
