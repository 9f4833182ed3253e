#include "cli/replica_check.h"

#include "cli/context.h"
#include "engine/core/state.h"
#include "engine/recovery.h"
#include "runtime/channel.h"
#include "runtime/clock.h"
#include "sluice/v1/engine.grpc.pb.h"

namespace sluice::cli {

std::optional<LiveState> live_state(const std::string& address, Nanos patience) {
  grpc::ClientContext call;
  call.set_deadline(runtime::deadline_after(patience));
  v1::EngineControlServiceStatusResponse response;
  const auto stub = v1::EngineControlService::NewStub(runtime::open_channel(address));
  if (!stub->Status(&call, {}, &response).ok() || response.state_hash().empty()) return std::nullopt;
  return LiveState{response.state_hash(), response.command_sequence(), response.event_sequence()};
}

Result<ReplayReport> replay_and_compare(eventlog::EventLog& log, ShardId shard, core::Capacity capacity,
                                        const std::function<std::optional<LiveState>()>& live,
                                        const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  const Nanos begin = runtime::steady_now();
  auto replica = engine::start_replica(log, shard, nullptr, capacity, "cli-replay");
  if (!replica.ok()) return replica.error();
  const auto follow = [&] {
    return engine::catch_up(log, replica.value(), [&](std::uint64_t at, std::uint64_t last) {
      progress(at, last);
      return true;
    });
  };
  if (const Status followed = follow(); !followed.ok()) return followed.error();
  ReplayReport report;
  report.seconds = static_cast<double>((runtime::steady_now() - begin).value()) / 1e9;
  report.live = live();
  // The log may have grown meanwhile: go on to where the live engine stood when it answered.
  if (report.live && replica.value().fold->last_sequence() < report.live->event_sequence) {
    if (const Status followed = follow(); !followed.ok()) return followed.error();
  }
  const core::Engine& engine = *replica.value().engine;
  report.messages = replica.value().fold->last_sequence();
  report.void_messages = replica.value().fold->void_messages();
  report.command_sequence = engine.cmd_sequence().value();
  report.events = engine.state().counters().events;
  report.hash = to_hex(engine.state_hash());
  return report;
}

}  // namespace sluice::cli
