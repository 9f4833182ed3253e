// AnswerBoard: brings the answers of one shard's EVT to the commands that wait for them. The event log may show an
// answer before the broker's acknowledgement says which CMD sequence a frame got, so an answer is kept while a frame is
// in flight that begins with the same command: as many as there are such frames, however busy other writers are.
// Threads: any; one lock.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "command/command_batch.h"
#include "domain/events.h"

namespace sluice::command {

class AnswerBoard {
 public:
  /// Before a frame is published; `first` is its first command. Returns its ticket.
  std::uint64_t frame_begins(const CommandId& first);
  /// The frame has `sequence`: `waiters` (index in frame = position; empty batches wait for nothing) get its answer.
  void frame_logged(std::uint64_t ticket, CmdSequence sequence, std::vector<Waiter> waiters);
  /// The frame was given up.
  void frame_ends(std::uint64_t ticket);

  /// A complete answer, from the follower.
  /// `at`: when it was read, for receipts.
  void on_answer(const Answer& answer, EvtSequence sequence, Nanos at = {});
  /// Ends the waiting of those whose deadline has passed: logged, but not executed in time.
  void expire(Nanos now);
  CmdSequence answered() const;
  /// Commands that are logged and wait for their answer.
  std::size_t waiting() const { return waiting_count_.load(std::memory_order_relaxed); }
  /// Answers kept for frames in flight.
  std::size_t kept() const;

 private:
  struct InFlight {
    std::uint64_t floor = 0;  // newest answer when the frame began: its own is newer
    CommandId first;
  };
  struct Known {
    Answer answer;
    EvtSequence sequence;
    Nanos at;
  };
  static void deliver(const std::vector<Waiter>& waiters, const Answer& answer, EvtSequence sequence, Nanos at);
  void forget_early();

  mutable std::mutex mutex_;
  std::uint64_t tickets_ = 0;
  std::uint64_t answered_ = 0;
  std::map<std::uint64_t, InFlight> in_flight_;  // by ticket
  std::map<std::uint64_t, Known> early_;         // CMD sequence → answer that may belong to a frame in flight
  std::map<std::uint64_t, std::vector<Waiter>> waiting_;
  std::atomic<std::size_t> waiting_count_{0};
};

}  // namespace sluice::command
