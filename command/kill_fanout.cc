#include "command/kill_fanout.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <mutex>

#include "runtime/clock.h"
#include "runtime/logging.h"

namespace sluice::command {

/// One kill's direct calls. Kept alive by its callbacks: a call may end after the fan-out has answered.
struct KillFanout::Direct {
  struct Call {
    grpc::ClientContext context;
    v1::LatchRequest request;
    v1::LatchResponse response;
    bool latched = false;
    std::string error;
    ShardId shard;
  };
  std::mutex mutex;
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

void KillFanout::engage(const EngageKillSwitch& kill, const Principal& by, Nanos wait, v1::EngageResponse& response) {
  const Nanos deadline = runtime::steady_now() + wait;
  const auto direct = std::make_shared<Direct>();
  for (const Engine& engine : engines_) {
    auto call = std::make_unique<Direct::Call>();
    call->shard = engine.shard;
    call->request.set_kill_id(to_string(kill.kill_id));
    call->request.set_scope(static_cast<v1::KillScope>(kill.scope));
    call->request.set_key(kill.key.str());
    call->request.set_mode(static_cast<v1::KillMode>(kill.mode));
    call->request.set_reason(kill.reason.str());
    call->request.set_principal(by.str());
    call->context.set_deadline(runtime::deadline_after(wait));
    Direct::Call* raw = call.get();
    direct->calls.push_back(std::move(call));
    engine.stub->async()->Latch(&raw->context, &raw->request, &raw->response,
                                [direct, raw](const grpc::Status& status) {
                                  const std::lock_guard lock(direct->mutex);
                                  raw->latched = status.ok() && raw->response.owner();
                                  raw->error = status.ok() ? "the engine is standby" : status.error_message();
                                });
  }
  // The log path at the same time: the batch only says whether the log took it; EVT says the rest.
  const auto batch = std::make_shared<CommandBatch>(shards_.size(), deadline, [](CommandBatch&) {});
  const ControlCommand command{kill.kill_id, by, kill};
  std::vector<std::string> refused(shards_.size());
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const Waiter waiter{batch, i};
    waiter->shard = ShardId{static_cast<std::uint16_t>(i)};
    waiter->level = WaitLevel::kExecuted;
    if (const auto queued = shards_[i]->control().submit(0, command, waiter); !queued.ok())
      refused[i] = queued.error().message;
  }
  response.set_kill_id(to_string(kill.kill_id));
  response.set_confirmed(book_.wait_recorded(kill.kill_id, deadline));
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const ShardId shard{static_cast<std::uint16_t>(i)};
    auto& entry = *response.add_shards();
    entry.set_shard(shard.value());
    {
      const std::lock_guard lock(direct->mutex);
      for (const auto& call : direct->calls) {
        if (call->shard != shard) continue;
        if (call->latched) entry.set_last_executed_sequence(call->response.last_executed_sequence());
        entry.set_progress(call->latched ? v1::KILL_PROGRESS_LATCHED
                                         : std::max(entry.progress(), v1::KILL_PROGRESS_UNSPECIFIED));
        if (!call->latched) entry.set_detail(call->error);
      }
    }
    if (const auto record = book_.record(shard, kill.kill_id)) {
      entry.set_progress(v1::KILL_PROGRESS_CONFIRMED);
      entry.set_event_sequence(record->sequence.value());
      entry.set_orders_cancelled(record->orders_cancelled);
      entry.set_chain(record->chain);
      entry.clear_detail();
      (*response.mutable_token()->mutable_shards())[shard.value()] = shards_[i]->board().answered().value();
    }
    if (entry.progress() == v1::KILL_PROGRESS_CONFIRMED || entry.progress() == v1::KILL_PROGRESS_LATCHED) continue;
    const bool logged = shards_[i]->control().log_reachable() && refused[i].empty();
    entry.set_progress(logged ? v1::KILL_PROGRESS_NOT_CONFIRMED : v1::KILL_PROGRESS_NOT_REACHED);
    if (!refused[i].empty()) entry.set_detail(refused[i]);
    runtime::log_error(
        "a kill is not confirmed; the log path keeps trying",
        {{"kill_id", response.kill_id()}, {"shard", shard.value()}, {"logged", logged}, {"direct", entry.detail()}});
  }
  for (const v1::ShardKill& entry : response.shards())
    answered_[entry.progress()].fetch_add(1, std::memory_order_relaxed);
}

}  // namespace sluice::command
