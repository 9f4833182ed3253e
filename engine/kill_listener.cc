#include "engine/kill_listener.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "runtime/clock.h"
#include "runtime/logging.h"
#include "runtime/status_mapping.h"
#include "runtime/this_thread.h"

namespace sluice::engine {

namespace {

constexpr Nanos kTakenWait{2 * kNanosPerSecond};
constexpr Nanos kPoll{kNanosPerMilli / 10};

grpc::Status read_kill(const v1::LatchRequest& request, eventlog::EmergencyKill& kill) {
  const auto id = parse_uuid(request.kill_id());
  const auto key = Name::from(request.key());
  const auto reason = Note::from(request.reason());
  const auto by = Principal::from(request.principal());
  if (!id) return runtime::invalid_argument({{"kill_id", "must be a UUID"}});
  if (!key || !reason || !by)
    return runtime::invalid_argument({{"key, reason, principal", "at most 32, 128 and 64 bytes"}});
  if (request.scope() < 1 || request.scope() > 4)
    return runtime::invalid_argument({{"scope", "must be global, account, symbol or strategy"}});
  kill.kill = {
      *id, static_cast<KillScope>(request.scope()),
      request.mode() == v1::KILL_MODE_UNSPECIFIED ? KillMode::kBlockAndCancel : static_cast<KillMode>(request.mode()),
      *key, *reason};
  if (request.mode() < 0 || request.mode() > v1::KILL_MODE_FLATTEN)
    return runtime::invalid_argument({{"mode", "is no known value"}});
  if ((kill.kill.scope == KillScope::kGlobal) != key->empty())
    return runtime::invalid_argument({{"key", "is needed, except for the global scope"}});
  kill.by = *by;
  return grpc::Status::OK;
}

void fill(const EngageKillSwitch& kill, const Principal& by, v1::EngagedScope& entry) {
  entry.set_scope(static_cast<v1::KillScope>(kill.scope));
  entry.set_key(kill.key.str());
  entry.set_mode(static_cast<v1::KillMode>(kill.mode));
  entry.set_kill_id(to_string(kill.kill_id));
  entry.set_engaged_by(by.str());
  entry.set_reason(kill.reason.str());
}

}  // namespace

KillListener::KillListener(ShardId shard, core::KillLatch& latch, KillDesk& desk, const EmergencyFile& emergency,
                           EngineStatus& status, const runtime::Callers& callers)
    : shard_(shard), latch_(latch), desk_(desk), emergency_(emergency), status_(status), callers_(callers) {
  worker_ = std::thread([this] { work(); });
}

KillListener::~KillListener() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  worker_.join();
}

grpc::ServerUnaryReactor* KillListener::Latch(grpc::CallbackServerContext* context, const v1::LatchRequest* request,
                                              v1::LatchResponse* response) {
  auto* reactor = context->DefaultReactor();
  Waiting waiting{reactor, response, {}};
  response->set_shard(shard_.value());
  if (const grpc::Status stored = store(*context, *request, waiting.stored); !stored.ok()) {
    reactor->Finish(stored);
    return reactor;
  }
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(waiting));
  }
  changed_.notify_one();
  return reactor;
}

grpc::Status KillListener::store(const grpc::CallbackServerContext& context, const v1::LatchRequest& request,
                                 KillDesk::Stored& stored) const {
  stored.received_at = runtime::steady_now();
  eventlog::EmergencyKill kill;
  if (const grpc::Status read = read_kill(request, kill); !read.ok()) return read;
  // The command service names whom it speaks for; a direct caller speaks for itself.
  if (kill.by.empty()) {
    if (const grpc::Status named = callers_.of(context, kill.by); !named.ok()) return named;
  }
  stored.kill = {kill.kill, kill.by, request.drill()};
  const auto latched = desk_.store(stored.kill, stored.received_at);
  if (!latched.ok()) return runtime::resource_exhausted(latched.error().message, Nanos{100 * kNanosPerMilli});
  stored.latched = latched.value();
  return grpc::Status::OK;
}

// While kills wait to be taken, which an executing thread that is stuck never does, later ones are synced all the same.
void KillListener::work() {
  runtime::name_this_thread("kill-desk");
  std::vector<Waiting> kept;
  while (true) {
    std::vector<Waiting> come;
    {
      std::unique_lock lock(mutex_);
      const auto woken = [this] { return stop_ || !waiting_.empty(); };
      if (kept.empty()) changed_.wait(lock, woken);
      else changed_.wait_for(lock, std::chrono::nanoseconds(kPoll.value()), [this] { return !waiting_.empty(); });
      if (waiting_.empty() && kept.empty()) return;
      come = std::exchange(waiting_, {});
    }
    if (!come.empty()) keep(come);
    kept.insert(kept.end(), come.begin(), come.end());
    std::erase_if(kept, [this](const Waiting& waiting) { return answered(waiting); });
  }
}

