#include <atomic>
#include <mutex>

#include "cli/load/transport.h"
#include "runtime/callback_queue.h"
#include "runtime/clock.h"
#include "sluice/v1/command.grpc.pb.h"

namespace sluice::load {

namespace {

constexpr Nanos kAskAgainAfter{20 * kNanosPerMilli};
constexpr Nanos kCallMax{10 * kNanosPerSecond};
constexpr Nanos kPatience{50 * kNanosPerMilli};  // between two looks whether the last call is back

class UnaryTransport final : public Transport {
 public:
  UnaryTransport(const GrpcChannels& channels, AnswerSink& sink) : sink_(sink) {
    runtime::keep_callback_queue();
    for (const auto& channel : channels) connections_.push_back(std::make_unique<Connection>(channel));
  }

  void send(std::size_t connection, Batch&& batch) override {
    for (int i = 0; i < batch.request.commands_size(); ++i) {
      Batch one;
      one.request.add_commands()->Swap(batch.request.mutable_commands(i));
      one.stamps.push_back(batch.stamps[static_cast<std::size_t>(i)]);
      call(connection, std::move(one));
    }
  }

  void tend() override {
    const Nanos now = runtime::steady_now();
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      std::vector<Batch> again;
      {
        const std::lock_guard lock(connections_[i]->mutex);
        if (connections_[i]->again.empty() || now < connections_[i]->again_at) continue;
        again.swap(connections_[i]->again);
      }
      connections_[i]->waiting.fetch_sub(again.size());
      for (Batch& batch : again) call(i, std::move(batch));
    }
  }

  std::size_t in_flight(std::size_t connection) const override { return connections_[connection]->waiting.load(); }

  void interrupt() override {}  // starting a call does not block

  /// Each call has a deadline of its own, so that this ends.
  void close() override {
    for (const auto& connection : connections_) {
      while (connection->calls.load() > 0) bell_.wait(bell_.value(), kPatience);
      const std::lock_guard lock(connection->mutex);
      for (const Batch& batch : connection->again) sink_.given_up(batch, "the last answer was unclear");
    }
  }

 private:
  struct Connection {
    explicit Connection(const std::shared_ptr<grpc::Channel>& channel) : stub(v1::CommandService::NewStub(channel)) {}
    const std::unique_ptr<v1::CommandService::Stub> stub;
    std::atomic<std::size_t> calls{0};    // not returned
    std::atomic<std::size_t> waiting{0};  // calls, and commands to be asked again
    std::mutex mutex;                     // again, again_at
    std::vector<Batch> again;
    Nanos again_at;
  };

  /// What lives as long as the call; deleted by its callback.
  template <typename Request, typename Response>
  struct Call {
    grpc::ClientContext context;
    Request request;
    Response response;
    Batch batch;
  };

  void call(std::size_t at, Batch&& batch) {
    Connection& connection = *connections_[at];
    connection.calls.fetch_add(1);
    connection.waiting.fetch_add(1);
    auto* async = connection.stub->async();
    const v1::Command& command = batch.request.commands(0);
    switch (command.body_case()) {
      case v1::Command::kCancel: {
        auto* made = prepare<v1::CancelOrderRequest, v1::CancelOrderResponse>(batch);
        *made->request.mutable_cancel() = command.cancel();
        made->batch = std::move(batch);
        async->CancelOrder(&made->context, &made->request, &made->response, done(connection, made));
        break;
      }
      case v1::Command::kReplace: {
        auto* made = prepare<v1::ReplaceOrderRequest, v1::ReplaceOrderResponse>(batch);
        *made->request.mutable_replace() = command.replace();
        made->batch = std::move(batch);
        async->ReplaceOrder(&made->context, &made->request, &made->response, done(connection, made));
        break;
      }
      case v1::Command::kCancelAll: {
        auto* made = prepare<v1::CancelAllRequest, v1::CancelAllResponse>(batch);
        *made->request.mutable_cancel_all() = command.cancel_all();
        made->batch = std::move(batch);
        async->CancelAll(&made->context, &made->request, &made->response, done(connection, made));
        break;
      }
      default: {
        auto* made = prepare<v1::SubmitOrderRequest, v1::SubmitOrderResponse>(batch);
        *made->request.mutable_order() = command.submit();
        made->batch = std::move(batch);
        async->SubmitOrder(&made->context, &made->request, &made->response, done(connection, made));
      }
    }
  }

  template <typename Request, typename Response>
  static Call<Request, Response>* prepare(const Batch& batch) {
    auto* made = new Call<Request, Response>;
    made->context.set_deadline(runtime::deadline_after(kCallMax));
    *made->request.mutable_options() = batch.request.commands(0).options();
    return made;
  }

  static const v1::CommandResult& result_of(const v1::CancelAllResponse& response) {
    return response.results_size() > 0 ? response.results(0) : v1::CommandResult::default_instance();
  }
  template <typename Response>
  static const v1::CommandResult& result_of(const Response& response) {
    return response.result();
  }

  template <typename Request, typename Response>
  std::function<void(grpc::Status)> done(Connection& connection, Call<Request, Response>* made) {
    return [this, &connection, made](const grpc::Status& status) {
      const Nanos now = runtime::steady_now();
      const std::unique_ptr<Call<Request, Response>> call(made);
      v1::StreamCommandsResponse response;
      v1::StreamResult& result = *response.add_results();
      if (status.ok()) {
        *result.mutable_result() = result_of(call->response);
      } else {
        result.set_error_code(status.error_code());
        result.set_error_message(status.error_message());
      }
      Batch unclear = settle(call->batch, response, sink_, now);
      if (unclear.stamps.empty()) {
        connection.waiting.fetch_sub(1);
      } else {
        const std::lock_guard lock(connection.mutex);
        connection.again.push_back(std::move(unclear));
        connection.again_at = now + kAskAgainAfter;
      }
      bell_.ring();
      // The last touch: close() may return, and the connection go, behind it.
      connection.calls.fetch_sub(1);
    };
  }

  AnswerSink& sink_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace

std::unique_ptr<Transport> unary_transport(const GrpcChannels& channels, AnswerSink& sink) {
  return std::make_unique<UnaryTransport>(channels, sink);
}

}  // namespace sluice::load
