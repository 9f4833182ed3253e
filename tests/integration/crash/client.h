// Client: single calls against a deployment, as a person or a test makes them. One thread.
#pragma once

#include <memory>
#include <string>

#include "cli/context.h"
#include "sluice/v1/command.grpc.pb.h"
#include "sluice/v1/engine.grpc.pb.h"
#include "sluice/v1/kill_switch.grpc.pb.h"
#include "sluice/v1/query.grpc.pb.h"

namespace sluice::test {

class Client {
 public:
  explicit Client(const cli::Endpoints& endpoints, std::string principal = "alice");

  /// A resting limit order to buy 1 of symbol X; its command id is options().command_id().
  static v1::SubmitOrderRequest order(const std::string& account, const std::string& client_order_id,
                                      v1::WaitLevel level = v1::WAIT_LEVEL_EXECUTED);
  grpc::Status submit(const v1::SubmitOrderRequest& request, v1::SubmitOrderResponse& response);
  /// Submits `count` orders that rest, named r0, r1 and so on. OK when all are executed; else the first refusal.
  grpc::Status rest_orders(const std::string& account, int count);
  grpc::Status replace(const std::string& account, const std::string& client_order_id,
                       v1::ReplaceOrderResponse& response);
  grpc::Status cancel(const std::string& account, const std::string& client_order_id,
                      v1::CancelOrderResponse& response);
  grpc::Status cancel_all(const std::string& account, v1::CancelAllResponse& response);
  grpc::Status engage(const v1::EngageRequest& request, v1::EngageResponse& response);
  /// A kill with an id of its own.
  static v1::EngageRequest kill_of_account(const std::string& account);
  grpc::Status request_release(const std::string& account, const std::string& kill_id,
                               v1::RequestReleaseResponse& response);
  grpc::Status approve_release(const std::string& release_id, v1::ApproveReleaseResponse& response);
  v1::StatusResponse kill_status();
  /// Registers an account; waits until it is executed.
  grpc::Status register_account(const std::string& account);
  /// The direct path of a kill alone, to an engine's control port.
  static grpc::Status latch_at(const std::string& address, const v1::EngageRequest& kill, v1::LatchResponse& response);
  /// The engine's state; role "unreachable" if it does not answer.
  v1::EngineControlServiceStatusResponse engine();
  static v1::EngineControlServiceStatusResponse engine_at(const std::string& address);
  v1::GetStatusResponse query_status();

 private:
  void prepare(grpc::ClientContext& context) const;

  const std::string principal_;
  const std::string engine_address_;
  std::unique_ptr<v1::CommandService::Stub> commands_;
  std::unique_ptr<v1::KillSwitchService::Stub> kills_;
  std::unique_ptr<v1::QueryService::Stub> query_;
};

}  // namespace sluice::test