void KillListener::keep(std::vector<Waiting>& waiting) {
  std::vector<KillDesk::Stored> kills;
  for (const Waiting& one : waiting) kills.push_back(one.stored);
  const ::sluice::Status synced = desk_.keep(kills);
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    waiting[i].stored = kills[i];
    waiting[i].deadline = runtime::steady_now() + kTakenWait;
    if (synced.ok()) continue;
    runtime::log_error("a latched kill is not in the emergency file",
                       {{"kill_id", to_string(kills[i].kill.kill.kill_id)}, {"why", synced.error().message}});
    waiting[i].reactor->Finish(runtime::to_grpc_status(synced.error()));
  }
  if (!synced.ok()) waiting.clear();
}

// The executing thread polls before each command and in every wait; it takes the kill before it does anything else.
bool KillListener::answered(const Waiting& waiting) const {
  const KillDesk::Latched& latched = waiting.stored.latched;
  const bool taken = latch_.taken() >= latched.ordinal;
  if (latched.owner && !taken && runtime::steady_now() < waiting.deadline) return false;
  waiting.response->set_owner(latched.owner);
  waiting.response->set_last_executed_sequence(status_.executed.load().cmd_sequence);
  if (latched.owner && taken) waiting.response->set_stop_nanos(status_.stops.of(latched.ordinal).value());
  waiting.reactor->Finish(grpc::Status::OK);
  return true;
}

void KillListener::add_engaged(bool owner, v1::EngineControlServiceStatusResponse& response) const {
  const auto engaged = status_.engaged_kills.load();
  const std::uint64_t acknowledged = status_.answers_acknowledged.load();
  for (const EngagedKills::Scope& scope : engaged) {
    v1::EngagedScope& entry = *response.add_engaged();
    fill(scope.kill.newest.kill, scope.kill.newest.by, entry);
    entry.set_mode(static_cast<v1::KillMode>(scope.kill.mode));
    entry.set_since_unix_nanos(scope.kill.since.value());
    entry.set_orders_cancelled(scope.kill.newest.orders_cancelled);
    entry.set_recorded(scope.answer <= acknowledged);
    entry.set_in_effect(true);
  }
  for (const eventlog::EmergencyKill& kept : emergency_.kills()) {
    // A kill that is in effect stays in the file until it is recorded; it is in the list, or a newer one of its scope.
    const bool listed = std::any_of(engaged.begin(), engaged.end(), [&](const EngagedKills::Scope& scope) {
      const EngageKillSwitch& newest = scope.kill.newest.kill;
      return newest.kill_id == kept.kill.kill_id ||
             (owner && newest.scope == kept.kill.scope && newest.key == kept.kill.key);
    });
    if (!listed) fill(kept.kill, kept.by, *response.add_engaged());
  }
}

grpc::ServerUnaryReactor* KillListener::Status(grpc::CallbackServerContext* context,
                                               const v1::EngineControlServiceStatusRequest*,
                                               v1::EngineControlServiceStatusResponse* response) {
  const auto executed = status_.executed.load();
  const auto holds = status_.holds.names();
  const Role role = status_.role.load();
  response->set_shard(shard_.value());
  response->set_role(std::string(role == Role::kOwner && !holds.empty() ? "held" : name_of(role)));
  response->set_epoch(status_.epoch.load());
  response->set_command_sequence(executed.cmd_sequence);
  response->set_event_sequence(status_.evt_acknowledged.load());
  if (role == Role::kOwner) response->set_state_hash(to_hex(executed.state_hash));
  for (const std::string_view hold : holds) response->add_holds(std::string(hold));
  add_engaged(role == Role::kOwner, *response);
  auto* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* KillListener::Heartbeat(grpc::CallbackServerContext* context, const v1::HeartbeatRequest*,
                                                  v1::HeartbeatResponse* response) {
  status_.heartbeat.store(runtime::steady_now().value(), std::memory_order_release);
  response->set_shard(shard_.value());
  response->set_hold_after_nanos(status_.heartbeat_hold_after.load(std::memory_order_relaxed));
  auto* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* KillListener::GetStageTimes(grpc::CallbackServerContext* context,
                                                      const v1::EngineControlServiceGetStageTimesRequest* request,
                                                      v1::EngineControlServiceGetStageTimesResponse* response) {
  auto* reactor = context->DefaultReactor();
  if (request->shard() != shard_.value() || request->sequences_size() > telemetry::StageLog::kAskedMax) {
    reactor->Finish(runtime::invalid_argument(
        {{"shard, sequences", "must be shard " + std::to_string(shard_.value()) + ", and at most 1024"}}));
    return reactor;
  }
  for (const std::uint64_t sequence : request->sequences()) {
    const Nanos in = status_.stages.at(kStageIn, sequence);
    if (in == Nanos{0}) continue;
    auto& times = *response->add_times();
    times.set_sequence(sequence);
    times.set_engine_in_unix_nanos(in.value());
    times.set_decided_unix_nanos(status_.stages.at(kStageDecided, sequence).value());
    times.set_event_acknowledged_unix_nanos(status_.stages.at(kStageEventAcknowledged, sequence).value());
  }
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace sluice::engine
