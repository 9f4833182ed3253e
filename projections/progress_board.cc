#include "projections/progress_board.h"

#include <algorithm>
#include <chrono>

#include "base/invariant.h"

namespace sluice::projections {

ShardProgress ProgressBoard::of(ShardId shard) const {
  const std::lock_guard lock(mutex_);
  return shards_.at(shard.value());
}

bool ProgressBoard::all_live() const {
  const std::lock_guard lock(mutex_);
  return std::all_of(shards_.begin(), shards_.end(),
                     [](const ShardProgress& shard) { return shard.state == ProjectionState::kLive; });
}

const std::pair<const ShardId, CmdSequence>* ProgressBoard::first_missing(const SeenToken& token) const {
  for (const auto& wanted : token) {
    if (shards_.at(wanted.first.value()).cmd_sequence < wanted.second) return &wanted;
  }
  return nullptr;
}

void ProgressBoard::mark_projected(ShardId shard, CmdSequence first, CmdSequence last, Nanos at) {
  const std::uint64_t remembered = telemetry::StageLog::kRemembered;
  const std::uint64_t oldest = last.value() >= remembered ? last.value() - remembered + 1 : 1;
  for (std::uint64_t sequence = std::max(first.value(), oldest); sequence <= last.value(); ++sequence)
    projected_.at(shard.value())->mark(0, sequence, at);
}

Nanos ProgressBoard::projected(ShardId shard, CmdSequence sequence) const {
  return projected_.at(shard.value())->at(0, sequence.value());
}

void ProgressBoard::announce(ShardId shard, const ShardProgress& progress) {
  std::vector<std::function<void()>> served;
  bool state_changed = false;
  {
    const std::lock_guard lock(mutex_);
    ShardProgress& current = shards_.at(shard.value());
    INVARIANT(progress.cmd_sequence >= current.cmd_sequence);
    state_changed = current.state != progress.state;
    current = progress;
    auto& queue = waiting_[shard.value()];
    while (!queue.empty() && queue.begin()->first <= progress.cmd_sequence) {
      Waiter waiter = std::move(queue.begin()->second);
      queue.erase(queue.begin());
      const auto* const missing = first_missing(waiter.token);
      if (missing == nullptr) {
        served.push_back(std::move(waiter.callback));
      } else {
        // Copied out first: the waiter's token, to which `missing` points, moves with it.
        const auto [next_shard, next_sequence] = *missing;
        waiting_[next_shard.value()].emplace(next_sequence, std::move(waiter));
      }
    }
  }
  changed_.notify_all();
  for (const auto& callback : served) callback();
  if (state_changed && observer_) observer_();
}

bool ProgressBoard::reached(const SeenToken& token) const {
  const std::lock_guard lock(mutex_);
  return first_missing(token) == nullptr;
}

bool ProgressBoard::wait(const SeenToken& token, Nanos timeout) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::nanoseconds(timeout.value()),
                           [&] { return first_missing(token) == nullptr; });
}

std::uint64_t ProgressBoard::when_reached(SeenToken token, std::function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto* const missing = first_missing(token)) {
      const auto [shard, sequence] = *missing;
      const std::uint64_t id = next_id_++;
      waiting_[shard.value()].emplace(sequence, Waiter{id, std::move(token), std::move(callback)});
      return id;
    }
  }
  callback();
  return 0;
}

void ProgressBoard::forget(std::uint64_t waiter) {
  const std::lock_guard lock(mutex_);
  for (auto& queue : waiting_) {
    std::erase_if(queue, [&](const auto& entry) { return entry.second.id == waiter; });
  }
}

}  // namespace sluice::projections
