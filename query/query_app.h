// QueryApp: everything of a sluice-query process but its configuration: read models, projectors, gRPC and metrics
// servers, put together in the order in which they need each other. One thread starts and stops it.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "eventlog/event_log.h"
#include "performance/performance_service.h"
#include "projections/projector.h"
#include "query/catch_up.h"
#include "query/query_service.h"
#include "query/watch_hub.h"
#include "runtime/grpc_server.h"
#include "telemetry/telemetry.h"

namespace sluice::query {

/// What a query service measures.
std::vector<telemetry::Stage> measured_stages();

struct QueryAppOptions {
  std::uint16_t shards = 1;
  std::filesystem::path data_dir = "data/query";
  std::filesystem::path audit_dir;  // of QueryContext
  std::string listen = "127.0.0.1:7072";
  std::string metrics_listen = "127.0.0.1:9072";  // empty: no metrics server
  bool insecure = false;
  WatchHubOptions watch;
  CatchUpOptions history;
  telemetry::TelemetryOptions telemetry{.program = "query", .stages = measured_stages()};
  std::vector<std::string> performance_of{};  // host:port of other processes that ListPerformance asks
};

class QueryApp {
 public:
  /// Opens the read models, listens, and starts to project. Health says SERVING when every shard has reached the end of
  /// its log. `log` outlives the app. Errors: kInvalidArgument (addresses), kUnavailable (ports, data directory),
  /// kCorrupt.
  static Result<std::unique_ptr<QueryApp>> start(eventlog::EventLog& log, const QueryAppOptions& options);
  /// Stops.
  ~QueryApp();
  QueryApp(const QueryApp&) = delete;
  QueryApp& operator=(const QueryApp&) = delete;

  const std::string& address() const { return server_->address(); }
  /// Empty without a metrics server.
  std::string metrics_address() const {
    return metrics_server_ == nullptr ? std::string() : metrics_server_->address();
  }
  const projections::ProgressBoard& board() const { return board_; }

  /// Ends watches, drains queries for up to `bound` (a span), stops the projectors. Idempotent.
  void stop(Nanos bound);

 private:
  QueryApp(eventlog::EventLog& log, std::unique_ptr<projections::Store> store, const QueryAppOptions& options);
  Status load();
  Status listen(const QueryAppOptions& options);
  void start_projectors(eventlog::EventLog& log);
  void report_health();

  std::unique_ptr<projections::Store> store_;
  std::shared_ptr<telemetry::Registry> metrics_ = std::make_shared<telemetry::Registry>();
  telemetry::Telemetry telemetry_;
  performance::PerformanceService performance_service_{telemetry_};
  PerformanceSources performance_;
  projections::ReferenceCache names_;
  projections::ProgressBoard board_;
  WatchHub hub_;
  CatchUpPool history_;
  QueryService service_;
  std::unique_ptr<runtime::GrpcServer> server_;
  std::unique_ptr<telemetry::MetricsServer> metrics_server_;
  std::mutex health_mutex_;
  std::vector<std::unique_ptr<projections::Projector>> projectors_;
};

}  // namespace sluice::query
