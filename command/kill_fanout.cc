#include "command/kill_fanout.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <mutex>

#include "runtime/clock.h"
#include "runtime/logging.h"

namespace sluice::command {

/// Kept alive by the callbacks of its direct calls: a call may end after the kill was reported.
struct KillFanout::Pending {
  struct Call {
    grpc::ClientContext context;
    v1::LatchRequest request;
    v1::LatchResponse response;
    bool latched = false;
    std::string error;
    ShardId shard;
  };
  KillId kill_id;
  Nanos deadline;                    // steady time
  std::vector<std::string> refused;  // by shard: why the log path did not even queue it
  std::mutex mutex;                  // of what the calls answer
  std::vector<std::unique_ptr<Call>> calls;
};

KillFanout::KillFanout(std::vector<std::unique_ptr<ShardLink>>& shards, const KillBook& book,
                       const std::vector<EngineAddress>& engines)
    : shards_(shards), book_(book) {
  for (const EngineAddress& engine : engines) {
    grpc::ChannelArguments arguments;
    // A channel of its own, so that a kill shares no connection; and quick to try again after an engine's restart.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
    engines_.push_back({engine.shard, v1::EngineControlService::NewStub(grpc::CreateCustomChannel(
                                          engine.address, grpc::InsecureChannelCredentials(), arguments))});
  }
}

KillFanout::~KillFanout() = default;

std::shared_ptr<KillFanout::Pending> KillFanout::start(const EngageKillSwitch& kill, const Principal& by, Nanos wait) {
  const auto pending = std::make_shared<Pending>();
  pending->kill_id = kill.kill_id;
  pending->deadline = runtime::steady_now() + wait;
  pending->refused.resize(shards_.size());
  for (const Engine& engine : engines_) {
    auto call = std::make_unique<Pending::Call>();
    call->shard = engine.shard;
    call->request.set_kill_id(to_string(kill.kill_id));
    call->request.set_scope(static_cast<v1::KillScope>(kill.scope));
    call->request.set_key(kill.key.str());
    call->request.set_mode(static_cast<v1::KillMode>(kill.mode));
    call->request.set_reason(kill.reason.str());
    call->request.set_principal(by.str());
    call->context.set_deadline(runtime::deadline_after(wait));
    pending->calls.push_back(std::move(call));
  }
  for (std::size_t i = 0; i < engines_.size(); ++i) {
    Pending::Call* call = pending->calls[i].get();
    engines_[i].stub->async()->Latch(&call->context, &call->request, &call->response,
                                     [pending, call](const grpc::Status& status) {
                                       const std::lock_guard lock(pending->mutex);
                                       call->latched = status.ok() && call->response.owner();
                                       call->error = status.ok() ? "the engine is standby" : status.error_message();
                                     });
  }
  // The log path at the same time: the batch only says whether the log took it; EVT says the rest.
  const auto batch = std::make_shared<CommandBatch>(shards_.size(), pending->deadline, [](CommandBatch&) {});
  const ControlCommand command{kill.kill_id, by, kill};
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const Waiter waiter{batch, i};
    waiter->shard = ShardId{static_cast<std::uint16_t>(i)};
    waiter->level = WaitLevel::kExecuted;
    if (const auto queued = shards_[i]->control().submit(0, command, waiter); !queued.ok())
      pending->refused[i] = queued.error().message;
  }
  return pending;
}

void KillFanout::wait(const Pending& pending) const { (void)book_.wait_recorded(pending.kill_id, pending.deadline); }

/// What the engines of a shard said to the direct path. True if its owner has latched the kill.
bool KillFanout::report_latched(Pending& pending, ShardId shard, v1::ShardKill& entry) {
  const std::lock_guard lock(pending.mutex);
  for (const auto& call : pending.calls) {
    if (call->shard != shard) continue;
    if (call->latched) {
      entry.set_last_executed_sequence(call->response.last_executed_sequence());
      entry.clear_detail();
      return true;
    }
    entry.set_detail(call->error);
  }
  return false;
}

void KillFanout::report(Pending& pending, v1::EngageResponse& response) const {
  bool confirmed = true;
  response.set_kill_id(to_string(pending.kill_id));
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const ShardId shard{static_cast<std::uint16_t>(i)};
    auto& entry = *response.add_shards();
    entry.set_shard(shard.value());
    if (const auto record = book_.record(shard, pending.kill_id)) {
      entry.set_progress(v1::KILL_PROGRESS_CONFIRMED);
      entry.set_event_sequence(record->sequence.value());
      entry.set_orders_cancelled(record->orders_cancelled);
      entry.set_chain(record->chain);
      (*response.mutable_token()->mutable_shards())[shard.value()] = shards_[i]->board().answered().value();
      (void)report_latched(pending, shard, entry);
      entry.clear_detail();
      continue;
    }
    confirmed = false;
    if (report_latched(pending, shard, entry)) {
      entry.set_progress(v1::KILL_PROGRESS_LATCHED);
      continue;
    }
    const std::string& refused = pending.refused[i];
    const bool logged = shards_[i]->control().log_reachable() && refused.empty();
    entry.set_progress(logged ? v1::KILL_PROGRESS_NOT_CONFIRMED : v1::KILL_PROGRESS_NOT_REACHED);
    if (!refused.empty()) entry.set_detail(refused);
    runtime::log_error(
        "a kill is not confirmed; the log path keeps trying",
        {{"kill_id", response.kill_id()}, {"shard", shard.value()}, {"logged", logged}, {"direct", entry.detail()}});
  }
  response.set_confirmed(confirmed);
}

}  // namespace sluice::command
