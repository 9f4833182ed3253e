// sluice replay: EVT → state, with its hash beside the live engine's. sluice verify: re-executes CMD and compares
// bodies with EVT.
#include <cstdio>
#include <optional>

#include "cli/context.h"
#include "cli/replica_check.h"
#include "engine/reexecution.h"
#include "runtime/clock.h"

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

int replay(const Context& context, const ReplayFlags& flags) {
  auto log = context.open_log();
  if (!log.ok()) return fail(log.error());
  Progress progress;
  const auto live = [&]() -> std::optional<LiveState> {
    const auto endpoints = context.endpoints();
    if (!endpoints.ok() || flags.shard >= endpoints.value().engines.size()) return std::nullopt;
    return live_state(endpoints.value().engines[flags.shard], Nanos{context.timeout_ms * kNanosPerMilli});
  };
  const auto replayed = replay_and_compare(*log.value(), ShardId{flags.shard}, {flags.orders_max, 1u << 18}, live,
                                           [&](std::uint64_t at, std::uint64_t last) { progress(at, last); });
  if (!replayed.ok()) return fail(replayed.error());
  const ReplayReport& r = replayed.value();
  const double events_per_s = r.seconds > 0 ? static_cast<double>(r.events) / r.seconds : 0.0;
  if (context.json()) {
    std::printf("%s\n", json{{"shard", flags.shard},
                             {"messages", r.messages},
                             {"command_sequence", r.command_sequence},
                             {"events", r.events},
                             {"seconds", r.seconds},
                             {"events_per_s", events_per_s},
                             {"void_messages", r.void_messages},
                             {"state_hash", r.hash},
                             {"live_hash", r.comparable() ? json(r.live->hash) : json()},
                             {"equal", r.comparable() ? json(r.equal()) : json()}}
                            .dump()
                            .c_str());
  } else {
    std::printf("shard %u: %llu messages, %llu events in %.3f s (%.0f events/s)\nstate %s after command %llu\n",
                unsigned{flags.shard}, static_cast<unsigned long long>(r.messages),
                static_cast<unsigned long long>(r.events), r.seconds, events_per_s, r.hash.c_str(),
                static_cast<unsigned long long>(r.command_sequence));
    if (r.comparable())
      std::printf("the live engine has %s\n",
                  r.equal() ? "the same state" : ("ANOTHER STATE: " + r.live->hash).c_str());
    else std::printf("not compared: the live engine cannot be asked, or the log grew meanwhile\n");
  }
  return r.comparable() && !r.equal() ? kExitFailed : kExitOk;
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
