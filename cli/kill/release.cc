// sluice kill release: one person requests, another approves. What a shard has not said counts as not done.
#include <cstdio>

#include "cli/kill/commands.h"
#include "cli/kill/service_call.h"
#include "cli/print.h"

namespace sluice::cli {

namespace {

/// Says of each shard whether it did what was asked; kExitFailed if one did not.
int print_shards(const google::protobuf::RepeatedPtrField<v1::ShardRelease>& shards, const char* done,
                 const char* not_done) {
  int code = kExitOk;
  for (const v1::ShardRelease& shard : shards) {
    if (shard.done()) {
      std::printf("  shard %u: %s\n", shard.shard(), done);
      continue;
    }
    code = kExitFailed;
    const std::string why = shard.reason() != v1::REJECT_REASON_UNSPECIFIED
                                ? short_name(v1::RejectReason_Name(shard.reason()), "REJECT_REASON_")
                                : "it has not answered: " + shard.detail();
    std::printf("  shard %u: %s: %s\n", shard.shard(), not_done, why.c_str());
  }
  return code;
}

template <typename Response>
int print_json(const Response& response, bool all_done) {
  std::printf("%s\n", to_json_line(response).c_str());
  return all_done ? kExitOk : kExitFailed;
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
  bool all_done = true;
  for (const v1::ShardRelease& shard : response.shards()) all_done = all_done && shard.done();
  if (context.json()) return print_json(response, all_done);
  std::printf("release %s\n", response.release_id().c_str());
  const int code = print_shards(response.shards(), "requested", "NOT requested");
  if (code == kExitOk) {
    std::printf("another person approves it with: sluice kill release approve --release-id %s\n",
                response.release_id().c_str());
  } else {
    std::printf("where a shard has not answered, ask again with --release-id %s\n", response.release_id().c_str());
  }
  return code;
}

int approve_release(const Context& context, const KillFlags& flags) {
  v1::ApproveReleaseRequest request;
  request.set_release_id(flags.release_id);
  request.set_reason(flags.reason);
  v1::ApproveReleaseResponse response;
  if (const auto status = call_kill_service(context, request, response, &v1::KillSwitchService::Stub::ApproveRelease);
      !status.ok()) {
    std::fprintf(stderr, "no shard is known to have released: the kill holds\n");
    return fail(status);
  }
  if (context.json()) return print_json(response, response.released());
  (void)print_shards(response.shards(), "released", "NOT released");
  std::printf("%s\n", response.released() ? "released in every shard"
                                          : "NOT released in every shard: the kill holds where it is not; approving "
                                            "again is safe");
  return response.released() ? kExitOk : kExitFailed;
}

}  // namespace sluice::cli
