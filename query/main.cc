// sluice-query: read models and the query API in one process. The picture: event log → projectors → RocksDB → gRPC.
#include <cstdio>

#include "eventlog/jetstream_log.h"
#include "query/query_app.h"
#include "runtime/config.h"
#include "runtime/exit.h"
#include "runtime/logging.h"
#include "runtime/ready_file.h"
#include "runtime/shutdown.h"
#include "telemetry/settings.h"

namespace {
constexpr sluice::Nanos kDrainBound{5 * sluice::kNanosPerSecond};
}  // namespace

int main(int argc, char** argv) {
  using namespace sluice;
  query::QueryAppOptions options;
  std::string nats_url = "nats://127.0.0.1:4222", data_dir = options.data_dir.string(), audit_dir, log_level = "info",
              ready_file;
  bool log_json = false;
  runtime::Config config("sluice-query", "Projects the event log into read models and serves them.");
  config.key("nats_url", nats_url, "The event log");
  config.key("shards", options.shards, "Number of shards of the deployment");
  config.key("data_dir", data_dir, "Directory of the read models; delete it to rebuild them");
  config.key(
      "audit_dir", audit_dir,
      "Directory with the data directories of engines and command service, whose audits ListAudit shows; empty for "
      "none");
  config.key("listen", options.listen, "host:port of the query API; port 0 takes a free one");
  config.key("metrics_listen", options.metrics_listen, "host:port of /metrics; empty for none");
  config.key(
      "performance_of", options.performance_of,
      "host:port of engines (control ports) and of the command service, whose performance ListPerformance shows");
  telemetry::Settings telemetry_settings(/*stops_trade=*/false);
  telemetry_settings.add_to(config);
  config.key("insecure", options.insecure, "Allow addresses that are not loopback");
  config.key("log_level", log_level, "debug, info, warn, error or off");
  config.key("log_json", log_json, "Log lines as JSON");
  config.key("ready_file", ready_file, "Written when listening, with the addresses");
  if (const auto exit_code = config.parse(argc, argv)) return *exit_code;
  const Status logging = runtime::set_up_logging("sluice-query", log_level,
                                                 log_json ? runtime::LogFormat::kJson : runtime::LogFormat::kText);
  if (!logging.ok()) return runtime::start_error(logging.error());

  runtime::Shutdown shutdown;
  options.data_dir = data_dir;
  options.audit_dir = audit_dir;
  auto measured =
      telemetry_settings.options("query", query::measured_stages(), {}, options.data_dir.string() + "-performance");
  if (!measured.ok()) return runtime::start_error(measured.error());
  options.telemetry = std::move(measured).value();
  const auto log = eventlog::open_jetstream({.url = nats_url, .name = "sluice-query"});
  auto app = query::QueryApp::start(*log, options);
  if (!app.ok()) return runtime::start_error(app.error());
  const query::QueryApp& running = *app.value();
  std::printf("sluice-query listening on %s\n", running.address().c_str());
  std::fflush(stdout);
  const Status ready =
      runtime::write_ready_file(ready_file, {{"query", running.address()}, {"metrics", running.metrics_address()}});
  if (!ready.ok()) return runtime::start_error(ready.error());
  return runtime::run_until_shutdown(shutdown, kDrainBound + kDrainBound, [&app] { app.value()->stop(kDrainBound); });
}
