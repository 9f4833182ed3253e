// sluice admin: setting the log up, and how the whole system is.
#include <cstdio>

#include "cli/context.h"
#include "eventlog/jetstream_log.h"
#include "eventlog/provision.h"
#include "runtime/channel.h"
#include "runtime/ids.h"
#include "sluice/v1/engine.grpc.pb.h"
#include "sluice/v1/query.grpc.pb.h"

namespace sluice::cli {

namespace {

using nlohmann::json;

struct InitOptions {
  std::string nats_url = "nats://127.0.0.1:4222";
  std::uint16_t shards = 1;
  std::uint64_t stream_mib = 4096;
  std::uint32_t replicas = 1;
  std::uint32_t key_window_s = 10;
};

int init(const Context& context, const InitOptions& options) {
  const eventlog::JetstreamOptions jetstream{.url = options.nats_url, .name = "admin"};
  const Nanos window{static_cast<std::int64_t>(options.key_window_s) * kNanosPerSecond};
  const Status streams = eventlog::provision_streams(jetstream, {.shards = options.shards,
                                                                 .bytes_max = options.stream_mib << 20,
                                                                 .replicas = options.replicas,
                                                                 .key_window = window});
  if (!streams.ok()) return fail(streams.error());
  const auto log = eventlog::open_jetstream(jetstream);
  Genesis wanted{.deployment = runtime::new_uuid(),
                 .shard = {},
                 .shard_count = options.shards,
                 .schema = kSchema,
                 .key_window = window};
  for (std::uint16_t shard = 0; shard < options.shards; ++shard) {
    wanted.shard = ShardId{shard};
    const auto genesis = eventlog::ensure_genesis(*log, wanted);
    if (!genesis.ok()) return fail(genesis.error());
    wanted.deployment = genesis.value().deployment;
  }
  if (context.json())
    std::printf("%s\n", json{{"deployment", to_string(wanted.deployment)}, {"shards", options.shards}}.dump().c_str());
  else
    std::printf("the log is set up: deployment %s, %u shards\n", to_string(wanted.deployment).c_str(),
                unsigned{options.shards});
  return kExitOk;
}

json stream_status(eventlog::EventLog& log, eventlog::StreamId stream) {
  const auto info = log.info(stream);
  if (!info.ok()) return {{"stream", eventlog::stream_name(stream)}, {"error", info.error().message}};
  return {{"stream", eventlog::stream_name(stream)},
          {"last_sequence", info.value().last_sequence},
          {"bytes", info.value().bytes},
          {"fill", info.value().fill()}};
}

json engine_status(const Context& context, const std::string& address) {
  grpc::ClientContext call;
  context.prepare(call);
  v1::EngineControlServiceStatusResponse response;
  const auto status = v1::EngineControlService::NewStub(runtime::open_channel(address))->Status(&call, {}, &response);
  if (!status.ok()) return {{"address", address}, {"error", status.error_message()}};
  json holds = json::array();
  for (const std::string& hold : response.holds()) holds.push_back(hold);
  return {{"address", address},
          {"shard", response.shard()},
          {"role", response.role()},
          {"epoch", response.epoch()},
          {"command_sequence", response.command_sequence()},
          {"event_sequence", response.event_sequence()},
          {"state_hash", response.state_hash()},
          {"holds", holds}};
}

json projection_status(const Context& context, const std::string& address, bool with_hash) {
  grpc::ClientContext call;
  context.prepare(call);
  v1::GetStatusRequest request;
  request.set_with_hash(with_hash);
  v1::GetStatusResponse response;
  const auto status = v1::QueryService::NewStub(runtime::open_channel(address))->GetStatus(&call, request, &response);
  if (!status.ok()) return {{"address", address}, {"error", status.error_message()}};
  json shards = json::array();
  for (const auto& shard : response.shards()) {
    json entry{{"shard", shard.shard()},
               {"command_sequence", shard.command_sequence()},
               {"event_sequence", shard.event_sequence()},
               {"log_last_sequence", shard.log_last_sequence()},
               {"void_messages", shard.void_messages()}};
    if (!shard.hash().empty()) {
      entry["rows"] = shard.rows();
      entry["hash"] = shard.hash();
    }
    if (!shard.halted().empty()) entry["halted"] = shard.halted();
    shards.push_back(entry);
  }
  return {{"address", address}, {"shards", shards}};
}

bool has_error(const json& part) { return part.contains("error") || part.contains("halted"); }

int status(const Context& context, bool with_hash) {
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return fail(endpoints.error());
  const auto log = eventlog::open_jetstream({.url = endpoints.value().nats, .name = "admin"});
  json all{{"streams", json::array()}, {"engines", json::array()}};
  bool good = true;
  for (std::uint16_t shard = 0; shard < endpoints.value().shards; ++shard) {
    for (const auto kind : {eventlog::StreamKind::kCommand, eventlog::StreamKind::kEvent}) {
      all["streams"].push_back(stream_status(*log, {kind, ShardId{shard}}));
      good = good && !has_error(all["streams"].back());
    }
  }
  for (const std::string& address : endpoints.value().engines) {
    all["engines"].push_back(engine_status(context, address));
    good = good && !has_error(all["engines"].back());
  }
  all["query"] = projection_status(context, endpoints.value().query, with_hash);
  good = good && !has_error(all["query"]);
  if (context.json()) {
    std::printf("%s\n", all.dump().c_str());
  } else {
    for (const auto& part : all["streams"]) {
      std::printf("%-14s %s\n", part["stream"].get<std::string>().c_str(),
                  has_error(part)
                      ? part["error"].get<std::string>().c_str()
                      : ("last " + part["last_sequence"].dump() + ", " + part["bytes"].dump() + " bytes").c_str());
    }
    for (const auto& part : all["engines"]) {
      if (has_error(part))
        std::printf("engine at %s: %s\n", part["address"].get<std::string>().c_str(),
                    part["error"].get<std::string>().c_str());
      else
        std::printf("engine %s: %s, epoch %s, command %s, event %s, state %s%s\n", part["shard"].dump().c_str(),
                    part["role"].get<std::string>().c_str(), part["epoch"].dump().c_str(),
                    part["command_sequence"].dump().c_str(), part["event_sequence"].dump().c_str(),
                    part["state_hash"].get<std::string>().c_str(),
                    part["holds"].empty() ? "" : (", holds " + part["holds"].dump()).c_str());
    }
    std::printf("query: %s\n", all["query"].dump().c_str());
  }
  return good ? kExitOk : kExitUnavailable;
}

}  // namespace

void add_admin(CLI::App& app, Context& context, Action& action) {
  auto* admin = app.add_subcommand("admin", "set the log up; see how everything is")->require_subcommand(1);
  static InitOptions options;
  auto* init_command =
      admin->add_subcommand("init", "create the streams and their first messages; harmless when they are there");
  init_command->footer("Example: sluice admin init --nats-url nats://127.0.0.1:4222 --shards 4");
  init_command->add_option("--nats-url", options.nats_url, "nats-server")->capture_default_str();
  init_command->add_option("--shards", options.shards, "number of shards, for ever")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  init_command->add_option("--stream-mib", options.stream_mib, "largest size of each stream")
      ->check(CLI::Range(16, 1 << 24))
      ->capture_default_str();
  init_command->add_option("--replicas", options.replicas, "copies in a cluster")
      ->check(CLI::Range(1, 5))
      ->capture_default_str();
  init_command->add_option("--key-window-s", options.key_window_s, "how long a command id is remembered")
      ->check(CLI::Range(1, 60))
      ->capture_default_str();
  init_command->callback([&] { action = [&] { return init(context, options); }; });
  static bool with_hash = false;
  auto* status_command = admin->add_subcommand("status", "streams, engines and projections");
  status_command->footer("Example: sluice --data-dir /tmp/sluice admin status --hash");
  status_command->add_flag("--hash", with_hash, "also hash every row of the read models");
  status_command->callback([&] { action = [&] { return status(context, with_hash); }; });
}

}  // namespace sluice::cli
