#include "cli/scenario/live_replica.h"

#include "cli/context.h"
#include "engine/core/state.h"
#include "eventlog/snapshot_codec.h"
#include "runtime/channel.h"
#include "runtime/clock.h"
#include "runtime/doorbell.h"

namespace sluice::scenario {

namespace {

constexpr core::Capacity kCapacity{.orders = 1u << 14, .keys = 1u << 16};
constexpr Nanos kPatience{20 * kNanosPerSecond};
constexpr Nanos kPoll{2 * kNanosPerMilli};

void pause() {
  runtime::Doorbell bell;
  bell.wait(bell.value(), kPoll);
}

}  // namespace

LiveReplica::LiveReplica(eventlog::EventLog& log, const std::string& engine)
    : log_(log), engine_(v1::EngineControlService::NewStub(runtime::open_channel(engine))) {}

Result<v1::EngineControlServiceStatusResponse> LiveReplica::status() {
  cli::Context context;
  grpc::ClientContext call;
  context.prepare(call);
  v1::EngineControlServiceStatusResponse response;
  const auto status = engine_->Status(&call, {}, &response);
  if (!status.ok()) return Error{ErrorCode::kUnavailable, status.error_message()};
  return response;
}

Status LiveReplica::wait_for_owner() {
  const Nanos deadline = runtime::steady_now() + kPatience;
  std::string seen;
  do {
    const auto now = status();
    if (now.ok() && now.value().role() == "owner" && now.value().holds().empty()) return ok_status();
    seen = now.ok() ? now.value().ShortDebugString() : now.error().message;
    pause();
  } while (runtime::steady_now() < deadline);
  return Error{ErrorCode::kUnavailable, "the engine does not own its shard: " + seen};
}

Result<engine::Replica> LiveReplica::rebuild() {
  auto replica = engine::start_replica(log_, ShardId{0}, nullptr, kCapacity, "scenario-rebuild");
  if (!replica.ok()) return replica;
  const Nanos deadline = runtime::steady_now() + kPatience;
  std::string live_hash;
  // The live engine may still be at work on the second path of a kill: both are compared where they stand at the same
  // message.
  do {
    const auto live = status();
    if (!live.ok()) return live.error();
    const Status caught_up = engine::catch_up(log_, replica.value(), [](std::uint64_t, std::uint64_t) { return true; });
    if (!caught_up.ok()) return caught_up.error();
    replica.value().engine->state().check();
    live_hash = live.value().state_hash();
    if (live_hash == to_hex(replica.value().engine->state_hash())) return replica;
    pause();
  } while (runtime::steady_now() < deadline);
  return Error{ErrorCode::kCorrupt, "state hash of the rebuilt engine " + to_hex(replica.value().engine->state_hash()) +
                                        ", live " + live_hash};
}

Status LiveReplica::through_snapshot() {
  const auto replica = rebuild();
  if (!replica.ok()) return replica.error();
  const core::Engine& engine = *replica.value().engine;
  const eventlog::Snapshot saved{replica.value().fold->checkpoint(), engine.state_hash(), kLogicVersion,
                                 engine.image()};
  const auto bytes = eventlog::encode_snapshot(saved);
  const auto loaded = eventlog::decode_snapshot(bytes);
  if (!loaded.ok()) return loaded.error();
  const auto restored = core::Engine::restore(loaded.value().image, kCapacity);
  if (!restored.ok()) return restored.error();
  restored.value()->state().check();
  if (restored.value()->state_hash() != saved.state_hash || loaded.value().checkpoint != saved.checkpoint) {
    return Error{ErrorCode::kCorrupt, "the state restored from a snapshot differs from the one that was saved"};
  }
  const eventlog::Snapshot again{saved.checkpoint, restored.value()->state_hash(), kLogicVersion,
                                 restored.value()->image()};
  if (eventlog::encode_snapshot(again) != bytes)
    return Error{ErrorCode::kCorrupt, "a restored state is saved as other bytes"};
  return ok_status();
}

}  // namespace sluice::scenario
