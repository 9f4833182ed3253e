// Transport: carries batches to the command service and answers to the sink. A batch whose outcome is unclear (the
// connection broke, UNAVAILABLE) is asked again with the same command ids until it is clear. One thread calls; the
// sink is called from the transport's own threads.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "cli/load/batch.h"
#include "runtime/doorbell.h"

namespace sluice::load {

class Transport {
 public:
  virtual ~Transport() = default;
  /// Sends on a connection. Blocks while the connection takes no more: the sender is late then, and says so.
  virtual void send(std::size_t connection, Batch&& batch) = 0;
  /// Connects again what has broken, and asks again what is unclear. To be called now and then.
  virtual void tend() = 0;
  /// Messages of a connection that wait for answers or to be asked again.
  virtual std::size_t in_flight(std::size_t connection) const = 0;
  /// Makes a send() that blocks return, now and from now on; what is in flight gets no answer any more. Thread: any.
  virtual void interrupt() = 0;
  /// Ends everything; hands what is not answered to AnswerSink::given_up. No call follows; no callback comes later.
  virtual void close() = 0;
  /// Rings whenever in_flight() shrinks.
  runtime::Doorbell& bell() { return bell_; }

 protected:
  runtime::Doorbell bell_;
};

using GrpcChannels = std::vector<std::shared_ptr<grpc::Channel>>;

/// One StreamCommands call and one reader thread for each channel.
std::unique_ptr<Transport> stream_transport(const GrpcChannels& channels, AnswerSink& sink);
/// One unary call for each command. Commands of an account that are in flight together may overtake each other.
std::unique_ptr<Transport> unary_transport(const GrpcChannels& channels, AnswerSink& sink);

}  // namespace sluice::load
