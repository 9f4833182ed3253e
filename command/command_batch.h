// CommandBatch: one RPC's (or stream message's) commands on their way. Each slot is completed once: logged, answered or
// failed; with the last one `done` is called. Threads: any; slots of one batch may be completed by different threads.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "domain/events.h"

namespace sluice::command {

enum class WaitLevel { kLogged, kExecuted };

/// When a command passed the stages of this service; Unix time, 0 = not yet.
struct Receipt {
  Nanos received;
  Nanos framed;
  Nanos acknowledged;
  Nanos executed;
};

/// Stages of a frame that the command service remembers.
enum FrameStage : std::size_t { kStageFramed, kStageAcknowledged, kStageExecuted, kFrameStages };

/// Where a command is and what became of it.
struct Slot {
  WaitLevel level = WaitLevel::kExecuted;
  bool want_events = false;
  bool want_receipt = false;
  Receipt receipt;  // with want_receipt
  ShardId shard;
  CommandId command_id;
  // logged
  CmdSequence sequence;
  std::uint32_t index = 0;
  // executed
  std::optional<Outcome> outcome;
  EvtSequence evt_sequence;
  std::unique_ptr<Answer> own;  // with want_events: the part of the answer that this command caused
  // failed
  std::optional<Error> error;
};

class CommandBatch {
 public:
  /// `done` runs on the thread that completes the last slot; it must not block.
  CommandBatch(std::size_t slots, Nanos deadline, std::function<void(CommandBatch&)> done)
      : slots_(slots), deadline_(deadline), remaining_(slots), done_(std::move(done)) {}

  std::vector<Slot>& slots() { return slots_; }
  const std::vector<Slot>& slots() const { return slots_; }
  /// Steady time after which waiting ends.
  Nanos deadline() const { return deadline_; }
  /// Slot `i` has its result. Call once a slot.
  void complete(std::size_t) {
    if (remaining_.fetch_sub(1, std::memory_order_acq_rel) == 1) done_(*this);
  }
  void fail(std::size_t i, Error error) {
    slots_[i].error = std::move(error);
    complete(i);
  }

 private:
  std::vector<Slot> slots_;
  const Nanos deadline_;
  std::atomic<std::size_t> remaining_;
  std::function<void(CommandBatch&)> done_;
};

/// One command's place in a batch.
struct Waiter {
  std::shared_ptr<CommandBatch> batch;
  std::size_t slot = 0;
  Slot& operator*() const { return batch->slots()[slot]; }
  Slot* operator->() const { return &batch->slots()[slot]; }
};

}  // namespace sluice::command
