#include "command/kill_switch_service.h"

#include "command/command_service.h"
#include "command/result_mapping.h"
#include "protomap/enums.h"
#include "protomap/event_proto.h"
#include "runtime/clock.h"
#include "runtime/ids.h"
#include "runtime/status_mapping.h"
#include "runtime/this_thread.h"

namespace sluice::command {

namespace {

constexpr std::size_t kWorkers = 4;    // calls that wait for their confirmation at a time
constexpr std::size_t kJobsMax = 256;  // calls behind them; more are answered at once, unconfirmed

grpc::Status read_scope(v1::KillScope from, const std::string& key, KillScope& scope, Name& name) {
  if (from < v1::KILL_SCOPE_GLOBAL || from > v1::KILL_SCOPE_STRATEGY)
    return runtime::invalid_argument({{"scope", "must be GLOBAL, ACCOUNT, SYMBOL or STRATEGY"}});
  if (from == v1::KILL_SCOPE_GLOBAL && !key.empty())
    return runtime::invalid_argument({{"key", "must be empty for the global scope"}});
  if (from != v1::KILL_SCOPE_GLOBAL && !is_valid_name(key))
    return runtime::invalid_argument({{"key", "must be the account, symbol or strategy to stop"}});
  scope = static_cast<KillScope>(from);
  name = *Name::from(key);
  return grpc::Status::OK;
}

/// An answer that holds what some shards did must reach the caller, who would not know otherwise; the others are named
/// in it. Only where no shard has answered is the call itself a failure.
grpc::Status status_of_all(const CommandBatch& batch) {
  grpc::Status status = grpc::Status::OK;
  for (const Slot& slot : batch.slots()) {
    if (slot.outcome) return grpc::Status::OK;
    if (slot.error) status = status_of(slot);
  }
  return status;
}

}  // namespace

KillSwitchService::KillSwitchService(const ShardLinks& shards, const Directory& directory, const KillBook& book,
                                     KillFanout& fanout, const Refusals& refusals, Nanos wait)
    : shards_(shards), directory_(directory), book_(book), fanout_(fanout), refusals_(refusals), wait_(wait) {
  for (std::size_t i = 0; i < kWorkers; ++i) workers_.emplace_back([this] { work(); });
}

KillSwitchService::~KillSwitchService() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void KillSwitchService::work() {
  runtime::name_this_thread("kill-worker");
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
  }
}

grpc::Status KillSwitchService::read_named_principal(const grpc::CallbackServerContext& context,
                                                     Principal& principal) const {
  if (const auto status = refusals_.callers().of(context, principal); !status.ok()) return status;
  if (principal.view() == runtime::kAnonymous)
    return runtime::invalid_argument({{"metadata sluice-principal", "a release needs two people: say who you are"}});
  return grpc::Status::OK;
}

grpc::Status KillSwitchService::read_kill(const v1::EngageRequest& request, EngageKillSwitch& kill) const {
  if (const auto status = read_scope(request.scope(), request.key(), kill.scope, kill.key); !status.ok()) return status;
  if (request.mode() < 0 || request.mode() > v1::KILL_MODE_FLATTEN)
    return runtime::invalid_argument({{"mode", "is no known value"}});
  if (request.mode() == v1::KILL_MODE_FLATTEN && request.scope() == v1::KILL_SCOPE_STRATEGY) {
    return runtime::invalid_argument(
        {{"mode", "FLATTEN is not for a strategy, which has no position of its own; flatten its accounts"}});
  }
  if (const auto mode = protomap::from_proto(request.mode())) kill.mode = *mode;
  const auto reason = Note::from(request.reason());
  if (!reason) return runtime::invalid_argument({{"reason", "must be at most 128 bytes of text"}});
  const auto id = request.kill_id().empty() ? std::optional(runtime::new_uuid()) : parse_uuid(request.kill_id());
  if (!id) return runtime::invalid_argument({{"kill_id", "must be a UUID, or empty"}});
  // Before the names are read every name is unknown: a kill must not be refused for that.
  if (shards_.caught_up() && !request.allow_unknown_key() && !directory_.knows(kill.scope, kill.key)) {
    return runtime::not_found(
        "'" + request.key() +
        "' is not registered in any shard: a typing error? Set allow_unknown_key to engage it all the same");
  }
  kill.kill_id = *id;
  kill.reason = *reason;
  return grpc::Status::OK;
}

