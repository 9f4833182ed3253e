#include "command/answer_board.h"

#include <algorithm>
#include <utility>

namespace sluice::command {

namespace {

/// What command `i` caused: its order events, and the kills that its trades brought about.
std::unique_ptr<Answer> part_of(const Answer& answer, std::size_t i) {
  auto own = std::make_unique<Answer>();
  own->cmd_sequence = answer.cmd_sequence;
  own->log_time = answer.log_time;
  for_each_event(
      answer,
      [&](const ControlEvent& event) {
        const auto* kill = std::get_if<KillSwitchEngaged>(&event.body);
        if (kill == nullptr || kill->source != KillSource::kAutomatic || event.command_index != i) return;
        own->control_events.push_back(event);
        own->control_events.back().before = static_cast<std::uint32_t>(own->order_events.size());
      },
      [&](const OrderEvent& event) {
        if (event.command_index == i) own->order_events.push_back(event);
      });
  return own;
}

std::size_t count(const std::vector<Waiter>& waiters) {
  return static_cast<std::size_t>(
      std::count_if(waiters.begin(), waiters.end(), [](const Waiter& w) { return w.batch != nullptr; }));
}
}  // namespace

std::uint64_t AnswerBoard::frame_begins(const CommandId& first) {
  const std::lock_guard lock(mutex_);
  in_flight_[++tickets_] = {answered_, first};
  return tickets_;
}

void AnswerBoard::frame_logged(std::uint64_t ticket, CmdSequence sequence, std::vector<Waiter> waiters) {
  std::unique_lock lock(mutex_);
  in_flight_.erase(ticket);
  const auto early = early_.find(sequence.value());
  if (early == early_.end()) {
    if (const std::size_t more = count(waiters); more > 0) {
      waiting_count_.fetch_add(more, std::memory_order_relaxed);
      waiting_[sequence.value()] = std::move(waiters);
    }
    forget_early();
    return;
  }
  const Known known = std::move(early->second);
  early_.erase(early);
  forget_early();
  lock.unlock();
  deliver(waiters, known.answer, known.sequence, known.at);
}

void AnswerBoard::frame_ends(std::uint64_t ticket) {
  const std::lock_guard lock(mutex_);
  in_flight_.erase(ticket);
  forget_early();
}

void AnswerBoard::forget_early() {
  if (in_flight_.empty()) {
    early_.clear();
    return;
  }
  const auto oldest = std::min_element(in_flight_.begin(), in_flight_.end(),
                                       [](const auto& a, const auto& b) { return a.second.floor < b.second.floor; });
  early_.erase(early_.begin(), early_.upper_bound(oldest->second.floor));
}

void AnswerBoard::on_answer(const Answer& answer, EvtSequence sequence, Nanos at) {
  std::unique_lock lock(mutex_);
  if (answer.kind != AnswerKind::kAnswer) return;
  answered_ = answer.cmd_sequence.value();
  const auto waiting = waiting_.find(answered_);
  if (waiting == waiting_.end()) {
    // A frame that the engine refused as a whole has no outcomes: it may be anybody's.
    const bool may_be_ours = std::any_of(in_flight_.begin(), in_flight_.end(), [&](const auto& frame) {
      return answer.outcomes.empty() || answer.outcomes.front().command_id == frame.second.first;
    });
    if (may_be_ours) early_[answered_] = {answer, sequence, at};
    return;
  }
  const std::vector<Waiter> waiters = std::move(waiting->second);
  waiting_.erase(waiting);
  waiting_count_.fetch_sub(count(waiters), std::memory_order_relaxed);
  lock.unlock();
  deliver(waiters, answer, sequence, at);
}

void AnswerBoard::deliver(const std::vector<Waiter>& waiters, const Answer& answer, EvtSequence sequence, Nanos at) {
  for (std::size_t i = 0; i < waiters.size(); ++i) {
    const Waiter& waiter = waiters[i];
    if (waiter.batch == nullptr) continue;
    if (i >= answer.outcomes.size()) {  // the engine refused the frame as a whole
      waiter.batch->fail(waiter.slot,
                         Error{ErrorCode::kInternal, "the engine rejected the frame: see FrameRejected in the log"});
      continue;
    }
    waiter->outcome = answer.outcomes[i];
    waiter->evt_sequence = sequence;
    waiter->receipt.executed = at;
    if (waiter->want_events) waiter->own = part_of(answer, i);
    waiter.batch->complete(waiter.slot);
  }
}

void AnswerBoard::expire(Nanos now) {
  std::vector<Waiter> late;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [sequence, waiters] : waiting_) {
      for (Waiter& waiter : waiters) {
        if (waiter.batch != nullptr && waiter.batch->deadline() <= now) late.push_back(std::exchange(waiter, {}));
      }
    }
    waiting_count_.fetch_sub(late.size(), std::memory_order_relaxed);
    std::erase_if(waiting_, [](const auto& entry) {
      return std::all_of(entry.second.begin(), entry.second.end(), [](const Waiter& w) { return w.batch == nullptr; });
    });
  }
  for (const Waiter& waiter : late) {
    waiter.batch->fail(
        waiter.slot, Error{ErrorCode::kTimeout, "logged as command " + std::to_string(waiter->sequence.value()) + '/' +
                                                    std::to_string(waiter->index) + " of shard " +
                                                    std::to_string(waiter->shard.value()) +
                                                    ", but not executed in time; ask again with the same command_id"});
  }
}

CmdSequence AnswerBoard::answered() const {
  const std::lock_guard lock(mutex_);
  return CmdSequence{answered_};
}

std::size_t AnswerBoard::kept() const {
  const std::lock_guard lock(mutex_);
  return early_.size();
}

}  // namespace sluice::command
