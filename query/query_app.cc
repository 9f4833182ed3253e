#include "query/query_app.h"

#include "runtime/config.h"
#include "telemetry/process_metrics.h"

namespace sluice::query {

std::vector<telemetry::Stage> measured_stages() { return {telemetry::Stage::kQuery, telemetry::Stage::kProject}; }

QueryApp::QueryApp(eventlog::EventLog& log, std::unique_ptr<projections::Store> store, const QueryAppOptions& options)
    : store_(std::move(store)),
      telemetry_(options.telemetry),
      performance_(telemetry_, options.performance_of),
      names_(options.shards),
      board_(options.shards),
      hub_(options.shards, options.watch),
      history_(log, *store_, options.history),
      service_({*store_, names_, board_, options.audit_dir}, {hub_, history_, names_}, *metrics_, telemetry_.spans(),
               performance_) {
  telemetry_.register_metrics(*metrics_);
  telemetry::register_process_metrics(*metrics_);
  telemetry_.start();
}

QueryApp::~QueryApp() { stop(Nanos{kNanosPerSecond}); }

Result<std::unique_ptr<QueryApp>> QueryApp::start(eventlog::EventLog& log, const QueryAppOptions& options) {
  if (options.shards == 0) return Error{ErrorCode::kInvalidArgument, "shards must be at least 1"};
  auto store = projections::Store::open(options.data_dir);
  if (!store.ok()) return store.error();
  std::unique_ptr<QueryApp> app(new QueryApp(log, std::move(store).value(), options));
  const Status loaded = app->load();
  if (!loaded.ok()) return loaded.error();
  const Status listening = app->listen(options);
  if (!listening.ok()) return listening.error();
  app->start_projectors(log);
  return app;
}

/// Names and watch positions as of the last run, so that the first request sees no less than the last one before.
Status QueryApp::load() {
  for (std::uint16_t number = 0; number < board_.shards(); ++number) {
    const ShardId shard{number};
    const Status loaded = names_.load(*store_, shard);
    if (!loaded.ok()) return loaded;
    const auto progress = store_->progress(shard);
    if (!progress.ok()) return progress.error();
    if (progress.value()) hub_.deliver(shard, {}, progress.value()->evt_sequence);
  }
  return ok_status();
}

Status QueryApp::listen(const QueryAppOptions& options) {
  auto server = runtime::GrpcServer::start({.listen = options.listen, .insecure = options.insecure},
                                           {&service_, &performance_service_});
  if (!server.ok()) return server.error();
  server_ = std::move(server).value();
  if (options.metrics_listen.empty()) return ok_status();
  const Status allowed = runtime::check_listen_address(options.metrics_listen, options.insecure);
  if (!allowed.ok()) return allowed;
  auto metrics_server = telemetry::MetricsServer::start(options.metrics_listen, metrics_);
  if (!metrics_server.ok()) return metrics_server.error();
  metrics_server_ = std::move(metrics_server).value();
  return ok_status();
}

void QueryApp::start_projectors(eventlog::EventLog& log) {
  board_.observe_states([this] { report_health(); });
  for (std::uint16_t number = 0; number < board_.shards(); ++number) {
    projections::ProjectorOptions options;
    options.shard = ShardId{number};
    options.spans = &telemetry_.spans();
    projectors_.push_back(
        std::make_unique<projections::Projector>(log, *store_, names_, board_, *metrics_, &hub_, options));
    projectors_.back()->start();
  }
}

void QueryApp::report_health() {
  // Under a lock, so that of two shards that change at once the later look wins.
  const std::lock_guard lock(health_mutex_);
  server_->set_serving(board_.all_live());
}

void QueryApp::stop(Nanos bound) {
  hub_.close();
  // Projectors first: they report health to the server, which must still be there.
  for (const auto& projector : projectors_) projector->stop();
  if (server_ != nullptr) server_->shutdown(bound);
  telemetry_.stop();
}

}  // namespace sluice::query
