// sluice kill release: one person requests, another approves.
#include <cstdio>

#include "cli/kill/commands.h"
#include "cli/kill/service_call.h"
#include "cli/print.h"

namespace sluice::cli {

namespace {

template <typename Response>
int print_results(const Context& context, const Response& response) {
  int code = kExitOk;
  if (context.json()) std::printf("%s\n", to_json_line(response).c_str());
  for (const auto& result : response.results()) {
    if (result.outcome() == v1::OUTCOME_CODE_REJECTED) code = kExitFailed;
    if (!context.json()) print_result(context, result);
  }
  return code;
}

}  // namespace

int request_release(const Context& context, const KillFlags& flags) {
  v1::RequestReleaseRequest request;
  request.set_scope(scope_of(flags.scope));
  request.set_key(flags.key);
  request.set_reason(flags.reason);
  request.set_kill_id(flags.kill_id);
  request.set_release_id(flags.release_id);
  v1::RequestReleaseResponse response;
  if (const auto status = call_kill_service(context, request, response, &v1::KillSwitchService::Stub::RequestRelease);
      !status.ok())
    return fail(status);
  const int code = print_results(context, response);
  if (!context.json() && code == kExitOk) {
    std::printf("another person approves it with: sluice kill release approve --release-id %s\n",
                response.release_id().c_str());
  }
  return code;
}

int approve_release(const Context& context, const KillFlags& flags) {
  v1::ApproveReleaseRequest request;
  request.set_release_id(flags.release_id);
  request.set_reason(flags.reason);
  v1::ApproveReleaseResponse response;
  if (const auto status = call_kill_service(context, request, response, &v1::KillSwitchService::Stub::ApproveRelease);
      !status.ok())
    return fail(status);
  const int code = print_results(context, response);
  if (!context.json())
    std::printf("%s\n", response.released() ? "released in every shard"
                                            : "NOT released in every shard: the kill holds where it is not");
  return code;
}

}  // namespace sluice::cli
