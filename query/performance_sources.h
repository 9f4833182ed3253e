// PerformanceSources: asks every process that it is told of how fast it is. Threads: gRPC's; nothing blocks.
#pragma once

#include <grpcpp/grpcpp.h>
#include <sluice/v1/performance.grpc.pb.h>
#include <sluice/v1/query.grpc.pb.h>

#include <memory>
#include <string>
#include <vector>

#include "telemetry/telemetry.h"

namespace sluice::query {

class PerformanceSources {
 public:
  /// `own`: of this process; outlives it. `addresses`: of the others.
  PerformanceSources(const telemetry::Telemetry& own, const std::vector<std::string>& addresses);

  /// Ends the call when all have answered, or have not within a second.
  grpc::ServerUnaryReactor* list(grpc::CallbackServerContext& context, v1::ListPerformanceResponse& response);

 private:
  struct Source {
    std::string address;
    std::unique_ptr<v1::PerformanceService::Stub> stub;
  };
  const telemetry::Telemetry& own_;
  std::vector<Source> sources_;
};

}  // namespace sluice::query
