// sluice kill status: asks the command service and every engine at the same time.
#include <algorithm>
#include <cstdio>
#include <thread>

#include "cli/kill/commands.h"
#include "cli/kill/service_call.h"
#include "cli/kill/status_view.h"
#include "runtime/channel.h"
#include "runtime/clock.h"
#include "sluice/v1/engine.grpc.pb.h"

namespace sluice::cli {

namespace {

void ask(const Context& context, EngineAnswer& engine) {
  grpc::ClientContext rpc;
  context.prepare(rpc);
  v1::EngineControlServiceStatusResponse response;
  const auto stub = v1::EngineControlService::NewStub(runtime::open_channel(engine.address));
  const grpc::Status status = stub->Status(&rpc, {}, &response);
  if (status.ok()) engine.status = std::move(response);
  else engine.error = status.error_message();
}

void ask_service(const Context& context, StatusAnswers& answers) {
  v1::StatusResponse response;
  const grpc::Status status =
      call_kill_service(context, v1::StatusRequest{}, response, &v1::KillSwitchService::Stub::Status);
  if (status.ok()) answers.service = std::move(response);
  else answers.service_error = status.error_message();
}

}  // namespace

int show_kill_status(const Context& context, const KillFlags& flags) {
  StatusAnswers answers;
  const auto endpoints = context.endpoints();
  if (!endpoints.ok() && flags.engines.empty()) return fail(endpoints.error());
  for (const std::string& address : flags.engines) answers.engines.push_back({address, 0, {}, {}});
  if (endpoints.ok()) {
    for (const auto* ports : {&endpoints.value().engines, &endpoints.value().standbys}) {
      for (std::size_t i = 0; i < ports->size(); ++i)
        answers.engines.push_back({(*ports)[i], static_cast<std::uint32_t>(i), {}, {}});
    }
  }
  std::vector<std::thread> asking;
  asking.emplace_back([&] { ask_service(context, answers); });
  for (EngineAnswer& engine : answers.engines) asking.emplace_back([&] { ask(context, engine); });
  for (std::thread& thread : asking) thread.join();
  std::stable_sort(answers.engines.begin(), answers.engines.end(),
                   [](const EngineAnswer& a, const EngineAnswer& b) { return a.shard < b.shard; });
  if (context.json()) std::printf("%s\n", status_json(answers).dump().c_str());
  else std::printf("%s", status_text(answers).c_str());
  return is_complete(answers) ? kExitOk : kExitUnavailable;
}

}  // namespace sluice::cli
