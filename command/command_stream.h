// CommandStream: one StreamCommands call. Reads on while at most kOutstanding messages wait for their results; results
// are written in the order in which they are complete. Threads: gRPC's and the writers'; one lock. Deletes itself when
// the call is over.
#pragma once

#include <grpcpp/grpcpp.h>

#include <deque>
#include <memory>
#include <mutex>
#include <set>

#include "command/command_service.h"

namespace sluice::command {

class CommandStream final : public grpc::ServerBidiReactor<v1::StreamCommandsRequest, v1::StreamCommandsResponse> {
 public:
  CommandStream(CommandService& service, grpc::CallbackServerContext& context);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  static constexpr std::size_t kOutstanding = 64;
  /// What results that come after the call need: it outlives the reactor.
  struct Shared {
    std::mutex mutex;
    CommandStream* stream = nullptr;  // null once the call is over
  };

  void note_session();
  void take_result(v1::StreamCommandsResponse&& response);
  void next_write();
  void maybe_read();
  void maybe_finish();

  CommandService& service_;
  grpc::CallbackServerContext& context_;
  const Principal by_;
  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  v1::StreamCommandsRequest request_;  // used again and again: it keeps its memory
  std::deque<v1::StreamCommandsResponse> results_;
  bool cancels_on_disconnect_ = false;
  std::set<Name> accounts_;  // that sent commands since cancels_on_disconnect_ was set
  std::size_t outstanding_ = 0;
  bool reading_ = false;    // gRPC fills request_
  bool executing_ = false;  // OnReadDone() uses it, and this object
  bool writing_ = false;
  bool reads_ended_ = false;
  bool cancelled_ = false;
  bool finished_ = false;
  grpc::Status status_;
};

}  // namespace sluice::command
