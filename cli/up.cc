// sluice up: a whole Sluice on this machine, until Ctrl-C.
#include <cstdio>

#include "cli/context.h"
#include "cli/deployment.h"
#include "runtime/doorbell.h"
#include "runtime/shutdown.h"

namespace sluice::cli {

namespace {

constexpr Nanos kTend{100 * kNanosPerMilli};

int up(const Context& context, DeploymentOptions options) {
  runtime::Shutdown shutdown;
  options.data_dir = context.data_dir;
  Deployment deployment(options);
  std::printf("starting Sluice in %s …\n", context.data_dir.c_str());
  std::fflush(stdout);
  if (const Status started = deployment.start(); !started.ok()) return fail(started.error());
  if (!deployment.warning().empty()) std::fprintf(stderr, "warning: %s\n", deployment.warning().c_str());
  const Endpoints& at = deployment.endpoints();
  std::printf(
      "ready: %u shard%s, commands %s, kill switch %s, queries %s, log %s\nCtrl-C stops everything; logs are in "
      "%s/logs\n",
      unsigned{at.shards}, at.shards == 1 ? "" : "s", at.command.c_str(), at.kill.c_str(), at.query.c_str(),
      at.nats.c_str(), context.data_dir.c_str());
  std::fflush(stdout);
  runtime::Doorbell bell;
  int code = kExitOk;
  while (!shutdown.requested()) {
    if (const Status tended = deployment.tend(); !tended.ok()) {
      code = fail(tended.error());
      break;
    }
    bell.wait(bell.value(), kTend);
  }
  std::printf("stopping …\n");
  if (!deployment.stop()) {
    std::fprintf(stderr, "error: a process did not stop cleanly; see %s/logs\n", context.data_dir.c_str());
    return kExitFailed;
  }
  std::printf("stopped\n");
  return code;
}

}  // namespace

void add_up(CLI::App& app, Context& context, Action& action) {
  auto* command = app.add_subcommand("up", "start nats-server and all services here, until Ctrl-C");
  command->footer("Example: sluice up --data-dir /tmp/sluice --shards 2");
  static DeploymentOptions options;
  static std::uint64_t stream_mib = 1024;
  static std::vector<std::string> objectives;
  command->add_option("--shards", options.shards, "shards; fixed by the first start")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--stream-mib", stream_mib, "largest size of each stream")
      ->check(CLI::Range(16, 1 << 20))
      ->capture_default_str();
  command->add_flag("!--no-sync", options.sync,
                    "do not fsync every append: faster, but a power loss may lose acknowledged commands");
  command->add_option("--orders-max", options.orders_max, "live orders a shard at most")->capture_default_str();
  command->add_option("--keys-expected", options.keys_expected, "idempotency keys a shard to have room for at start")
      ->capture_default_str();
  command->add_option("--snapshot-messages", options.snapshot_messages, "event messages between two snapshots")
      ->capture_default_str();
  command->add_option("--log-level", options.log_level, "of the services: debug, info, warn, error")
      ->capture_default_str();
  command
      ->add_option("--objective", objectives,
                   "PROCESS=OBJECTIVE of engine, command or query, for example 'command=slow: order_placement p95 < "
                   "120ms over 1s for 5s kill flatten' (docs/telemetry.md)")
      ->take_all();
  command->callback([&] {
    action = [&] {
      for (const std::string& text : objectives) {
        const std::size_t equals = text.find('=');
        const std::string process = text.substr(0, equals);
        if (equals == std::string::npos || (process != "engine" && process != "command" && process != "query"))
          return fail(Error{ErrorCode::kInvalidArgument,
                            "--objective: '" + text + "' is not PROCESS=OBJECTIVE with engine, command or query"});
        options.objectives.emplace(process, text.substr(equals + 1));
      }
      options.stream_bytes_max = stream_mib << 20;
      return up(context, options);
    };
  });
}

}  // namespace sluice::cli
