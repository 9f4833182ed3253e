// KillListener: the direct path of a kill, on a port of its own. A latch is synced to the emergency file, stored for
// the executing thread, and answered once that thread has taken it. Threads: gRPC's own.
#pragma once

#include <grpcpp/grpcpp.h>

#include "engine/kill_desk.h"
#include "runtime/callers.h"
#include "sluice/v1/engine.grpc.pb.h"

namespace sluice::engine {

class KillListener final : public v1::EngineControlService::CallbackService {
 public:
  KillListener(ShardId shard, core::KillLatch& latch, KillDesk& desk, const EmergencyFile& emergency,
               EngineStatus& status, const runtime::Callers& callers);

  grpc::ServerUnaryReactor* Latch(grpc::CallbackServerContext* context, const v1::LatchRequest* request,
                                  v1::LatchResponse* response) override;
  grpc::ServerUnaryReactor* Status(grpc::CallbackServerContext* context,
                                   const v1::EngineControlServiceStatusRequest* request,
                                   v1::EngineControlServiceStatusResponse* response) override;

  grpc::ServerUnaryReactor* GetStageTimes(grpc::CallbackServerContext* context,
                                          const v1::EngineControlServiceGetStageTimesRequest* request,
                                          v1::EngineControlServiceGetStageTimesResponse* response) override;
  grpc::ServerUnaryReactor* Heartbeat(grpc::CallbackServerContext* context, const v1::HeartbeatRequest* request,
                                      v1::HeartbeatResponse* response) override;

 private:
  grpc::Status latch(const grpc::CallbackServerContext& context, const v1::LatchRequest& request,
                     v1::LatchResponse& response);
  void add_engaged(bool owner, v1::EngineControlServiceStatusResponse& response) const;

  const ShardId shard_;
  core::KillLatch& latch_;
  KillDesk& desk_;
  const EmergencyFile& emergency_;
  EngineStatus& status_;
  const runtime::Callers& callers_;
  runtime::Doorbell taken_bell_;
};

}  // namespace sluice::engine
