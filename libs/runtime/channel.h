// Channels to other processes of a deployment. Thread: any.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "domain/money.h"

namespace sluice::runtime {

/// How long connecting, handshake included, may take before it is tried anew: a loaded machine is slow, and a lost SYN
/// is sent again after a second. What refuses is tried again after 100 ms, later each second.
inline constexpr Nanos kConnectWait{3 * kNanosPerSecond};

/// To `address` (host:port), with a connection of its own that is made with the first call.
std::shared_ptr<grpc::Channel> open_channel(const std::string& address);

}  // namespace sluice::runtime
