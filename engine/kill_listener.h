// KillListener: the direct path of a kill, on a port of its own. A kill is stored for the executing thread at once, on
// gRPC's thread; a thread of the listener syncs all that have come meanwhile to the emergency file together, and
// answers each once it has been taken. So no kill waits for the disk of another. Threads: gRPC's, and one of its own.
#pragma once

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/kill_desk.h"
#include "runtime/callers.h"
#include "sluice/v1/engine.grpc.pb.h"

namespace sluice::engine {

class KillListener final : public v1::EngineControlService::CallbackService {
 public:
  KillListener(ShardId shard, core::KillLatch& latch, KillDesk& desk, const EmergencyFile& emergency,
               EngineStatus& status, const runtime::Callers& callers);
  /// Answers what is left; the server has ended or is ending.
  ~KillListener() override;

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
  /// A kill that is stored and waits for the disk and its answer.
  struct Waiting {
    grpc::ServerUnaryReactor* reactor;
    v1::LatchResponse* response;
    KillDesk::Stored stored;
    Nanos deadline{};  // steady; for its being taken
  };
  grpc::Status store(const grpc::CallbackServerContext& context, const v1::LatchRequest& request,
                     KillDesk::Stored& stored) const;
  void work();
  /// Syncs kills; those that could not be are answered, the others stay.
  void keep(std::vector<Waiting>& waiting);
  /// Answers a kill that has been taken, or has waited for long; false if it goes on waiting.
  bool answered(const Waiting& waiting) const;
  void add_engaged(bool owner, v1::EngineControlServiceStatusResponse& response) const;

  const ShardId shard_;
  core::KillLatch& latch_;
  KillDesk& desk_;
  const EmergencyFile& emergency_;
  EngineStatus& status_;
  const runtime::Callers& callers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Waiting> waiting_;
  bool stop_ = false;
  std::thread worker_;
};

}  // namespace sluice::engine
