// KillSwitchService: served on a port of its own, with threads of its own for the calls that wait, so that it is
// reachable when the order path is saturated; and before the log could be read.
#pragma once

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "command/kill_fanout.h"
#include "command/refusals.h"
#include "sluice/v1/kill_switch.grpc.pb.h"

namespace sluice::command {

class KillSwitchService final : public v1::KillSwitchService::CallbackService {
 public:
  /// `wait`: how long a call waits for the confirmation of every shard.
  KillSwitchService(const ShardLinks& shards, const Directory& directory, const KillBook& book, KillFanout& fanout,
                    const Refusals& refusals, Nanos wait);
  ~KillSwitchService();

  grpc::ServerUnaryReactor* Engage(grpc::CallbackServerContext*, const v1::EngageRequest*,
                                   v1::EngageResponse*) override;
  grpc::ServerUnaryReactor* RequestRelease(grpc::CallbackServerContext*, const v1::RequestReleaseRequest*,
                                           v1::RequestReleaseResponse*) override;
  grpc::ServerUnaryReactor* ApproveRelease(grpc::CallbackServerContext*, const v1::ApproveReleaseRequest*,
                                           v1::ApproveReleaseResponse*) override;
  grpc::ServerUnaryReactor* Status(grpc::CallbackServerContext*, const v1::StatusRequest*,
                                   v1::StatusResponse*) override;

 private:
  /// Who calls; nobody may release without saying who it is.
  grpc::Status read_named_principal(const grpc::CallbackServerContext& context, Principal& principal) const;
  grpc::Status read_kill(const v1::EngageRequest& request, EngageKillSwitch& kill) const;
  grpc::ServerUnaryReactor* log_everywhere(grpc::CallbackServerContext* context, const Request& what,
                                           const std::function<ControlCommandBody(std::size_t)>& body,
                                           const std::function<void(CommandBatch&)>& write);
  /// Results, token and shards of an answer to a request or an approval.
  template <typename Response>
  void write_shards(const CommandBatch& batch, Response& response) const;
  void work();

  const ShardLinks& shards_;
  const Directory& directory_;
  const KillBook& book_;
  KillFanout& fanout_;
  const Refusals& refusals_;
  const Nanos wait_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stop_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace sluice::command
