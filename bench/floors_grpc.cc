#include <deque>
#include <mutex>

#include "bench/floors.h"

namespace sluice::bench {

namespace {

template <typename Response>
grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* context, const std::string& id, Response* response) {
  response->mutable_result()->set_command_id(id);
  response->mutable_result()->set_sequence(1);
  response->mutable_result()->set_level(v1::WAIT_LEVEL_LOGGED);
  auto* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

class BareStream final : public grpc::ServerBidiReactor<v1::StreamCommandsRequest, v1::StreamCommandsResponse> {
 public:
  BareStream() { StartRead(&request_); }
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    response_.Clear();
    response_.set_request_id(request_.request_id());
    for (const v1::Command& command : request_.commands()) {
      auto& result = *response_.add_results()->mutable_result();
      result.set_command_id(command.options().command_id());
      result.set_sequence(1);
      result.set_level(v1::WAIT_LEVEL_LOGGED);
    }
    StartWrite(&response_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

 private:
  v1::StreamCommandsRequest request_;
  v1::StreamCommandsResponse response_;
};

}  // namespace

grpc::ServerUnaryReactor* BareService::SubmitOrder(grpc::CallbackServerContext* context,
                                                   const v1::SubmitOrderRequest* request,
                                                   v1::SubmitOrderResponse* response) {
  return answer(context, request->options().command_id(), response);
}
grpc::ServerUnaryReactor* BareService::CancelOrder(grpc::CallbackServerContext* context,
                                                   const v1::CancelOrderRequest* request,
                                                   v1::CancelOrderResponse* response) {
  return answer(context, request->options().command_id(), response);
}
grpc::ServerUnaryReactor* BareService::ReplaceOrder(grpc::CallbackServerContext* context,
                                                    const v1::ReplaceOrderRequest* request,
                                                    v1::ReplaceOrderResponse* response) {
  return answer(context, request->options().command_id(), response);
}
grpc::ServerBidiReactor<v1::StreamCommandsRequest, v1::StreamCommandsResponse>* BareService::StreamCommands(
    grpc::CallbackServerContext*) {
  return new BareStream;
}

}  // namespace sluice::bench
