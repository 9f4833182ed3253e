// sluice replay: EVT → state, with its hash beside the live engine's. sluice verify: re-executes CMD and compares
// bodies with EVT.
#include <cstdio>

#include "cli/context.h"
#include "engine/core/state.h"
#include "engine/recovery.h"
#include "engine/reexecution.h"
#include "runtime/clock.h"
#include "sluice/v1/engine.grpc.pb.h"

namespace sluice::cli {

namespace {

using nlohmann::json;

struct ReplayFlags {
  std::uint16_t shard = 0;
  std::uint32_t orders_max = 1u << 20;
};

/// Progress on standard error, at most once a second.
class Progress {
 public:
  void operator()(std::uint64_t at, std::uint64_t last) {
    const Nanos now = runtime::steady_now();
    if (now - told_ < Nanos{kNanosPerSecond}) return;
    told_ = now;
    std::fprintf(stderr, "\r%llu of %llu messages", static_cast<unsigned long long>(at),
                 static_cast<unsigned long long>(last));
    shown_ = true;
  }
  ~Progress() {
    if (shown_) std::fprintf(stderr, "\n");
  }

 private:
  Nanos told_ = runtime::steady_now();
  bool shown_ = false;
};

struct LiveState {
  std::string hash;
  std::uint64_t command_sequence = 0;
  std::uint64_t event_sequence = 0;
};

/// What the live engine says of itself; nullopt if it cannot be asked.
std::optional<LiveState> live_state(const Context& context, std::uint16_t shard) {
  const auto endpoints = context.endpoints();
  if (!endpoints.ok() || shard >= endpoints.value().engines.size()) return std::nullopt;
  grpc::ClientContext call;
  context.prepare(call);
  v1::EngineControlServiceStatusResponse response;
  const auto stub = v1::EngineControlService::NewStub(Context::channel(endpoints.value().engines[shard]));
  if (!stub->Status(&call, {}, &response).ok() || response.state_hash().empty()) return std::nullopt;
  return LiveState{response.state_hash(), response.command_sequence(), response.event_sequence()};
}

int replay(const Context& context, const ReplayFlags& flags) {
  auto log = context.open_log();
  if (!log.ok()) return fail(log.error());
  const core::Capacity capacity{flags.orders_max, 1u << 18};
  const Nanos begin = runtime::steady_now();
  auto replica = engine::start_replica(*log.value(), ShardId{flags.shard}, nullptr, capacity, "cli-replay");
  if (!replica.ok()) return fail(replica.error());
  Progress progress;
  const auto follow = [&] {
    return engine::catch_up(*log.value(), replica.value(), [&](std::uint64_t at, std::uint64_t last) {
      progress(at, last);
      return true;
    });
  };
  if (const Status followed = follow(); !followed.ok()) return fail(followed.error());
  const double seconds = static_cast<double>((runtime::steady_now() - begin).value()) / 1e9;
  const auto live = live_state(context, flags.shard);
  // The log may have grown meanwhile: go on to where the live engine stood when it answered.
  if (live && replica.value().fold->last_sequence() < live->event_sequence) {
    if (const Status followed = follow(); !followed.ok()) return fail(followed.error());
  }
  const core::Engine& engine = *replica.value().engine;
  const std::string hash = to_hex(engine.state_hash());
  const bool comparable = live && engine.cmd_sequence().value() == live->command_sequence &&
                          replica.value().fold->last_sequence() == live->event_sequence;
  const std::uint64_t events = engine.state().counters().events;
  const json report{{"shard", flags.shard},
                    {"messages", replica.value().fold->last_sequence()},
                    {"command_sequence", engine.cmd_sequence().value()},
                    {"events", events},
                    {"seconds", seconds},
                    {"events_per_s", seconds > 0 ? static_cast<double>(events) / seconds : 0.0},
                    {"void_messages", replica.value().fold->void_messages()},
                    {"state_hash", hash},
                    {"live_hash", comparable ? json(live->hash) : json()},
                    {"equal", comparable ? json(live->hash == hash) : json()}};
  if (context.json()) {
    std::printf("%s\n", report.dump().c_str());
  } else {
    std::printf("shard %u: %llu messages, %llu events in %.3f s (%.0f events/s)\nstate %s after command %llu\n",
                unsigned{flags.shard}, static_cast<unsigned long long>(replica.value().fold->last_sequence()),
                static_cast<unsigned long long>(events), seconds, report["events_per_s"].get<double>(), hash.c_str(),
                static_cast<unsigned long long>(engine.cmd_sequence().value()));
    if (comparable)
      std::printf("the live engine has %s\n",
                  live->hash == hash ? "the same state" : ("ANOTHER STATE: " + live->hash).c_str());
    else std::printf("not compared: the live engine cannot be asked, or the log grew meanwhile\n");
  }
  return comparable && live->hash != hash ? kExitFailed : kExitOk;
}

int verify(const Context& context, const ReplayFlags& flags) {
  auto log = context.open_log();
  if (!log.ok()) return fail(log.error());
  Progress progress;
  const auto report = engine::verify_by_reexecution(*log.value(), ShardId{flags.shard}, {flags.orders_max, 1u << 18},
                                                    [&](std::uint64_t at, std::uint64_t last) { progress(at, last); });
  if (!report.ok()) return fail(report.error());
  const auto& r = report.value();
  if (context.json()) {
    std::printf("%s\n", json{{"shard", flags.shard},
                             {"answers", r.answers},
                             {"equal", r.equal},
                             {"other_logic", r.other_logic},
                             {"first_difference", r.first_difference}}
                            .dump()
                            .c_str());
  } else {
    std::printf("shard %u: %llu answers, %llu re-executed to the same bytes, %llu of another logic version\n",
                unsigned{flags.shard}, static_cast<unsigned long long>(r.answers),
                static_cast<unsigned long long>(r.equal), static_cast<unsigned long long>(r.other_logic));
    if (!r.first_difference.empty()) std::printf("DIFFERENT: %s\n", r.first_difference.c_str());
  }
  return r.first_difference.empty() ? kExitOk : kExitFailed;
}

}  // namespace

void add_replay(CLI::App& app, Context& context, Action& action) {
  static ReplayFlags flags;
  auto* replay_command =
      app.add_subcommand("replay", "rebuild the state from EVT alone; compare it with the live engine");
  replay_command->footer("Example: sluice --data-dir /tmp/sluice replay --shard 0");
  replay_command->callback([&] { action = [&] { return replay(context, flags); }; });
  auto* verify_command = app.add_subcommand("verify", "check the chain, re-execute CMD, compare every body with EVT");
  verify_command->footer("Example: sluice --data-dir /tmp/sluice verify --shard 0");
  verify_command->callback([&] { action = [&] { return verify(context, flags); }; });
  for (auto* sub : {replay_command, verify_command}) {
    sub->add_option("--shard", flags.shard, "shard")->capture_default_str();
    sub->add_option("--orders-max", flags.orders_max, "live orders to have room for")->capture_default_str();
  }
}

}  // namespace sluice::cli
