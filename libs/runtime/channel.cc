#include "runtime/channel.h"

#include "domain/money.h"

namespace sluice::runtime {

namespace {
/// A loaded machine is slow to shake hands, and a lost SYN is sent again after a second.
constexpr Nanos kConnectWait{3 * kNanosPerSecond};
}  // namespace

std::shared_ptr<grpc::Channel> open_channel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // Not a pause between two tries, whatever its name: gRPC gives up a try that takes longer.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, static_cast<int>(kConnectWait.value() / kNanosPerMilli));
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace sluice::runtime