grpc::ServerUnaryReactor* KillSwitchService::Engage(grpc::CallbackServerContext* context,
                                                    const v1::EngageRequest* request, v1::EngageResponse* response) {
  const Request what{"Engage", request->kill_id(), request->key()};
  EngageKillSwitch kill;
  Principal by;
  if (const auto status = read_kill(*request, kill); !status.ok()) return refusals_.finish(context, what, status);
  if (const auto status = refusals_.callers().of(*context, by); !status.ok())
    return refusals_.finish(context, what, status);
  auto* reactor = context->DefaultReactor();
  // On this thread: while others wait for a confirmation that does not come, this kill must not wait for them.
  const auto pending = fanout_.start(kill, by, wait_);
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() < kJobsMax) {
      jobs_.push_back([this, reactor, response, pending] {
        fanout_.wait(*pending);
        fanout_.report(*pending, *response);
        reactor->Finish(grpc::Status::OK);
      });
      changed_.notify_one();
      return reactor;
    }
  }
  fanout_.report(*pending, *response);
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* KillSwitchService::log_everywhere(grpc::CallbackServerContext* context, const Request& what,
                                                            const std::function<ControlCommandBody(std::size_t)>& body,
                                                            const std::function<void(CommandBatch&)>& write) {
  Principal by;
  if (const auto status = read_named_principal(*context, by); !status.ok())
    return refusals_.finish(context, what, status);
  // A release needs the log: unlike stopping, letting go may wait.
  if (!shards_.linked()) {
    return refusals_.finish(
        context, what,
        runtime::to_grpc_status({ErrorCode::kUnavailable,
                                 "the log has not been read since this service started; nothing was "
                                 "released"}));
  }
  auto* reactor = context->DefaultReactor();
  const auto batch = std::make_shared<CommandBatch>(shards_.size(), runtime::steady_now() + wait_,
                                                    [reactor, write](CommandBatch& done) {
                                                      write(done);
                                                      reactor->Finish(status_of_all(done));
                                                    });
  const CommandId id = runtime::new_command_id();
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const Waiter waiter{batch, i};
    waiter->shard = ShardId{static_cast<std::uint16_t>(i)};
    waiter->command_id = id;
    if (const auto queued = shards_[i]->releases().submit(0, {id, by, body(i)}, waiter); !queued.ok())
      batch->fail(i, queued.error());
  }
  return reactor;
}

template <typename Response>
void KillSwitchService::write_shards(const CommandBatch& batch, Response& response) const {
  for (const Slot& slot : batch.slots()) {
    if (!slot.error) write_result(slot, directory_, *response.add_results());
    write_token(slot, *response.mutable_token());
    v1::ShardRelease& shard = *response.add_shards();
    shard.set_shard(slot.shard.value());
    shard.set_done(slot.outcome && slot.outcome->code == OutcomeCode::kExecuted);
    if (slot.outcome) shard.set_reason(protomap::to_proto(slot.outcome->reason));
    else shard.set_detail(slot.error ? slot.error->message : "logged, and not answered yet");
  }
}

