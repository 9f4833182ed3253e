#include "command/kill_fanout.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <set>

#include "runtime/channel.h"
#include "runtime/clock.h"
#include "runtime/logging.h"

namespace sluice::command {

/// What became of the kill's own command in each shard's log. A kill that the latch recorded stands behind no command,
/// so only this one's sequence says to a query how far it must be to see the kill.
struct KillFanout::Logged {
  std::mutex mutex;
  std::condition_variable answered;
  bool done = false;
  std::vector<CmdSequence> sequences;  // by shard; 0: not answered in time

  void set(const CommandBatch& batch) {
    const std::lock_guard lock(mutex);
    for (const Slot& slot : batch.slots()) sequences.push_back(slot.error ? CmdSequence{} : slot.sequence);
    done = true;
    answered.notify_all();
  }
  void wait(Nanos deadline) {
    std::unique_lock lock(mutex);
    const Nanos left = deadline - runtime::steady_now();
    answered.wait_for(lock, std::chrono::nanoseconds(std::max<std::int64_t>(left.value(), 0)), [this] { return done; });
  }
  CmdSequence of(ShardId shard) {
    const std::lock_guard lock(mutex);
    return shard.value() < sequences.size() ? sequences[shard.value()] : CmdSequence{};
  }
};

/// Kept alive by the callbacks of its direct calls: a call may end after the kill was reported.
struct KillFanout::Pending {
  struct Call {
    grpc::ClientContext context;
    v1::LatchRequest request;
    v1::LatchResponse response;
    bool latched = false;  // by the shard's owner
    bool kept = false;     // by another engine
    std::string error;
    ShardId shard;
  };
  KillId kill_id;
  Nanos deadline;  // steady time
  bool linked = false;
  bool remembered = false;
  const std::shared_ptr<Logged> logged = std::make_shared<Logged>();
  std::vector<std::string> not_logged;  // by shard: why the log path did not take it; only if linked
  std::mutex mutex;                     // of what the calls answer
  std::vector<std::unique_ptr<Call>> calls;

  std::string why_not_logged(ShardId shard) const {
    if (linked) return not_logged[shard.value()];
    return remembered ? "the log has not been read since this service started"
                      : "the log cannot be read, and too many kills wait for it: ask again";
  }
};

KillFanout::KillFanout(const ShardLinks& shards, const KillBook& book, const std::vector<EngineAddress>& engines)
    : shards_(shards), book_(book) {
  for (const EngineAddress& engine : engines) {
    // A kill shares no connection.
    engines_.push_back({engine.shard, v1::EngineControlService::NewStub(runtime::open_channel(engine.address))});
  }
}

KillFanout::~KillFanout() = default;

void KillFanout::latch(const std::shared_ptr<Pending>& pending, const EngageKillSwitch& kill, const Principal& by,
                       Nanos wait) {
  for (const Engine& engine : engines_) {
    auto call = std::make_unique<Pending::Call>();
    call->shard = engine.shard;
    call->error = "the engine has not answered in time";
    call->request.set_kill_id(to_string(kill.kill_id));
    call->request.set_scope(static_cast<v1::KillScope>(kill.scope));
    call->request.set_key(kill.key.str());
    call->request.set_mode(static_cast<v1::KillMode>(kill.mode));
    call->request.set_reason(kill.reason.str());
    call->request.set_principal(by.str());
    call->context.set_deadline(runtime::deadline_after(wait));
    pending->calls.push_back(std::move(call));
  }
  // Complete before the first callback can run.
  for (std::size_t i = 0; i < engines_.size(); ++i) {
    Pending::Call* raw = pending->calls[i].get();
    engines_[i].stub->async()->Latch(&raw->context, &raw->request, &raw->response,
                                     [pending, raw](const grpc::Status& status) {
                                       const std::lock_guard lock(pending->mutex);
                                       raw->latched = status.ok() && raw->response.owner();
                                       raw->kept = status.ok() && !raw->response.owner();
                                       raw->error = status.error_message();
                                     });
  }
}

bool KillFanout::remember(const Asked& asked, bool& linked) {
  const std::lock_guard lock(mutex_);
  // Under the lock: whoever sees no links is in the list before log_unconfirmed() reads it.
  linked = shards_.linked();
  std::erase_if(unconfirmed_, [this](const Asked& known) { return book_.recorded(known.kill.kill_id); });
  const bool known = std::any_of(unconfirmed_.begin(), unconfirmed_.end(),
                                 [&](const Asked& other) { return other.kill.kill_id == asked.kill.kill_id; });
  if (known) return true;
  if (unconfirmed_.size() >= kUnconfirmedMax) return false;
  unconfirmed_.push_back(asked);
  return true;
}

std::vector<KillFanout::Asked> KillFanout::unconfirmed() {
  const std::lock_guard lock(mutex_);
  std::erase_if(unconfirmed_, [this](const Asked& known) { return book_.recorded(known.kill.kill_id); });
  return unconfirmed_;
}

void KillFanout::log_unconfirmed() {
  const std::lock_guard lock(mutex_);
  for (const Asked& asked : unconfirmed_) {
    for (const std::string& refused : log(asked, runtime::steady_now(), std::make_shared<Logged>())) {
      if (!refused.empty())
        runtime::log_error("a kill does not enter the log",
                           {{"kill_id", to_string(asked.kill.kill_id)}, {"why", refused}});
    }
  }
}

std::vector<std::string> KillFanout::log(const Asked& asked, Nanos deadline, const std::shared_ptr<Logged>& logged) {
  // The batch only says whether the log took it; EVT says the rest.
  const auto batch = std::make_shared<CommandBatch>(shards_.size(), deadline,
                                                    [logged](const CommandBatch& done) { logged->set(done); });
  const ControlCommand command{asked.kill.kill_id, asked.by, asked.kill};
  std::vector<std::string> refused(shards_.size());
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const Waiter waiter{batch, i};
    waiter->shard = ShardId{static_cast<std::uint16_t>(i)};
    waiter->level = WaitLevel::kExecuted;
    if (const auto queued = shards_[i]->control().submit(0, command, waiter); !queued.ok()) {
      refused[i] = queued.error().message;
      batch->fail(i, queued.error());
    }
  }
  return refused;
}

