// Floors: the parts without Sluice around them, measured in the same run, open loop from intended times. Each blocks
// until it is done. Errors: kUnavailable naming what could not be reached.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/ids.h"
#include "domain/money.h"
#include "eventlog/event_log.h"
#include "sluice/v1/command.grpc.pb.h"
#include "telemetry/histogram.h"

namespace sluice::bench {

/// A CommandService that answers at once without doing anything: what gRPC itself costs.
class BareService final : public v1::CommandService::CallbackService {
 public:
  grpc::ServerUnaryReactor* SubmitOrder(grpc::CallbackServerContext*, const v1::SubmitOrderRequest*,
                                        v1::SubmitOrderResponse*) override;
  grpc::ServerUnaryReactor* CancelOrder(grpc::CallbackServerContext*, const v1::CancelOrderRequest*,
                                        v1::CancelOrderResponse*) override;
  grpc::ServerUnaryReactor* ReplaceOrder(grpc::CallbackServerContext*, const v1::ReplaceOrderRequest*,
                                         v1::ReplaceOrderResponse*) override;
  grpc::ServerBidiReactor<v1::StreamCommandsRequest, v1::StreamCommandsResponse>* StreamCommands(
      grpc::CallbackServerContext*) override;
};

/// An open loop with Poisson arrivals, as the load beside it: what queues there must queue here.
struct Paced {
  double rate = 1000;  // messages a second
  Nanos duration{1'000'000'000};
  std::uint64_t seed = 1;
  std::size_t payload_bytes = 320;  // a frame of one command

  /// When each message is meant to be sent, from the start on.
  std::vector<Nanos> schedule() const;
};

/// Append → acknowledgement through our own connection, with Msg-Ids, as many in flight as the rate asks for; to the
/// CMD stream of `spare`, a shard that no engine runs. Creates its streams.
Result<telemetry::Histogram> bare_append(const std::string& nats_url, ShardId spare, const Paced& paced);
/// Reads a stream from its beginning to its end, decoding nothing; messages and seconds.
struct RawRead {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  double seconds = 0;
};
Result<RawRead> raw_read(const std::string& nats_url, eventlog::StreamId stream);
/// Publish → stream A → echo → stream B → receiver, all with nats.c: two logged hops.
Result<telemetry::Histogram> two_hop_echo(const std::string& nats_url, const Paced& paced);

}  // namespace sluice::bench