grpc::ServerUnaryReactor* KillSwitchService::RequestRelease(grpc::CallbackServerContext* context,
                                                            const v1::RequestReleaseRequest* request,
                                                            v1::RequestReleaseResponse* response) {
  const Request what{"RequestRelease", request->release_id(), request->key()};
  sluice::RequestRelease release;
  if (const auto status = read_scope(request->scope(), request->key(), release.scope, release.key); !status.ok())
    return refusals_.finish(context, what, status);
  const auto kill = parse_uuid(request->kill_id());
  if (!kill)
    return refusals_.finish(
        context, what, runtime::invalid_argument({{"kill_id", "must be the newest kill of the scope, from Status"}}));
  const auto id =
      request->release_id().empty() ? std::optional(runtime::new_uuid()) : parse_uuid(request->release_id());
  const auto reason = Note::from(request->reason());
  if (!id || !reason)
    return refusals_.finish(
        context, what,
        runtime::invalid_argument({{"release_id, reason", "must be a UUID or empty; at most 128 bytes"}}));
  release.release_id = *id;
  release.kill_id = *kill;
  release.reason = *reason;
  response->set_release_id(to_string(*id));
  return log_everywhere(
      context, what,
      [this, release](std::size_t i) {
        sluice::RequestRelease mine = release;
        if (const auto state = book_.state(ShardId{static_cast<std::uint16_t>(i)}, release.scope, release.key))
          mine.kill_sequence = state->sequence;
        return mine;
      },
      [this, response](CommandBatch& batch) { write_shards(batch, *response); });
}

grpc::ServerUnaryReactor* KillSwitchService::ApproveRelease(grpc::CallbackServerContext* context,
                                                            const v1::ApproveReleaseRequest* request,
                                                            v1::ApproveReleaseResponse* response) {
  const Request what{"ApproveRelease", request->release_id(), {}};
  const auto id = parse_uuid(request->release_id());
  const auto reason = Note::from(request->reason());
  if (!id || !reason)
    return refusals_.finish(context, what,
                            runtime::invalid_argument({{"release_id, reason", "must be a UUID; at most 128 bytes"}}));
  const sluice::ApproveRelease approve{*id, *reason};
  return log_everywhere(
      context, what, [approve](std::size_t) { return approve; },
      [this, response, release = *id](CommandBatch& batch) {
        write_shards(batch, *response);
        bool released = true;
        for (v1::ShardRelease& shard : *response->mutable_shards()) {
          // Approved again after a shard was not reached: those that had released know the request no more.
          if (book_.released(ShardId{static_cast<std::uint16_t>(shard.shard())}, release)) shard.set_done(true);
          if (shard.done()) shard.clear_reason();
          released = released && shard.done();
        }
        response->set_released(released);
      });
}

grpc::ServerUnaryReactor* KillSwitchService::Status(grpc::CallbackServerContext* context, const v1::StatusRequest*,
                                                    v1::StatusResponse* response) {
  response->set_complete(shards_.caught_up());
  for (const KillFanout::Asked& asked : fanout_.unconfirmed()) {
    auto& entry = *response->add_unconfirmed();
    entry.set_kill_id(to_string(asked.kill.kill_id));
    entry.set_scope(protomap::to_proto(asked.kill.scope));
    entry.set_key(asked.kill.key.str());
    entry.set_reason(asked.kill.reason.str());
    entry.set_principal(asked.by.str());
  }
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const ShardId shard{static_cast<std::uint16_t>(i)};
    for (const KillState& state : book_.states(shard)) {
      auto& entry = *response->add_kill_switches();
      entry.set_shard(shard.value());
      entry.set_engaged(state.engaged);
      protomap::fill(state.newest, *entry.mutable_newest());
      entry.set_since_unix_nanos(state.since.value());
      entry.set_event_sequence(state.sequence.value());
      if (state.engaged) entry.set_effective_mode(protomap::to_proto(state.mode));
      for (const ReleaseRequested& open : state.open_releases) protomap::fill(open, *entry.add_open_releases());
    }
    (*response->mutable_seen()->mutable_shards())[shard.value()] = shards_[i]->board().answered().value();
  }
  return finish(context, grpc::Status::OK);
}

}  // namespace sluice::command
