#include "cli/kill/progress.h"

#include <algorithm>

namespace sluice::cli {

namespace {

/// From nothing known to recorded; a path never takes back what another one has seen.
int rank(v1::KillProgress progress) {
  switch (progress) {
    case v1::KILL_PROGRESS_CONFIRMED: return 3;
    case v1::KILL_PROGRESS_LATCHED: return 2;
    case v1::KILL_PROGRESS_NOT_CONFIRMED: return 1;
    default: return 0;
  }
}

void raise(v1::ShardKill& entry, v1::KillProgress progress) {
  if (rank(progress) > rank(entry.progress())) entry.set_progress(progress);
}

constexpr const char* kKeptByStandby =
    "an engine that does not own the shard now has it on disk, and executes nothing before it has taken effect";

}  // namespace

std::string name_of(v1::KillProgress progress) {
  switch (progress) {
    case v1::KILL_PROGRESS_CONFIRMED: return "CONFIRMED";
    case v1::KILL_PROGRESS_LATCHED: return "LATCHED";
    case v1::KILL_PROGRESS_NOT_CONFIRMED: return "NOT CONFIRMED";
    default: return "NOT REACHED";
  }
}

EngageProgress::EngageProgress(std::string kill_id, const std::vector<ShardId>& shards,
                               const std::vector<EngineTarget>& engines, bool service)
    : kill_id_(std::move(kill_id)), all_shards_known_(!shards.empty()) {
  for (const ShardId shard : shards) entry(shard);
  for (const EngineTarget& engine : engines) {
    paths_.push_back({.name = engine.address, .shard = engine.shard, .error = {}});
    if (engine.shard) entry(*engine.shard);
  }
  if (service) paths_.push_back({.name = kServicePath, .shard = {}, .error = {}});
}

v1::ShardKill& EngageProgress::entry(ShardId shard) {
  v1::ShardKill& entry = shards_[shard];
  entry.set_shard(shard.value());
  if (entry.progress() == v1::KILL_PROGRESS_UNSPECIFIED) entry.set_progress(v1::KILL_PROGRESS_NOT_REACHED);
  return entry;
}

void EngageProgress::take(std::size_t path, const v1::LatchResponse& latched) {
  {
    const std::lock_guard lock(mutex_);
    const ShardId shard{static_cast<std::uint16_t>(latched.shard())};
    paths_[path].shard = shard;
    paths_[path].answered = true;
    paths_[path].error.clear();
    v1::ShardKill& reached = entry(shard);
    if (latched.owner()) {
      reached.set_last_executed_sequence(latched.last_executed_sequence());
      raise(reached, v1::KILL_PROGRESS_LATCHED);
    } else {
      paths_[path].error = kKeptByStandby;
      raise(reached, v1::KILL_PROGRESS_NOT_CONFIRMED);
    }
  }
  changed_.ring();
}

void EngageProgress::take(std::size_t path, const v1::EngageResponse& answer) {
  {
    const std::lock_guard lock(mutex_);
    paths_[path].answered = true;
    paths_[path].error.clear();
    for (const v1::ShardKill& said : answer.shards()) {
      v1::ShardKill& known = entry(ShardId{static_cast<std::uint16_t>(said.shard())});
      if (said.progress() == v1::KILL_PROGRESS_CONFIRMED) {
        const std::uint64_t executed = std::max(known.last_executed_sequence(), said.last_executed_sequence());
        known = said;
        known.set_last_executed_sequence(executed);
      } else {
        raise(known, said.progress());
        known.set_detail(said.detail());
        if (said.last_executed_sequence() != 0) known.set_last_executed_sequence(said.last_executed_sequence());
      }
    }
    token_ = answer.token();
    all_shards_known_ = all_shards_known_ || answer.confirmed();
  }
  changed_.ring();
}

void EngageProgress::take(ShardId shard, const KillRecorded& record) {
  {
    const std::lock_guard lock(mutex_);
    v1::ShardKill& known = entry(shard);
    known.set_progress(v1::KILL_PROGRESS_CONFIRMED);
    known.set_event_sequence(record.event_sequence);
    known.set_chain(record.chain);
    known.set_orders_cancelled(record.orders_cancelled);
  }
  changed_.ring();
}

void EngageProgress::fail(std::size_t path, std::string error, bool refused) {
  {
    const std::lock_guard lock(mutex_);
    paths_[path].error = std::move(error);
    paths_[path].refused = refused;
    if (refused) paths_[path].answered = true;
  }
  changed_.ring();
}

void EngageProgress::know_shards(std::size_t count) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < count; ++i) entry(ShardId{static_cast<std::uint16_t>(i)});
  all_shards_known_ = true;
}

bool EngageProgress::all_at_least(v1::KillProgress progress) const {
  const std::lock_guard lock(mutex_);
  const bool all_known = all_shards_known_ || std::all_of(paths_.begin(), paths_.end(), [](const Path& path) {
                           return path.name == kServicePath || path.shard;
                         });
  return all_known && !shards_.empty() && std::all_of(shards_.begin(), shards_.end(), [&](const auto& known) {
           return rank(known.second.progress()) >= rank(progress);
         });
}

bool EngageProgress::confirmed() const { return all_at_least(v1::KILL_PROGRESS_CONFIRMED); }

bool EngageProgress::latched() const { return all_at_least(v1::KILL_PROGRESS_LATCHED); }

bool EngageProgress::all_heard() const {
  const std::lock_guard lock(mutex_);
  return std::all_of(paths_.begin(), paths_.end(),
                     [](const Path& path) { return path.answered || !path.error.empty(); });
}

bool EngageProgress::refused() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(paths_.begin(), paths_.end(), [](const Path& path) { return path.refused; });
}

/// Everything that stands between the shard and its kill, each path once.
std::string EngageProgress::why_not(ShardId shard) const {
  std::string why;
  for (const Path& path : paths_) {
    if (path.error.empty() || (path.shard && *path.shard != shard)) continue;
    why += (why.empty() ? "" : "; ") + path.name + ": " + path.error;
  }
  return why;
}

v1::EngageResponse EngageProgress::report() const {
  v1::EngageResponse report;
  report.set_confirmed(confirmed());
  const std::lock_guard lock(mutex_);
  report.set_kill_id(kill_id_);
  *report.mutable_token() = token_;
  for (const auto& [shard, known] : shards_) {
    v1::ShardKill& entry = *report.add_shards();
    entry = known;
    if (known.progress() == v1::KILL_PROGRESS_CONFIRMED) continue;
    const std::string why = why_not(shard);
    if (!why.empty()) entry.set_detail(why);
  }
  return report;
}

std::vector<EngageProgress::Path> EngageProgress::paths() const {
  const std::lock_guard lock(mutex_);
  return paths_;
}

}  // namespace sluice::cli
