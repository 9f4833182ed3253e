// sluice kill drill, sluice kill heartbeat: what goes to each engine and stops nothing.
#include <cstdio>

#include "cli/kill/commands.h"
#include "cli/print.h"
#include "runtime/channel.h"
#include "runtime/clock.h"
#include "runtime/ids.h"
#include "runtime/shutdown.h"
#include "sluice/v1/engine.grpc.pb.h"

namespace sluice::cli {

namespace {

/// Control ports, of owners and standbys. Errors: kNotFound.
Result<std::vector<std::string>> engines_of(const Context& context, const KillFlags& flags) {
  std::vector<std::string> addresses = flags.engines;
  const auto endpoints = context.endpoints();
  if (!endpoints.ok() && addresses.empty())
    return Error{endpoints.error().code,
                 endpoints.error().message + "; or name the engines' control ports with --engine"};
  if (!endpoints.ok()) return addresses;
  for (const auto* ports : {&endpoints.value().engines, &endpoints.value().standbys})
    addresses.insert(addresses.end(), ports->begin(), ports->end());
  return addresses;
}

void print_drill(const Context& context, const std::string& address, const v1::LatchResponse& response,
                 const grpc::Status& status, double micros) {
  if (context.json()) {
    nlohmann::json line{{"engine", address}, {"reached", status.ok()}};
    if (status.ok()) {
      line.update({{"shard", response.shard()},
                   {"owner", response.owner()},
                   {"stop_nanos", response.stop_nanos()},
                   {"round_trip_nanos", static_cast<std::int64_t>(micros * 1'000)}});
    } else {
      line["error"] = status.error_message();
    }
    std::printf("%s\n", line.dump().c_str());
  } else if (!status.ok()) {
    std::printf("%s: NOT REACHED: %s\n", address.c_str(), status.error_message().c_str());
  } else if (!response.owner()) {
    std::printf("%s: shard %u: standby, would keep the kill; answered after %.0f us\n", address.c_str(),
                response.shard(), micros);
  } else if (response.stop_nanos() == 0) {
    std::printf("%s: shard %u: owner, NOT STOPPED within 2 s\n", address.c_str(), response.shard());
  } else {
    std::printf("%s: shard %u: owner, stopped after %.1f us; answered, disk included, after %.0f us\n", address.c_str(),
                response.shard(), static_cast<double>(response.stop_nanos()) / 1'000, micros);
  }
}

bool beat(const Context& context, const std::string& address, std::string& told) {
  grpc::ClientContext rpc;
  context.prepare(rpc);
  v1::HeartbeatResponse response;
  const auto stub = v1::EngineControlService::NewStub(runtime::open_channel(address));
  const grpc::Status status = stub->Heartbeat(&rpc, {}, &response);
  told = !status.ok() ? "NOT REACHED: " + status.error_message()
         : response.hold_after_nanos() == 0
             ? "shard " + std::to_string(response.shard()) + " wants no heartbeat"
             : "shard " + std::to_string(response.shard()) + " holds after " +
                   std::to_string(response.hold_after_nanos() / kNanosPerMilli) + " ms without one";
  return status.ok();
}

}  // namespace

int drill_kill(const Context& context, const KillFlags& flags) {
  const auto engines = engines_of(context, flags);
  if (!engines.ok()) return fail(engines.error());
  v1::LatchRequest drill;
  drill.set_kill_id(to_string(runtime::new_uuid()));
  drill.set_scope(v1::KILL_SCOPE_GLOBAL);
  drill.set_reason("drill");
  drill.set_principal(context.principal);
  drill.set_drill(true);
  int code = kExitOk;
  for (const std::string& address : engines.value()) {
    grpc::ClientContext rpc;
    context.prepare(rpc);
    v1::LatchResponse response;
    const auto stub = v1::EngineControlService::NewStub(runtime::open_channel(address));
    const Nanos from = runtime::steady_now();
    const grpc::Status status = stub->Latch(&rpc, drill, &response);
    const double micros = static_cast<double>((runtime::steady_now() - from).value()) / 1'000;
    print_drill(context, address, response, status, micros);
    if (!status.ok()) code = kExitUnavailable;
    else if (response.owner() && response.stop_nanos() == 0 && code == kExitOk) code = kExitFailed;
  }
  return code;
}

int send_heartbeats(const Context& context, const KillFlags& flags) {
  const auto engines = engines_of(context, flags);
  if (!engines.ok()) return fail(engines.error());
  runtime::Shutdown shutdown;
  std::vector<std::string> told(engines.value().size());
  while (true) {
    bool all = true;
    for (std::size_t i = 0; i < told.size(); ++i) {
      std::string now;
      all = beat(context, engines.value()[i], now) && all;
      // Only what changes: this runs for days.
      if (now != told[i]) std::printf("%s: %s\n", engines.value()[i].c_str(), now.c_str());
      std::fflush(stdout);
      told[i] = now;
    }
    if (flags.every_ms == 0) return all ? kExitOk : kExitUnavailable;
    const Nanos next = runtime::steady_now() + Nanos{flags.every_ms * kNanosPerMilli};
    while (!shutdown.requested() && runtime::steady_now() < next)
      runtime::await_moment(std::min(next, runtime::steady_now() + Nanos{50 * kNanosPerMilli}));
    if (shutdown.requested()) return kExitOk;
  }
}

}  // namespace sluice::cli
