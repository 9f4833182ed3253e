#include "engine/recovery.h"

#include "engine/core/state.h"
#include "engine/read_ahead.h"
#include "eventlog/codec.h"
#include "eventlog/provision.h"
#include "runtime/logging.h"

namespace sluice::engine {

using eventlog::EventFold;
using eventlog::StreamId;
using eventlog::StreamKind;

namespace {

constexpr Nanos kReadTimeout{kNanosPerSecond};
constexpr std::uint32_t kFirstLogicWithProfits = 3;

/// Restores and checks: the snapshot's place must be in EVT, and the state it holds must have the hash it names.
Status restore_into(Replica& replica, eventlog::EventLog& log, const Genesis& genesis,
                    const eventlog::Snapshot& snapshot, core::Capacity capacity) {
  if (snapshot.image.genesis != genesis) return Error{ErrorCode::kConflict, "it belongs to another deployment"};
  if (const Status status = eventlog::check_checkpoint(log, genesis.shard, snapshot.checkpoint); !status.ok())
    return status;
  // Positions had no cost then, and profits cannot be found without it: they come from the log.
  if (snapshot.logic < kFirstLogicWithProfits)
    return Error{ErrorCode::kCorrupt, "it was made by decision logic " + std::to_string(snapshot.logic)};
  auto engine = core::Engine::restore(snapshot.image, capacity);
  if (!engine.ok()) return engine.error();
  if (engine.value()->state_hash() != snapshot.state_hash)
    return Error{ErrorCode::kCorrupt, "the state it holds has another hash"};
  replica.engine = std::move(engine).value();
  replica.fold = std::make_unique<EventFold>(genesis, snapshot.checkpoint);
  return ok_status();
}

}  // namespace

Result<Replica> start_replica(eventlog::EventLog& log, ShardId shard, const SnapshotStore* snapshots,
                              core::Capacity capacity, const std::string& reader_name) {
  const auto genesis = eventlog::read_genesis(log, shard);
  if (!genesis.ok()) return genesis.error();
  Replica replica;
  if (snapshots != nullptr) {
    // A damaged snapshot is passed over. One whose place is not in EVT means that EVT lost its tail or is another log:
    // starting from an older one would silently fork history, so that halts.
    Status fatal = ok_status();
    snapshots->newest(
        [&](const eventlog::Snapshot& snapshot) {
          Status fit = restore_into(replica, log, genesis.value(), snapshot, capacity);
          if (!fit.ok() && fatal.ok() && fit.error().code != ErrorCode::kCorrupt) fatal = fit.error();
          return fit;
        },
        [](const std::string& path, const Error& why) {
          runtime::log_warn("snapshot skipped", {{"path", path}, {"why", why.message}});
        });
    if (!fatal.ok()) return fatal.error();
  }
  if (replica.engine == nullptr) {
    replica.engine = std::make_unique<core::Engine>(genesis.value(), capacity);
    replica.fold = std::make_unique<EventFold>(shard);
  }
  replica.events = log.open_reader(reader_name, {StreamKind::kEvent, shard}, replica.fold->last_sequence() + 1);
  return replica;
}

Result<EventFold::Step> follow(Replica& replica, Nanos timeout) {
  const auto message = replica.events->next(timeout);
  if (!message.ok()) return message.error();
  const auto step = replica.fold->accept(message.value());
  if (!step.ok()) return step;
  if (step.value() == EventFold::Step::kComplete && replica.fold->answer().kind != AnswerKind::kGenesis) {
    const Status applied = replica.engine->apply(replica.fold->answer());
    if (!applied.ok()) return applied.error();
  }
  return step;
}

Status catch_up(eventlog::EventLog& log, Replica& replica,
                const std::function<bool(std::uint64_t, std::uint64_t)>& on_message) {
  const StreamId stream{StreamKind::kEvent, replica.engine->state().genesis().shard};
  while (true) {
    const auto info = log.info(stream);
    if (!info.ok()) return info.error();
    const std::uint64_t last = info.value().last_sequence;
    if (last < replica.fold->last_sequence()) {
      return Error{ErrorCode::kHalted, "truncated: EVT ends at " + std::to_string(last) + ", message " +
                                           std::to_string(replica.fold->last_sequence()) + " was read"};
    }
    if (last == replica.fold->last_sequence()) return ok_status();
    std::uint64_t at = replica.fold->last_sequence();
    ReadAhead ahead(*replica.events, *replica.fold, last);
    while (true) {
      const auto folded = ahead.next(kReadTimeout);
      if (!folded.ok() && folded.error().code != ErrorCode::kTimeout) return folded.error();
      if (folded.ok() && folded.value() == nullptr) break;
      if (folded.ok()) {
        if (const Status applied = replica.engine->apply(folded.value()->answer); !applied.ok()) return applied;
        at = folded.value()->sequence;
      }
      if (!on_message(at, last)) return Error{ErrorCode::kCancelled, "stopped"};
    }
  }
}

Status check_cmd_tail(eventlog::EventLog& log, const Replica& replica) {
  const Genesis& genesis = replica.engine->state().genesis();
  const CmdSequence sequence = replica.fold->checkpoint().cmd_sequence;
  Sha256 answered = replica.fold->cmd_sha256();
  // Just restored: the answer stands at, or a few control messages before, the checkpoint.
  for (std::uint64_t at = replica.fold->checkpoint().evt_sequence.value(); answered == Sha256{} && at >= 1; --at) {
    const auto message = log.get({StreamKind::kEvent, genesis.shard}, at);
    if (!message.ok()) return message.error();
    const auto opened = eventlog::open_sealed(message.value().payload());
    Answer answer;
    if (!opened.ok() || !eventlog::decode_body(opened.value().body, answer).ok()) {
      return Error{ErrorCode::kHalted, "verifier: EVT message " + std::to_string(at) + " is damaged"};
    }
    if (answer.kind != AnswerKind::kControl && answer.cmd_sequence == sequence) answered = answer.cmd_sha256;
  }
  if (sequence.value() == 0) return ok_status();
  const auto message = log.get({StreamKind::kCommand, genesis.shard}, sequence.value());
  if (!message.ok() && message.error().code != ErrorCode::kNotFound) return message.error();
  if (!message.ok() || eventlog::sha256(message.value().payload()) != answered) {
    return Error{ErrorCode::kHalted,
                 "refilled: CMD message " + std::to_string(sequence.value()) +
                     " is not the one that was answered: the log lost its tail; restore it from a replica or a backup"};
  }
  return ok_status();
}

Result<std::vector<core::LatchedKill>> unread_kills(eventlog::EventLog& log, const Genesis& genesis,
                                                    CmdSequence after) {
  std::vector<core::LatchedKill> kills;
#ifdef SLUICE_MUTANT_no_opening_scan
  return kills;
#endif
  const StreamId stream{StreamKind::kCommand, genesis.shard};
  const auto info = log.info(stream);
  if (!info.ok()) return info.error();
  if (info.value().last_sequence < after.value()) {
    return Error{ErrorCode::kHalted, "truncated: CMD ends at " + std::to_string(info.value().last_sequence) +
                                         ", message " + std::to_string(after.value()) + " was answered"};
  }
  const auto reader = log.open_reader("engine-opening", stream, after.value() + 1);
  eventlog::DecodedFrame decoded;
  for (std::uint64_t sequence = after.value(); sequence < info.value().last_sequence;) {
    const auto message = reader->next(kReadTimeout);
    if (!message.ok()) {
      if (message.error().code == ErrorCode::kTimeout) continue;
      return message.error();
    }
    sequence = message.value().sequence;
    if (message.value().frame_class != FrameClass::kControl) continue;
    eventlog::decode_frame(genesis, message.value(), decoded);
    for (const ControlCommand& command : decoded.controls) {
      if (const auto* kill = std::get_if<EngageKillSwitch>(&command.body)) kills.push_back({*kill, command.principal});
    }
  }
  return kills;
}

void take_out_recorded(EmergencyFile& emergency, const core::Engine& engine) {
  for (const auto& kill : emergency.kills()) {
    if (!engine.state().kills().knows(kill.kill.kill_id)) continue;
    if (const Status removed = emergency.remove(kill.kill.kill_id); !removed.ok()) {
      runtime::log_warn("emergency file not updated", {{"why", removed.error().message}});
    }
  }
}

Result<std::vector<core::LatchedKill>> opening_kills(eventlog::EventLog& log, const Genesis& genesis,
                                                     const core::Engine& engine, EmergencyFile& emergency) {
  auto unread = unread_kills(log, genesis, engine.cmd_sequence());
  if (!unread.ok()) return unread.error();
  take_out_recorded(emergency, engine);
  std::vector<core::LatchedKill> kills;
#ifndef SLUICE_MUTANT_no_emergency_file
  for (const auto& kill : emergency.kills()) kills.push_back({kill.kill, kill.by});
#endif
  kills.insert(kills.end(), unread.value().begin(), unread.value().end());
  return kills;
}

}  // namespace sluice::engine
