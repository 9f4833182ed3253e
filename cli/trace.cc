// sluice trace: when one command passed the stages of its way, as the processes remember it.
#include <cstdio>

#include "cli/context.h"
#include "cli/print.h"
#include "cli/validators.h"
#include "runtime/channel.h"
#include "sluice/v1/command.grpc.pb.h"
#include "sluice/v1/engine.grpc.pb.h"
#include "sluice/v1/query.grpc.pb.h"

namespace sluice::cli {

namespace {

struct TraceFlags {
  std::uint64_t sequence = 0;
  std::uint16_t shard = 0;
};

struct Stage {
  const char* name;
  const char* what;
  std::int64_t at;
};

std::vector<Stage> stages_of(const v1::StageTimes& times) {
  return {{"framed", "its frame was published", times.framed_unix_nanos()},
          {"acknowledged", "the log had it", times.acknowledged_unix_nanos()},
          {"engine_in", "the engine read it from the log", times.engine_in_unix_nanos()},
          {"decided", "the engine had its answer", times.decided_unix_nanos()},
          {"event_acknowledged", "the log had the answer", times.event_acknowledged_unix_nanos()},
          {"executed", "the command service read the answer", times.executed_unix_nanos()},
          {"projected", "the read models held it", times.projected_unix_nanos()}};
}

/// Asks one process; what it knows is merged into `times`. Prints a warning if it cannot be asked.
template <typename Request, typename Response, typename Stub>
void ask(const Context& context, Stub& stub,
         grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*), const TraceFlags& flags,
         const std::string& who, v1::StageTimes& times) {
  grpc::ClientContext call;
  context.prepare(call);
  Request request;
  request.set_shard(flags.shard);
  request.add_sequences(flags.sequence);
  Response response;
  const grpc::Status status = (stub.*method)(&call, request, &response);
  if (!status.ok()) {
    std::fprintf(stderr, "warning: %s was not asked: %s\n", who.c_str(), status.error_message().c_str());
    return;
  }
  if (response.times_size() > 0) times.MergeFrom(response.times(0));
}

int trace(const Context& context, const TraceFlags& flags) {
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return fail(endpoints.error());
  const Endpoints& at = endpoints.value();
  if (flags.shard >= at.shards)
    return fail(Error{ErrorCode::kInvalidArgument, "--shard must be below " + std::to_string(at.shards)});
  v1::StageTimes times;
  const auto command = v1::CommandService::NewStub(runtime::open_channel(at.command));
  ask(context, *command, &v1::CommandService::Stub::GetStageTimes, flags, "the command service", times);
  const auto engine = v1::EngineControlService::NewStub(runtime::open_channel(at.engines[flags.shard]));
  ask(context, *engine, &v1::EngineControlService::Stub::GetStageTimes, flags, "the engine", times);
  const auto query = v1::QueryService::NewStub(runtime::open_channel(at.query));
  ask(context, *query, &v1::QueryService::Stub::GetStageTimes, flags, "the query service", times);
  if (times.sequence() == 0) {
    return fail(Error{ErrorCode::kNotFound, "no process remembers message " + std::to_string(flags.sequence) +
                                                " of shard " + std::to_string(flags.shard) +
                                                ": it does not exist, is older than the newest 65,536, or the "
                                                "processes were started since; see 'sluice log show'"});
  }
  if (context.json()) {
    std::printf("%s\n", to_json_line(times).c_str());
    return kExitOk;
  }
  std::printf("message %llu of shard %u\n", static_cast<unsigned long long>(flags.sequence), unsigned{flags.shard});
  std::int64_t first = 0;
  for (const Stage& stage : stages_of(times)) {
    if (stage.at == 0) {
      std::printf("  %-20s %12s  %s\n", stage.name, "not known", stage.what);
      continue;
    }
    if (first == 0) first = stage.at;
    std::printf("  %-20s %+10.1f us  %s\n", stage.name, static_cast<double>(stage.at - first) / 1e3, stage.what);
  }
  return kExitOk;
}

}  // namespace

void add_trace(CLI::App& app, Context& context, Action& action) {
  static TraceFlags flags;
  auto* command = app.add_subcommand("trace", "when a command message passed each stage of its way");
  command->footer(
      "The sequence is in the result of every command. Example: sluice trace 42 --shard 0 --output json\nClocks of "
      "different machines are compared as they are.");
  command->add_option("sequence", flags.sequence, "sequence of the command message")->required()->check(positive());
  command->add_option("--shard", flags.shard, "shard")->capture_default_str();
  command->callback([&] { action = [&] { return trace(context, flags); }; });
}

}  // namespace sluice::cli
