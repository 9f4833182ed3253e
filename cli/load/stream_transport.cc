#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "cli/load/transport.h"
#include "runtime/clock.h"
#include "sluice/v1/command.grpc.pb.h"

namespace sluice::load {

namespace {

constexpr Nanos kAskAgainAfter{20 * kNanosPerMilli};
constexpr Nanos kReconnectAfter{50 * kNanosPerMilli};

/// One connection. Sent from one thread; `reader_` takes the answers.
class Link {
 public:
  Link(const std::shared_ptr<grpc::Channel>& channel, AnswerSink& sink, runtime::Doorbell& bell)
      : channel_(channel), stub_(v1::CommandService::NewStub(channel)), sink_(sink), bell_(bell) {
    open();
  }

  void send(Batch&& batch) {
    const auto kept = std::make_shared<Batch>(std::move(batch));
    kept->request.set_request_id(++batches_);
    {
      const std::lock_guard lock(mutex_);
      in_flight_[kept->request.request_id()] = kept;
    }
    // A broken stream keeps it among those in flight: it goes out when the next one is open.
    if (!ended_.load()) stream_->Write(kept->request);
  }

  void tend() {
    const Nanos now = runtime::steady_now();
    if (ended_.load()) return reopen(now);
    std::vector<Batch> again;
    {
      const std::lock_guard lock(mutex_);
      if (again_.empty() || now < again_at_) return;
      again.swap(again_);
    }
    for (Batch& batch : again) send(std::move(batch));
  }

  std::size_t in_flight() const {
    const std::lock_guard lock(mutex_);
    return in_flight_.size() + again_.size();
  }

  void interrupt() {
    const std::lock_guard lock(context_mutex_);
    interrupted_ = true;
    context_->TryCancel();
  }

  void close() {
    if (!ended_.load() && in_flight() == 0) stream_->WritesDone();
    else context_->TryCancel();
    reader_.join();
    const grpc::Status status = stream_->Finish();
    const std::string why = status.ok() ? "no answer in time" : status.error_message();
    for (const auto& [number, batch] : in_flight_) sink_.given_up(*batch, why);
    for (const Batch& batch : again_) sink_.given_up(batch, "the last answer was unclear");
  }

 private:
  void open() {
    {
      const std::lock_guard lock(context_mutex_);
      context_ = std::make_unique<grpc::ClientContext>();
      context_->set_wait_for_ready(true);
      if (interrupted_) context_->TryCancel();
    }
    stream_ = stub_->StreamCommands(context_.get());
    ended_.store(false);
    reader_ = std::thread([this] { read(); });
  }

  void reopen(Nanos now) {
    if (now < reopen_at_) return;
    reopen_at_ = now + kReconnectAfter;
    if (channel_->GetState(true) != GRPC_CHANNEL_READY) return;
    reader_.join();
    (void)stream_->Finish();  // why it ended changes nothing: everything without an answer is asked again
    open();
    for (const auto& [number, batch] : snapshot()) {
      if (!stream_->Write(batch->request)) return;
    }
  }

  std::map<std::uint64_t, std::shared_ptr<Batch>> snapshot() const {
    const std::lock_guard lock(mutex_);
    return in_flight_;
  }

  void read() {
    v1::StreamCommandsResponse response;
    while (stream_->Read(&response)) {
      const Nanos now = runtime::steady_now();
      std::shared_ptr<Batch> batch;
      {
        const std::lock_guard lock(mutex_);
        const auto found = in_flight_.find(response.request_id());
        if (found == in_flight_.end()) continue;
        batch = found->second;
      }
      // Counted before it leaves the flight: who sees nothing in flight sees every answer counted.
      Batch unclear = settle(*batch, response, sink_, now);
      {
        const std::lock_guard lock(mutex_);
        in_flight_.erase(response.request_id());
        if (!unclear.stamps.empty()) {
          again_.push_back(std::move(unclear));
          again_at_ = now + kAskAgainAfter;
        }
      }
      bell_.ring();
    }
    ended_.store(true);
    bell_.ring();
  }

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::CommandService::Stub> stub_;
  AnswerSink& sink_;
  runtime::Doorbell& bell_;
  std::mutex context_mutex_;  // the next two: interrupt() comes from another thread
  std::unique_ptr<grpc::ClientContext> context_;
  bool interrupted_ = false;
  std::unique_ptr<grpc::ClientReaderWriter<v1::StreamCommandsRequest, v1::StreamCommandsResponse>> stream_;
  std::thread reader_;
  std::atomic<bool> ended_{false};
  std::uint64_t batches_ = 0;
  Nanos reopen_at_;

  mutable std::mutex mutex_;  // everything below
  std::map<std::uint64_t, std::shared_ptr<Batch>> in_flight_;
  std::vector<Batch> again_;
  Nanos again_at_;
};

class StreamTransport final : public Transport {
 public:
  StreamTransport(const GrpcChannels& channels, AnswerSink& sink) {
    for (const auto& channel : channels) links_.push_back(std::make_unique<Link>(channel, sink, bell_));
  }
  void send(std::size_t connection, Batch&& batch) override { links_[connection]->send(std::move(batch)); }
  void tend() override {
    for (const auto& link : links_) link->tend();
  }
  std::size_t in_flight(std::size_t connection) const override { return links_[connection]->in_flight(); }
  void interrupt() override {
    for (const auto& link : links_) link->interrupt();
  }
  void close() override {
    for (const auto& link : links_) link->close();
  }

 private:
  std::vector<std::unique_ptr<Link>> links_;
};

}  // namespace

std::unique_ptr<Transport> stream_transport(const GrpcChannels& channels, AnswerSink& sink) {
  return std::make_unique<StreamTransport>(channels, sink);
}

}  // namespace sluice::load
