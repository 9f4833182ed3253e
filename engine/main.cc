// sluice-engine: executes the commands of one shard.
#include <cstdio>
#include <thread>

#include "engine/kill_listener.h"
#include "engine/local_kills.h"
#include "engine/service.h"
#include "engine/shard_engine.h"
#include "eventlog/jetstream_log.h"
#include "performance/performance_service.h"
#include "runtime/callers.h"
#include "runtime/config.h"
#include "runtime/exit.h"
#include "runtime/grpc_server.h"
#include "runtime/logging.h"
#include "runtime/ready_file.h"
#include "runtime/shutdown.h"
#include "runtime/this_thread.h"
#include "telemetry/objective_kill.h"
#include "telemetry/process_metrics.h"
#include "telemetry/settings.h"

using namespace sluice;

int main(int argc, char** argv) {
  std::string nats_url = "nats://127.0.0.1:4222", listen = "127.0.0.1:7411", metrics_listen = "127.0.0.1:9411",
              data_dir = "sluice-engine", standby_of, log_level = "info", ready_file;
  std::uint16_t shard = 0;
  bool insecure = false;
  engine::ShardEngineOptions options;
  runtime::Config config("sluice-engine", "Executes the commands of one shard: books, risk, positions, kill switches.");
  config.key("nats_url", nats_url, "nats-server that holds the log");
  config.key("shard", shard, "shard to execute");
  config.key("data_dir", data_dir,
             "folder for snapshots, the emergency file and the audit; a file named kill in it stops trade");
  config.key("listen", listen, "host:port of the control port: direct kills, status");
  config.key("metrics_listen", metrics_listen, "host:port of /metrics");
  config.key("standby_of", standby_of, "control port of the engine to stand by for; empty takes the shard at once");
  config.key("orders_max", options.capacity.orders, "live orders at most");
  config.key("keys_expected", options.capacity.keys,
             "idempotency keys to have room for at start; the table grows if it must");
  std::int64_t heartbeat_ms = 0;
  config.key("heartbeat_hold_after_ms", heartbeat_ms,
             "hold when no heartbeat of the operators came for so long; 0 wants none");
  config.key("audit_segments_kept", options.audit_segments_kept, "audit files kept; 0 keeps all");
  config.key("snapshot_messages", options.snapshots.every_messages, "event messages between two snapshots");
  telemetry::Settings telemetry_settings(/*stops_trade=*/true);
  telemetry_settings.add_to(config);
  config.key("insecure", insecure, "allow an address that is not loopback");
  config.key("log_level", log_level, "debug, info, warn, error or off");
  config.key("ready_file", ready_file, "file to write the addresses to when serving");
  if (const auto code = config.parse(argc, argv)) return *code;
  runtime::Shutdown shutdown;
  if (const auto logging = runtime::set_up_logging("sluice-engine", log_level); !logging.ok())
    return runtime::start_error(logging.error());

  options.shard = ShardId{shard};
  options.data_dir = data_dir;
  options.standby_of = standby_of;
  options.configuration = config.values();
  options.heartbeat_hold_after = Nanos{heartbeat_ms * kNanosPerMilli};
  auto measured = telemetry_settings.options((standby_of.empty() ? "engine-" : "standby-") + std::to_string(shard),
                                             engine::measured_stages(), {{"shard", std::to_string(shard)}},
                                             options.data_dir / "performance");
  if (!measured.ok()) return runtime::start_error(measured.error());
  telemetry::Telemetry telemetry(std::move(measured).value());
  telemetry.follow(telemetry::Stage::kPublish);
  const auto log = eventlog::open_jetstream({.url = nats_url, .name = "sluice-engine"});
  engine::ShardEngine shard_engine(*log, telemetry.spans(), options);
  const auto callers = runtime::callers_by_metadata();
  engine::KillListener listener(options.shard, shard_engine.latch(), shard_engine.desk(), shard_engine.emergency(),
                                shard_engine.status(), *callers);
  performance::PerformanceService performance(telemetry);
  auto server = runtime::GrpcServer::start({.listen = listen, .insecure = insecure}, {&listener, &performance});
  if (!server.ok()) return runtime::start_error(server.error());
  const auto registry = std::make_shared<telemetry::Registry>();
  engine::register_metrics(*registry, options.shard, shard_engine.status());
  telemetry.register_metrics(*registry);
  telemetry::register_process_metrics(*registry);
  const auto metrics = telemetry::MetricsServer::start(metrics_listen, registry);
  if (!metrics.ok()) return runtime::start_error(metrics.error());

  engine::LocalKills local_kills(data_dir, shard_engine.desk());
  telemetry.objectives().add_hook([&local_kills](const telemetry::ObjectiveState& state) {
    if (!state.violated || !state.objective.kill) return;
    const telemetry::ObjectiveKill asked = telemetry::kill_of(state);
    local_kills.latch({asked.kill, asked.by});
  });
  telemetry.start();
  Status ended = ok_status();
  std::thread running([&] {
    runtime::name_this_thread("shard");
    ended = shard_engine.run();
    shutdown.request();
  });
  server.value()->set_serving(true);
  std::printf("sluice-engine shard %u listening on %s\n", unsigned{shard}, server.value()->address().c_str());
  std::fflush(stdout);
  const Status ready = runtime::write_ready_file(
      ready_file, {{"engine", server.value()->address()}, {"metrics", metrics.value()->address()}});
  if (!ready.ok()) return runtime::start_error(ready.error());
  return runtime::run_until_shutdown(shutdown, Nanos{10 * kNanosPerSecond}, [&] {
    shard_engine.stop();
    running.join();
    telemetry.stop();
    server.value()->shutdown(Nanos{kNanosPerSecond});
    if (!ended.ok()) runtime::exit_halted(ended.error());
  });
}
