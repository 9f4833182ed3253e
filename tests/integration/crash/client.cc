#include "crash/client.h"

#include <chrono>

#include "runtime/channel.h"
#include "runtime/ids.h"

namespace sluice::test {

namespace {
constexpr std::chrono::seconds kDeadline{10};
constexpr int kCommandsAMessage = 500;
std::string new_id() { return to_string(runtime::new_command_id()); }
}  // namespace

Client::Client(const cli::Endpoints& endpoints, std::string principal)
    : principal_(std::move(principal)),
      engine_address_(endpoints.engines.at(0)),
      commands_(v1::CommandService::NewStub(runtime::open_channel(endpoints.command))),
      kills_(v1::KillSwitchService::NewStub(runtime::open_channel(endpoints.kill))),
      query_(v1::QueryService::NewStub(runtime::open_channel(endpoints.query))) {}

void Client::prepare(grpc::ClientContext& context) const {
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  // A process that was just started again is waited for.
  context.set_wait_for_ready(true);
  context.AddMetadata("sluice-principal", principal_);
}

v1::SubmitOrderRequest Client::order(const std::string& account, const std::string& client_order_id,
                                     v1::WaitLevel level) {
  v1::SubmitOrderRequest request;
  request.mutable_options()->set_command_id(new_id());
  request.mutable_options()->set_wait_level(level);
  v1::SubmitOrder& order = *request.mutable_order();
  order.set_account(account);
  order.set_symbol("X");
  order.set_client_order_id(client_order_id);
  order.set_side(v1::SIDE_BUY);
  order.set_type(v1::ORDER_TYPE_LIMIT);
  order.set_price(1);
  order.set_quantity(1);
  return request;
}

grpc::Status Client::submit(const v1::SubmitOrderRequest& request, v1::SubmitOrderResponse& response) {
  grpc::ClientContext context;
  prepare(context);
  return commands_->SubmitOrder(&context, request, &response);
}

grpc::Status Client::rest_orders(const std::string& account, int count) {
  grpc::ClientContext context;
  prepare(context);
  const auto stream = commands_->StreamCommands(&context);
  for (int at = 0; at < count;) {
    v1::StreamCommandsRequest request;
    for (int i = 0; i < kCommandsAMessage && at < count; ++i, ++at) {
      const v1::SubmitOrderRequest one = order(account, "r" + std::to_string(at));
      v1::Command& command = *request.add_commands();
      *command.mutable_options() = one.options();
      *command.mutable_submit() = one.order();
    }
    v1::StreamCommandsResponse response;
    if (!stream->Write(request) || !stream->Read(&response)) break;
    for (const v1::StreamResult& result : response.results()) {
      grpc::Status refused;
      if (result.error_code() != 0)
        refused = {static_cast<grpc::StatusCode>(result.error_code()), result.error_message()};
      else if (result.result().outcome() != v1::OUTCOME_CODE_EXECUTED)
        refused = {grpc::StatusCode::ABORTED, result.ShortDebugString()};
      if (refused.ok()) continue;
      context.TryCancel();
      (void)stream->Finish();
      return refused;
    }
  }
  stream->WritesDone();
  return stream->Finish();
}

grpc::Status Client::cancel(const std::string& account, const std::string& client_order_id,
                            v1::CancelOrderResponse& response) {
  v1::CancelOrderRequest request;
  request.mutable_options()->set_command_id(new_id());
  request.mutable_cancel()->set_account(account);
  request.mutable_cancel()->set_symbol("X");
  request.mutable_cancel()->set_client_order_id(client_order_id);
  grpc::ClientContext context;
  prepare(context);
  return commands_->CancelOrder(&context, request, &response);
}

grpc::Status Client::cancel_all(const std::string& account, v1::CancelAllResponse& response) {
  v1::CancelAllRequest request;
  request.mutable_options()->set_command_id(new_id());
  request.mutable_cancel_all()->set_account(account);
  grpc::ClientContext context;
  prepare(context);
  return commands_->CancelAll(&context, request, &response);
}

v1::EngageRequest Client::kill_of_account(const std::string& account) {
  v1::EngageRequest request;
  request.set_kill_id(to_string(runtime::new_uuid()));
  request.set_scope(v1::KILL_SCOPE_ACCOUNT);
  request.set_key(account);
  request.set_reason("test");
  return request;
}

grpc::Status Client::engage(const v1::EngageRequest& request, v1::EngageResponse& response) {
  grpc::ClientContext context;
  prepare(context);
  return kills_->Engage(&context, request, &response);
}

grpc::Status Client::request_release(const std::string& account, const std::string& kill_id,
                                     v1::RequestReleaseResponse& response) {
  v1::RequestReleaseRequest request;
  request.set_scope(v1::KILL_SCOPE_ACCOUNT);
  request.set_key(account);
  request.set_kill_id(kill_id);
  grpc::ClientContext context;
  prepare(context);
  return kills_->RequestRelease(&context, request, &response);
}

grpc::Status Client::approve_release(const std::string& release_id, v1::ApproveReleaseResponse& response) {
  v1::ApproveReleaseRequest request;
  request.set_release_id(release_id);
  grpc::ClientContext context;
  prepare(context);
  return kills_->ApproveRelease(&context, request, &response);
}

v1::StatusResponse Client::kill_status() {
  grpc::ClientContext context;
  prepare(context);
  v1::StatusResponse response;
  (void)kills_->Status(&context, {}, &response).ok();
  return response;
}

grpc::Status Client::latch_at(const std::string& address, const v1::EngageRequest& kill, v1::LatchResponse& response) {
  const auto stub = v1::EngineControlService::NewStub(runtime::open_channel(address));
  v1::LatchRequest latch;
  latch.set_kill_id(kill.kill_id());
  latch.set_scope(kill.scope());
  latch.set_key(kill.key());
  latch.set_reason(kill.reason());
  latch.set_principal("alice");
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  return stub->Latch(&context, latch, &response);
}

grpc::Status Client::register_account(const std::string& account) {
  v1::RegisterAccountRequest request;
  request.mutable_options()->set_command_id(new_id());
  request.set_account(account);
  v1::RegisterAccountResponse response;
  grpc::ClientContext context;
  prepare(context);
  return commands_->RegisterAccount(&context, request, &response);
}

grpc::Status Client::replace(const std::string& account, const std::string& client_order_id,
                             v1::ReplaceOrderResponse& response) {
  v1::ReplaceOrderRequest request;
  request.mutable_options()->set_command_id(new_id());
  request.mutable_replace()->set_account(account);
  request.mutable_replace()->set_symbol("X");
  request.mutable_replace()->set_client_order_id(client_order_id);
  request.mutable_replace()->set_quantity(2);
  grpc::ClientContext context;
  prepare(context);
  return commands_->ReplaceOrder(&context, request, &response);
}

v1::EngineControlServiceStatusResponse Client::engine() { return engine_at(engine_address_); }

v1::EngineControlServiceStatusResponse Client::engine_at(const std::string& address) {
  const auto stub = v1::EngineControlService::NewStub(runtime::open_channel(address));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(2));
  v1::EngineControlServiceStatusResponse response;
  if (!stub->Status(&context, {}, &response).ok()) response.set_role("unreachable");
  return response;
}

v1::GetStatusResponse Client::query_status() {
  grpc::ClientContext context;
  prepare(context);
  v1::GetStatusRequest request;
  v1::GetStatusResponse response;
  (void)query_->GetStatus(&context, request, &response).ok();
  return response;
}

}  // namespace sluice::test
