// sluice kill: engage, release by two people, status.
#include <cstdio>

#include "cli/context.h"
#include "cli/print.h"
#include "sluice/v1/kill_switch.grpc.pb.h"

namespace sluice::cli {

namespace {

struct KillFlags {
  std::string scope = "global", mode = "block-and-cancel", key, reason, kill_id, release_id;
  bool allow_unknown = false;
};

v1::KillScope scope_of(const std::string& text) {
  if (text == "account") return v1::KILL_SCOPE_ACCOUNT;
  if (text == "symbol") return v1::KILL_SCOPE_SYMBOL;
  if (text == "strategy") return v1::KILL_SCOPE_STRATEGY;
  return v1::KILL_SCOPE_GLOBAL;
}

v1::KillMode mode_of(const std::string& text) {
  if (text == "block-only") return v1::KILL_MODE_BLOCK_ONLY;
  if (text == "reduce-only") return v1::KILL_MODE_REDUCE_ONLY;
  if (text == "flatten") return v1::KILL_MODE_FLATTEN;
  return v1::KILL_MODE_BLOCK_AND_CANCEL;
}

template <typename Request, typename Response>
grpc::Status call(const Context& context, const Request& request, Response& response,
                  grpc::Status (v1::KillSwitchService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                      Response*)) {
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return {grpc::StatusCode::UNAVAILABLE, endpoints.error().message};
  grpc::ClientContext rpc;
  context.prepare(rpc);
  const auto stub = v1::KillSwitchService::NewStub(Context::channel(endpoints.value().kill));
  return (stub.get()->*method)(&rpc, request, &response);
}

int engage(const Context& context, const KillFlags& flags) {
  v1::EngageRequest request;
  request.set_kill_id(flags.kill_id);
  request.set_scope(scope_of(flags.scope));
  request.set_mode(mode_of(flags.mode));
  request.set_key(flags.key);
  request.set_reason(flags.reason);
  request.set_allow_unknown_key(flags.allow_unknown);
  v1::EngageResponse response;
  if (const auto status = call(context, request, response, &v1::KillSwitchService::Stub::Engage); !status.ok())
    return fail(status);
  if (context.json()) {
    std::printf("%s\n", to_json_line(response).c_str());
  } else {
    std::printf("kill %s\n", response.kill_id().c_str());
    for (const auto& shard : response.shards()) {
      std::printf("  shard %u: %s", shard.shard(),
                  short_name(v1::KillProgress_Name(shard.progress()), "KILL_PROGRESS_").c_str());
      if (shard.progress() == v1::KILL_PROGRESS_CONFIRMED) {
        std::printf(", event %llu, %llu orders cancelled", static_cast<unsigned long long>(shard.event_sequence()),
                    static_cast<unsigned long long>(shard.orders_cancelled()));
      }
      std::printf("%s%s\n", shard.detail().empty() ? "" : ": ", shard.detail().c_str());
    }
  }
  return response.confirmed() ? kExitOk : kExitFailed;
}

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

int request_release(const Context& context, const KillFlags& flags) {
  v1::RequestReleaseRequest request;
  request.set_scope(scope_of(flags.scope));
  request.set_key(flags.key);
  request.set_reason(flags.reason);
  request.set_kill_id(flags.kill_id);
  request.set_release_id(flags.release_id);
  v1::RequestReleaseResponse response;
  if (const auto status = call(context, request, response, &v1::KillSwitchService::Stub::RequestRelease); !status.ok())
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
  if (const auto status = call(context, request, response, &v1::KillSwitchService::Stub::ApproveRelease); !status.ok())
    return fail(status);
  const int code = print_results(context, response);
  if (!context.json())
    std::printf("%s\n", response.released() ? "released in every shard"
                                            : "NOT released in every shard: the kill holds where it is not");
  return code;
}

int status(const Context& context) {
  v1::StatusResponse response;
  if (const auto status = call(context, v1::StatusRequest{}, response, &v1::KillSwitchService::Stub::Status);
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

}  // namespace

void add_kill(CLI::App& app, Context& context, Action& action) {
  static KillFlags flags;
  auto* kill = app.add_subcommand("kill", "stop trade; release with two people")->require_subcommand(1);
  auto* engage_command = kill->add_subcommand("engage", "engage a kill switch in every shard, by both paths");
  engage_command->footer("Example: sluice kill engage --scope account --key ACME --reason 'runaway algorithm'");
  engage_command->add_flag("--allow-unknown", flags.allow_unknown, "engage a name that is not registered");
  engage_command
      ->add_option("--mode", flags.mode,
                   "block-and-cancel; block-only: what rests can still be hit; reduce-only: what can only reduce a "
                   "position goes on; flatten: also close the positions")
      ->check(CLI::IsMember({"block-and-cancel", "block-only", "reduce-only", "flatten"}))
      ->capture_default_str();
  engage_command->add_option("--kill-id", flags.kill_id, "UUID; the same again changes nothing");
  engage_command->callback([&] { action = [&] { return engage(context, flags); }; });
  auto* release = kill->add_subcommand("release", "release an engaged scope: one person requests, another approves")
                      ->require_subcommand(1);
  auto* request = release->add_subcommand("request", "request the release of a scope");
  request->footer(
      "Example: sluice --principal alice kill release request --scope account --key ACME --kill-id <from kill status>");
  request->add_option("--kill-id", flags.kill_id, "the newest kill of the scope, from 'sluice kill status'")
      ->required();
  request->add_option("--release-id", flags.release_id, "UUID, for repeating");
  request->callback([&] { action = [&] { return request_release(context, flags); }; });
  auto* approve = release->add_subcommand("approve", "approve a requested release as another person");
  approve->footer("Example: sluice --principal bob kill release approve --release-id <from the request>");
  approve->add_option("--release-id", flags.release_id, "id of the request")->required();
  approve->callback([&] { action = [&] { return approve_release(context, flags); }; });
  for (auto* sub : {engage_command, request}) {
    sub->add_option("--scope", flags.scope, "global, account, symbol or strategy")
        ->check(CLI::IsMember({"global", "account", "symbol", "strategy"}))
        ->capture_default_str();
    sub->add_option("--key", flags.key, "the account, symbol or strategy");
  }
  for (auto* sub : {engage_command, request, approve}) sub->add_option("--reason", flags.reason, "why, for the log");
  auto* status_command = kill->add_subcommand("status", "what is engaged, by whom, since when");
  status_command->footer("Example: sluice kill status --output json");
  status_command->callback([&] { action = [&] { return status(context); }; });
}

}  // namespace sluice::cli
