// sluice-command: gRPC in, command log out.
#include <cstdio>
#include <filesystem>
#include <thread>

#include "command/kill_switch_service.h"
#include "command/objective_kills.h"
#include "command/service_metrics.h"
#include "command/start.h"
#include "eventlog/jetstream_log.h"
#include "performance/performance_service.h"
#include "runtime/callers.h"
#include "runtime/clock.h"
#include "runtime/config.h"
#include "runtime/exit.h"
#include "runtime/grpc_server.h"
#include "runtime/logging.h"
#include "runtime/ready_file.h"
#include "runtime/shutdown.h"
#include "runtime/this_thread.h"
#include "telemetry/process_metrics.h"
#include "telemetry/settings.h"

using namespace sluice;

int main(int argc, char** argv) {
  std::string nats_url = "nats://127.0.0.1:4222", listen = "127.0.0.1:7401", kill_listen = "127.0.0.1:7402",
              metrics_listen = "127.0.0.1:9401", data_dir = "sluice-command", log_level = "info", ready_file;
  std::vector<std::string> engines;
  std::int64_t wait_ms = 5000, kill_wait_ms = 2000;
  bool insecure = false;
  command::ShardLinkOptions options;
  audit::AuditSinkOptions audit_options;
  runtime::Config config("sluice-command", "Takes commands over gRPC, validates them and appends them to the log.");
  config.key("nats_url", nats_url, "nats-server that holds the log");
  config.key("listen", listen, "host:port of CommandService");
  config.key("kill_listen", kill_listen, "host:port of KillSwitchService");
  config.key("metrics_listen", metrics_listen, "host:port of /metrics");
  config.key("data_dir", data_dir, "folder for the audit of what was not let in");
  config.key("audit_segments_kept", audit_options.segments_kept, "audit files kept; 0 keeps all");
  config.key("engines", engines, "control ports of the engines for direct kills, as SHARD=HOST:PORT, standbys too");
  config.key("lanes", options.lanes, "lanes a shard: frames in flight at most");
  config.key("queued_max", options.queued_max,
             "commands a shard that may wait for the log; beyond is RESOURCE_EXHAUSTED");
  config.key("wait_ms", wait_ms, "how long a command waits for its level without a client's deadline");
  config.key("kill_wait_ms", kill_wait_ms, "how long a kill waits for the confirmation of every shard");
  telemetry::Settings telemetry_settings(/*stops_trade=*/true);
  telemetry_settings.add_to(config);
  config.key("insecure", insecure, "allow an address that is not loopback");
  config.key("log_level", log_level, "debug, info, warn, error or off");
  config.key("ready_file", ready_file, "file to write the addresses to when listening");
  if (const auto code = config.parse(argc, argv)) return *code;
  runtime::Shutdown shutdown;
  if (const auto logging = runtime::set_up_logging("sluice-command", log_level); !logging.ok())
    return runtime::start_error(logging.error());
  const auto addresses = command::parse_engines(engines);
  if (!addresses.ok()) return runtime::start_error(addresses.error());

  auto measured = telemetry_settings.options("command", command::measured_stages(), {},
                                             std::filesystem::path(data_dir) / "performance");
  if (!measured.ok()) return runtime::start_error(measured.error());
  telemetry::Telemetry telemetry(std::move(measured).value());
  command::OrderMeasures measures(telemetry);
  telemetry.follow(telemetry::Stage::kPublish);
  performance::PerformanceService performance(telemetry);
  const runtime::SystemClock clock;
  audit_options.spans = &telemetry.spans();
  audit_options.folder = std::filesystem::path(data_dir) / "audit";
  const auto audit = audit::ServiceAudit::start(audit_options, "sluice-command", config.values(), clock);
  if (!audit.ok()) return runtime::start_error(audit.error());
  const auto log = eventlog::open_jetstream({.url = nats_url, .name = "sluice-command"});
  command::Directory directory;
  command::KillBook kills;
  command::ShardLinks shards;
  const auto callers = runtime::callers_by_metadata();
  const command::Refusals refusals(*callers, audit.value().get());
  command::CommandService service(shards, directory, refusals, measures, Nanos{wait_ms * kNanosPerMilli});
  command::KillFanout fanout(shards, kills, addresses.value());
  command::KillSwitchService kill_service(shards, directory, kills, fanout, refusals,
                                          Nanos{kill_wait_ms * kNanosPerMilli});
  telemetry.objectives().add_hook(command::killing_by(fanout, Nanos{kill_wait_ms * kNanosPerMilli}));
  const auto kill_server = runtime::GrpcServer::start({.listen = kill_listen, .insecure = insecure}, {&kill_service});
  if (!kill_server.ok()) return runtime::start_error(kill_server.error());
  const auto server = runtime::GrpcServer::start({.listen = listen, .insecure = insecure, .receive_bytes_max = 1 << 20},
                                                 {&service, &performance});
  if (!server.ok()) return runtime::start_error(server.error());
  const auto registry = std::make_shared<telemetry::Registry>();
  command::register_metrics(*registry, service, fanout);
  command::register_metrics(*registry, *audit.value());
  telemetry.register_metrics(*registry);
  telemetry::register_process_metrics(*registry);
  const auto metrics = telemetry::MetricsServer::start(metrics_listen, registry);
  if (!metrics.ok()) return runtime::start_error(metrics.error());

  telemetry.start();
  // The kill switch is served at once, orders only when the log is there and their names can be translated.
  kill_server.value()->set_serving(true);
  Status linked = ok_status();
  std::thread linking([&] {
    runtime::name_this_thread("linking");
    linked = command::link_shards(*log, options, shutdown, directory, kills, telemetry.spans(), shards);
    if (!linked.ok()) return shutdown.request();
    fanout.log_unconfirmed();
    for (const auto& shard : shards.all()) command::register_metrics(*registry, *shard, kills);
    if (!command::wait_until_caught_up(shards, shutdown)) return;
    service.open();
    server.value()->set_serving(true);
  });
  std::printf("sluice-command listening on %s, kill switch on %s\n", server.value()->address().c_str(),
              kill_server.value()->address().c_str());
  std::fflush(stdout);
  const Status ready = runtime::write_ready_file(ready_file, {{"command", server.value()->address()},
                                                              {"kill", kill_server.value()->address()},
                                                              {"metrics", metrics.value()->address()}});
  if (!ready.ok()) shutdown.request();
  const int code = runtime::run_until_shutdown(shutdown, Nanos{10 * kNanosPerSecond}, [&] {
    linking.join();
    server.value()->shutdown(Nanos{3 * kNanosPerSecond});
    kill_server.value()->shutdown(Nanos{kNanosPerSecond});
    service.disconnects().finish(Nanos{2 * kNanosPerSecond});
    shards.stop();
    telemetry.stop();
    audit.value()->stop(linked.ok() || linked.error().code == ErrorCode::kCancelled ? "" : linked.error().message);
  });
  if (!ready.ok()) return runtime::start_error(ready.error());
  return linked.ok() || linked.error().code == ErrorCode::kCancelled ? code : runtime::start_error(linked.error());
}
