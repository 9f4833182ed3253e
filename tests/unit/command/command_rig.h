// CommandRig: a whole command service in this process: logs in memory, both gRPC ports, and, when asked for, the real
// engine of each shard. One thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "audit/audit_reader.h"
#include "command/command_service.h"
#include "command/kill_switch_service.h"
#include "command/service_metrics.h"
#include "engine/shard_engine.h"
#include "eventlog/memory_log.h"
#include "probe.h"
#include "runtime/callers.h"
#include "runtime/grpc_server.h"
#include "runtime/ids.h"
#include "sluice/v1/kill_switch.grpc.pb.h"
#include "support/few_spans.h"

namespace sluice::command {

struct CommandRigOptions {
  std::uint16_t shards = 1;
  ShardLinkOptions link{};
  Nanos wait{20 * kNanosPerSecond};
  Nanos kill_wait{20 * kNanosPerSecond};
  std::vector<EngineAddress> engines{};
};

class CommandRig {
 public:
  explicit CommandRig(CommandRigOptions options = {});
  ~CommandRig();

  /// Starts the service; waits until it knows the names, unless the log hides them.
  void serve(bool until_caught_up = true);
  void start_engines();
  void stop_engines();
  void start_engine(std::uint16_t shard);
  void stop_engine(std::uint16_t shard);
  /// Accounts A and B, strategy S, and instruments X (shard 0) and Y (the last shard); needs serve() and engines.
  void register_usual();

  /// Calls a method as `principal`; 20 s at most, or `deadline` (a span).
  template <typename Stub, typename Request, typename Response>
  static grpc::Status call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                           const Request& request, Response& response, const std::string& principal = "alice") {
    grpc::ClientContext context;
    context.set_deadline(runtime::deadline_after(Nanos{30 * kNanosPerSecond}));
    context.AddMetadata("sluice-principal", principal);
    return (stub.*method)(&context, request, &response);
  }
  grpc::Status submit(const v1::SubmitOrderRequest& request) {
    submitted = {};
    return call(*orders, &v1::CommandService::Stub::SubmitOrder, request, submitted);
  }
  v1::EngageRequest kill_of(const std::string& account) const;
  grpc::Status engage(const v1::EngageRequest& request, v1::EngageResponse& response,
                      const std::string& principal = "alice") {
    return call(*kills, &v1::KillSwitchService::Stub::Engage, request, response, principal);
  }

  /// A resting order of account A to buy 1 X at 1.
  static v1::SubmitOrderRequest order(const std::string& client_order_id,
                                      v1::WaitLevel level = v1::WAIT_LEVEL_EXECUTED);
  static v1::CommandOptions fresh_options(v1::WaitLevel level = v1::WAIT_LEVEL_EXECUTED);
  std::uint64_t messages(eventlog::StreamKind kind = eventlog::StreamKind::kCommand, std::uint16_t shard = 0) {
    return log.info({kind, ShardId{shard}}).value().last_sequence;
  }
  CommandService& service() { return *service_; }
  /// What the audit has of refused calls, after it has ended.
  std::vector<audit::AuditLine> audited_refusals();
  ShardLink& link(std::size_t shard = 0) { return *links_[shard]; }

  eventlog::MemoryLog log;
  std::unique_ptr<v1::CommandService::Stub> orders;
  std::unique_ptr<v1::KillSwitchService::Stub> kills;
  v1::SubmitOrderResponse submitted;

 private:
  struct RunningEngine {
    std::unique_ptr<engine::ShardEngine> engine;
    std::thread thread;
  };

  const CommandRigOptions options_;
  telemetry::Telemetry telemetry_{{.program = "test", .stages = measured_stages(), .spans = test::kFewSpans}};
  OrderMeasures measures_{telemetry_};
  test::TempDir dir_;
  std::map<std::uint16_t, RunningEngine> engines_;  // by shard
  Directory directory_;
  KillBook book_;
  ShardLinks links_;
  const std::unique_ptr<runtime::Callers> callers_ = runtime::callers_by_metadata();
  const runtime::SystemClock clock_;
  std::unique_ptr<audit::ServiceAudit> audit_;
  std::unique_ptr<Refusals> refusals_;
  std::unique_ptr<CommandService> service_;
  std::unique_ptr<KillFanout> fanout_;
  std::unique_ptr<KillSwitchService> kill_service_;
  std::unique_ptr<runtime::GrpcServer> server_;
  std::unique_ptr<runtime::GrpcServer> kill_server_;
};

}  // namespace sluice::command
