// Channels to other processes of a deployment. Thread: any.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace sluice::runtime {

/// To `address` (host:port), with a connection of its own that is made with the first call. Connecting may take 3 s,
/// handshake included; what refuses is tried again after 100 ms, later each second.
std::shared_ptr<grpc::Channel> open_channel(const std::string& address);

}  // namespace sluice::runtime
