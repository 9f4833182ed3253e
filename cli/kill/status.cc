// sluice kill status.
#include <cstdio>

#include "cli/kill/commands.h"
#include "cli/kill/service_call.h"
#include "cli/print.h"

namespace sluice::cli {

int show_kill_status(const Context& context, const KillFlags&) {
  v1::StatusResponse response;
  if (const auto status =
          call_kill_service(context, v1::StatusRequest{}, response, &v1::KillSwitchService::Stub::Status);
      !status.ok())
    return fail(status);
  if (context.json()) {
    std::printf("%s\n", to_json_line(response).c_str());
    return response.complete() ? kExitOk : kExitUnavailable;
  }
  if (!response.complete())
    std::printf("NOT COMPLETE: the log has not been read since the service started; more may be engaged\n");
  else if (response.kill_switches().empty()) std::printf("no kill switch was ever engaged\n");
  for (const auto& state : response.kill_switches()) {
    std::printf(
        "shard %u: %s %s %s (%s), by %s, kill %s, event %llu%s%s\n", state.shard(),
        state.engaged() ? "ENGAGED " : "released",
        short_name(v1::KillScope_Name(state.newest().scope()), "KILL_SCOPE_").c_str(), state.newest().key().c_str(),
        short_name(v1::KillMode_Name(state.newest().mode()), "KILL_MODE_").c_str(), state.newest().engaged_by().c_str(),
        state.newest().kill_id().c_str(), static_cast<unsigned long long>(state.event_sequence()),
        state.newest().reason().empty() ? "" : ", ", state.newest().reason().c_str());
    for (const auto& open : state.open_releases()) {
      std::printf("  release %s requested by %s waits for approval\n", open.release_id().c_str(),
                  open.requested_by().c_str());
    }
  }
  for (const v1::UnconfirmedKill& kill : response.unconfirmed()) {
    std::printf("NOT CONFIRMED: %s %s, by %s, kill %s; the service goes on trying\n",
                short_name(v1::KillScope_Name(kill.scope()), "KILL_SCOPE_").c_str(), kill.key().c_str(),
                kill.principal().c_str(), kill.kill_id().c_str());
  }
  return response.complete() ? kExitOk : kExitUnavailable;
}

}  // namespace sluice::cli