/// Those of the log; before it was read, those whose engines are configured.
std::vector<ShardId> KillFanout::known_shards() const {
  std::set<ShardId> shards;
  for (std::size_t i = 0; i < shards_.size(); ++i) shards.insert(ShardId{static_cast<std::uint16_t>(i)});
  if (shards.empty()) {
    for (const Engine& engine : engines_) shards.insert(engine.shard);
  }
  return {shards.begin(), shards.end()};
}

std::shared_ptr<KillFanout::Pending> KillFanout::start(const EngageKillSwitch& kill, const Principal& by, Nanos wait) {
  const auto pending = std::make_shared<Pending>();
  pending->kill_id = kill.kill_id;
  pending->deadline = runtime::steady_now() + wait;
  latch(pending, kill, by, wait);
  // The log path at the same time.
  pending->remembered = remember({kill, by}, pending->linked);
  if (pending->linked) pending->not_logged = log({kill, by}, pending->deadline, pending->logged);
  return pending;
}

void KillFanout::wait(const Pending& pending) const {
  // A recorded kill has taken effect; its own command follows at once, and makes the token whole.
  if (book_.wait_recorded(pending.kill_id, pending.deadline) && pending.linked) pending.logged->wait(pending.deadline);
}

void KillFanout::report(Pending& pending, v1::EngageResponse& response) {
  response.set_kill_id(to_string(pending.kill_id));
  response.set_confirmed(book_.recorded(pending.kill_id));
  for (const ShardId shard : known_shards()) report_shard(pending, shard, response);
  for (const v1::ShardKill& entry : response.shards())
    answered_[entry.progress()].fetch_add(1, std::memory_order_relaxed);
}

void KillFanout::report_shard(Pending& pending, ShardId shard, v1::EngageResponse& response) const {
  auto& entry = *response.add_shards();
  entry.set_shard(shard.value());
  if (const auto record = shards_.linked() ? book_.record(shard, pending.kill_id) : std::nullopt) {
    entry.set_progress(v1::KILL_PROGRESS_CONFIRMED);
    entry.set_event_sequence(record->sequence.value());
    entry.set_orders_cancelled(record->orders_cancelled);
    entry.set_chain(record->chain);
    if (const CmdSequence seen = pending.logged->of(shard); seen != CmdSequence{})
      (*response.mutable_token()->mutable_shards())[shard.value()] = seen.value();
  }
  bool kept = false;
  std::string why;
  {
    const std::lock_guard lock(pending.mutex);
    for (const auto& call : pending.calls) {
      if (call->shard != shard) continue;
      if (call->latched) entry.set_last_executed_sequence(call->response.last_executed_sequence());
      if (call->latched && entry.progress() == v1::KILL_PROGRESS_UNSPECIFIED)
        entry.set_progress(v1::KILL_PROGRESS_LATCHED);
      kept = kept || call->kept;
      if (!call->error.empty()) why += (why.empty() ? "" : "; ") + call->error;
    }
  }
  if (entry.progress() != v1::KILL_PROGRESS_UNSPECIFIED) return;
  const std::string not_logged = pending.why_not_logged(shard);
  const bool logged = not_logged.empty() && shards_[shard.value()]->control().log_reachable();
  entry.set_progress(logged || kept ? v1::KILL_PROGRESS_NOT_CONFIRMED : v1::KILL_PROGRESS_NOT_REACHED);
  if (kept)
    why = "an engine that does not own the shard now has it on disk, and executes nothing before it has taken effect";
  if (!not_logged.empty()) why += (why.empty() ? "" : "; ") + not_logged;
  entry.set_detail(why);
  runtime::log_error("a kill is not confirmed; the log path keeps trying",
                     {{"kill_id", response.kill_id()}, {"shard", shard.value()}, {"logged", logged}, {"why", why}});
}

}  // namespace sluice::command
