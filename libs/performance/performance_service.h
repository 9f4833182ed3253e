// PerformanceService: the gRPC face of a process's telemetry, the same in every service. Threads: gRPC's.
#pragma once

#include <grpcpp/grpcpp.h>
#include <sluice/v1/performance.grpc.pb.h>

#include "telemetry/telemetry.h"

namespace sluice::performance {

/// What a process measured, as clients see it.
void write(const telemetry::Telemetry& telemetry, Nanos now, v1::GetPerformanceResponse& response);

class PerformanceService final : public v1::PerformanceService::CallbackService {
 public:
  /// `telemetry` outlives the server that serves this.
  explicit PerformanceService(telemetry::Telemetry& telemetry) : telemetry_(telemetry) {}

  grpc::ServerUnaryReactor* GetPerformance(grpc::CallbackServerContext*, const v1::GetPerformanceRequest*,
                                           v1::GetPerformanceResponse*) override;
  grpc::ServerUnaryReactor* SetMeasuring(grpc::CallbackServerContext*, const v1::SetMeasuringRequest*,
                                         v1::SetMeasuringResponse*) override;

 private:
  telemetry::Telemetry& telemetry_;
};

}  // namespace sluice::performance
