#include "eventlog/event_fold.h"

#include <cstring>

#include "eventlog/codec.h"

namespace sluice::eventlog {

/// A message whose header is readable; the body is decoded into the fold's answer only once it is known not to be void.
struct EventFold::Incoming {
  const LogMessage& message;
  SealedView sealed;
  Sha256 computed{};
};

namespace {

Error halt(const char* rule, std::uint64_t sequence, const std::string& what) {
  return Error{ErrorCode::kHalted, std::string(rule) + ": EVT message " + std::to_string(sequence) + ' ' + what};
}

const EpochStarted* epoch_started(const Answer& answer) {
  if (answer.kind != AnswerKind::kControl || answer.control_events.size() != 1) return nullptr;
  return std::get_if<EpochStarted>(&answer.control_events.front().body);
}

}  // namespace

EventFold::EventFold(ShardId shard) : shard_(shard) {}

EventFold::EventFold(const Genesis& genesis, const Checkpoint& checkpoint)
    : shard_(genesis.shard),
      genesis_(genesis),
      checkpoint_(checkpoint),
      chain_(checkpoint.chain),
      last_sequence_(checkpoint.evt_sequence.value()),
      epoch_(checkpoint.epoch),
      owner_(checkpoint.owner) {}

Result<EventFold::Step> EventFold::accept(const LogMessage& message) {
  if (message.sequence != last_sequence_ + 1) {
    return halt("hole", message.sequence, "came where " + std::to_string(last_sequence_ + 1) + " was due");
  }
  const auto opened = open_sealed(message.payload);
  if (!opened.ok()) return halt("verifier", message.sequence, opened.error().message);
  Incoming incoming{message, opened.value()};
  const EventHeader& header = incoming.sealed.header;
  incoming.computed = chain_of(header.prev_chain, header.epoch, header.owner, incoming.sealed.body);

  if (message.sequence == 1) return accept_genesis(incoming);

  // Only another owner's message can be void, or begin a new epoch; ours must fit in every respect.
  if (header.owner != owner_) {
    Answer foreign;
    const auto info = decode_body(incoming.sealed.body, foreign);
    const EpochStarted* started = info.ok() ? epoch_started(foreign) : nullptr;
    const bool counts = started != nullptr && header.prev_chain == chain_ && incoming.computed == header.chain &&
                        started->epoch.value() == epoch_.value() + 1 && started->epoch == header.epoch &&
                        started->owner == header.owner && foreign.cmd_sequence == checkpoint_.cmd_sequence;
    if (counts) {
      answer_ = std::move(foreign);
      return accept_epoch(incoming);
    }
    last_sequence_ = message.sequence;
    ++void_messages_;
    return Step::kVoid;
  }
#ifndef SLUICE_MUTANT_no_chain_check
  if (header.prev_chain != chain_ || incoming.computed != header.chain) {
    return halt("chain", message.sequence, "does not extend the chain");
  }
#endif
  if (header.epoch != epoch_)
    return halt("epoch", message.sequence, "names epoch " + std::to_string(header.epoch.value()));
  return accept_answer(incoming);
}

Result<EventFold::Step> EventFold::accept_genesis(const Incoming& incoming) {
  const EventHeader& header = incoming.sealed.header;
  answer_.clear();
  const auto info = decode_body(incoming.sealed.body, answer_);
  if (!info.ok()) return halt("verifier", 1, info.error().message);
  const auto& genesis = info.value().genesis;
  if (!genesis || answer_.kind != AnswerKind::kGenesis) return halt("genesis", 1, "is no genesis");
  if (genesis->schema != kSchema) return halt("schema", 1, "has schema " + std::to_string(genesis->schema));
  if (genesis->shard != shard_) return halt("genesis", 1, "belongs to shard " + std::to_string(genesis->shard.value()));
  if (header.prev_chain != Sha256{} || incoming.computed != header.chain || header.epoch != Epoch{0} ||
      header.owner != OwnerId{0}) {
    return halt("chain", 1, "is not the beginning of a chain");
  }
  genesis_ = *genesis;
  logic_ = info.value().logic;
  last_sequence_ = 1;
  chain_ = header.chain;
  return complete();
}

Result<EventFold::Step> EventFold::accept_epoch(const Incoming& incoming) {
  // An answer of the old owner that lacks parts is dropped: the new owner answers that CMD message again from part 1.
  parts_done_ = 0;
  parts_ = 0;
  epoch_ = incoming.sealed.header.epoch;
  owner_ = incoming.sealed.header.owner;
  chain_ = incoming.sealed.header.chain;
  last_sequence_ = incoming.message.sequence;
  return complete();
}

Result<EventFold::Step> EventFold::accept_answer(const Incoming& incoming) {
  const std::uint64_t sequence = incoming.message.sequence;
  const AnswerKind kind_before = answer_.kind;
  const CmdSequence cmd_before = answer_.cmd_sequence;
  const Sha256 sha_before = answer_.cmd_sha256;
  if (parts_done_ == 0) answer_.clear();
  const auto decoded = decode_body(incoming.sealed.body, answer_);
  if (!decoded.ok()) return halt("verifier", sequence, decoded.error().message);
  const BodyInfo& info = decoded.value();
  if (info.schema != kSchema) return halt("schema", sequence, "has schema " + std::to_string(info.schema));
  if (info.kind == AnswerKind::kGenesis || epoch_started(answer_) != nullptr)
    return halt("epoch", sequence, "is a second beginning");
  if (info.part != parts_done_ + 1 || (parts_done_ > 0 && info.last_part != parts_)) {
    return halt("part_order", sequence,
                "is part " + std::to_string(info.part) + ", " + std::to_string(parts_done_ + 1) + " was due");
  }
  if (parts_done_ > 0 &&
      (kind_before != answer_.kind || cmd_before != answer_.cmd_sequence || sha_before != answer_.cmd_sha256)) {
    return halt("part_order", sequence, "is a part of another answer");
  }
  const std::uint64_t due = checkpoint_.cmd_sequence.value() + (info.kind == AnswerKind::kAnswer ? 1 : 0);
  if (answer_.cmd_sequence.value() != due) {
    return halt("cmd_sequence", sequence,
                "answers " + std::to_string(answer_.cmd_sequence.value()) + ", " + std::to_string(due) + " was due");
  }
  parts_ = info.last_part;
  ++parts_done_;
  logic_ = info.logic;
  chain_ = incoming.sealed.header.chain;
  last_sequence_ = sequence;
  answer_.frame_class = incoming.message.frame_class;
  return parts_done_ == parts_ ? complete() : Result<Step>(Step::kPart);
}

Result<EventFold::Step> EventFold::complete() {
  parts_done_ = 0;
  parts_ = 0;
  // for_each_event() walks both vectors at once: an event placed nowhere would silently be left out.
  std::uint32_t place = 0;
  for (const ControlEvent& event : answer_.control_events) {
    if (event.before < place || event.before > answer_.order_events.size()) {
      return halt("verifier", last_sequence_, "has a control event out of place");
    }
    place = event.before;
  }
  if (answer_.kind != AnswerKind::kControl) cmd_sha256_ = answer_.cmd_sha256;
  checkpoint_ = {answer_.cmd_sequence, EvtSequence{last_sequence_}, chain_, epoch_, owner_};
  return Step::kComplete;
}

Status check_checkpoint(EventLog& log, ShardId shard, const Checkpoint& checkpoint) {
  const StreamId stream{StreamKind::kEvent, shard};
  const auto info = log.info(stream);
  if (!info.ok()) return info.error();
  if (info.value().last_sequence < checkpoint.evt_sequence.value()) {
    return Error{ErrorCode::kHalted,
                 "truncated: " + stream_name(stream) + " ends at " + std::to_string(info.value().last_sequence) +
                     ", the checkpoint is at " + std::to_string(checkpoint.evt_sequence.value()) +
                     ": the log lost its tail; restore the log, or rebuild from it after an investigation"};
  }
  if (checkpoint.evt_sequence.value() == 0) return ok_status();
  const auto message = log.get(stream, checkpoint.evt_sequence.value());
  if (!message.ok()) return message.error();
  const auto opened = open_sealed(message.value().payload());
  if (!opened.ok() || opened.value().header.chain != checkpoint.chain ||
      opened.value().header.epoch != checkpoint.epoch || opened.value().header.owner != checkpoint.owner) {
    return Error{ErrorCode::kHalted, "checkpoint: EVT message " + std::to_string(checkpoint.evt_sequence.value()) +
                                         " is not the one the checkpoint was taken at: this log has another history"};
  }
  return ok_status();
}

}  // namespace sluice::eventlog
