// CommandService: gRPC in, log out. The path of an order: SubmitOrder → Translator → LaneWriter::submit → CMD.
// Stateless but for the fold of names; any replica will do. Callback API: no thread waits for a call.
#pragma once

#include <grpcpp/grpcpp.h>

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "command/command_batch.h"
#include "command/disconnect_canceller.h"
#include "command/order_measures.h"
#include "command/refusals.h"
#include "command/shard_links.h"
#include "command/translator.h"
#include "sluice/v1/command.grpc.pb.h"

namespace sluice::command {

struct CommandServiceStats {
  using Count = std::atomic<std::uint64_t>;
  Count received{0};
  Count in_flight{0};  // commands that wait for their level
  Count streams{0};    // StreamCommands calls that are open
  // refused: nothing was logged
  Count invalid{0};      // INVALID_ARGUMENT, NOT_FOUND
  Count overloaded{0};   // RESOURCE_EXHAUSTED: too many wait
  Count nearly_full{0};  // RESOURCE_EXHAUSTED: the log has room for kills, releases and cancels only
  Count not_ready{0};    // UNAVAILABLE: the log, or a shard's, is not followed yet, or halted
  // answered
  Count logged{0};
  Count executed{0};
  Count rejected{0};
  Count repeated{0};
  std::array<Count, kErrorCodes.size()> failed{};  // index: ErrorCode

  void count(const Slot& slot);
};

class CommandService final : public v1::CommandService::CallbackService {
 public:
  /// `wait_default`: how long a command waits for its level if the client gave no deadline.
  CommandService(const ShardLinks& shards, Directory& directory, const Refusals& refusals, OrderMeasures& measures,
                 Nanos wait_default);

  /// The shards are linked and their names known: commands are taken from now on; before, they are UNAVAILABLE.
  void open() { open_.store(true, std::memory_order_release); }

  grpc::ServerUnaryReactor* SubmitOrder(grpc::CallbackServerContext*, const v1::SubmitOrderRequest*,
                                        v1::SubmitOrderResponse*) override;
  grpc::ServerUnaryReactor* CancelOrder(grpc::CallbackServerContext*, const v1::CancelOrderRequest*,
                                        v1::CancelOrderResponse*) override;
  grpc::ServerUnaryReactor* ReplaceOrder(grpc::CallbackServerContext*, const v1::ReplaceOrderRequest*,
                                         v1::ReplaceOrderResponse*) override;
  grpc::ServerUnaryReactor* CancelAll(grpc::CallbackServerContext*, const v1::CancelAllRequest*,
                                      v1::CancelAllResponse*) override;
  grpc::ServerBidiReactor<v1::StreamCommandsRequest, v1::StreamCommandsResponse>* StreamCommands(
      grpc::CallbackServerContext*) override;
  grpc::ServerUnaryReactor* DefineInstrument(grpc::CallbackServerContext*, const v1::DefineInstrumentRequest*,
                                             v1::DefineInstrumentResponse*) override;
  grpc::ServerUnaryReactor* RegisterAccount(grpc::CallbackServerContext*, const v1::RegisterAccountRequest*,
                                            v1::RegisterAccountResponse*) override;
  grpc::ServerUnaryReactor* RegisterStrategy(grpc::CallbackServerContext*, const v1::RegisterStrategyRequest*,
                                             v1::RegisterStrategyResponse*) override;
  grpc::ServerUnaryReactor* SetLimits(grpc::CallbackServerContext*, const v1::SetLimitsRequest*,
                                      v1::SetLimitsResponse*) override;
  grpc::ServerUnaryReactor* SetInstrumentState(grpc::CallbackServerContext*, const v1::SetInstrumentStateRequest*,
                                               v1::SetInstrumentStateResponse*) override;
  grpc::ServerUnaryReactor* SetCalendar(grpc::CallbackServerContext*, const v1::SetCalendarRequest*,
                                        v1::SetCalendarResponse*) override;

  grpc::ServerUnaryReactor* GetStageTimes(grpc::CallbackServerContext*, const v1::CommandServiceGetStageTimesRequest*,
                                          v1::CommandServiceGetStageTimesResponse*) override;

  /// One message of a stream; `done` gets the response. `by`: who sends it. Any thread.
  void execute(const v1::StreamCommandsRequest& request, const Principal& by, Nanos deadline,
               const std::function<void(v1::StreamCommandsResponse&&)>& done);
  const Refusals& refusals() const { return refusals_; }

  Nanos deadline_of(const grpc::CallbackServerContext& context) const;
  const CommandServiceStats& stats() const { return stats_; }
  CommandServiceStats& stats() { return stats_; }
  DisconnectCanceller& disconnects() { return disconnects_; }
  const DisconnectCanceller& disconnects() const { return disconnects_; }
  const Directory& directory() const { return directory_; }

 private:
  grpc::Status translate(const v1::Command& command, Routed& routed) const;
  grpc::Status refuse_if_closed();
  grpc::Status refuse_if_not_ready(ShardId shard);
  grpc::Status refuse_if_nearly_full(ShardId shard);
  /// Whether it may be queued; then its slot is filled in.
  grpc::Status admit(const Routed& routed, const v1::CommandOptions& options, Nanos received, const Waiter& waiter);
  grpc::Status enqueue(ShardId shard, std::span<OrderWriter::Queued> commands);
  grpc::Status enqueue_one(const Routed& routed, const v1::CommandOptions& options, Nanos received,
                           const Waiter& waiter);
  grpc::Status overload_of(const ::sluice::Status& queued);
  /// Ends a call that is not let in, and counts it if its request is wrong.
  grpc::ServerUnaryReactor* refuse(grpc::CallbackServerContext* context, const Request& request,
                                   const grpc::Status& status);
  template <typename Translate, typename Response>
  grpc::ServerUnaryReactor* one(grpc::CallbackServerContext* context, const Request& request,
                                const v1::CommandOptions& options, const Translate& translate, Response* response);
  template <typename Response>
  grpc::ServerUnaryReactor* everywhere(grpc::CallbackServerContext* context, const Request& request,
                                       const v1::CommandOptions& options, const ControlCommandBody& body,
                                       Response* response);

  const ShardLinks& shards_;
  Directory& directory_;
  const Refusals& refusals_;
  OrderMeasures& measures_;
  const Translator translator_;
  const Nanos wait_default_;
  std::atomic<bool> open_{false};
  CommandServiceStats stats_;
  DisconnectCanceller disconnects_;
};

}  // namespace sluice::command
