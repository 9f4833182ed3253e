// Asks a gRPC server for its health (grpc.health.v1). Thread: any.
#pragma once

#include <string>

#include "domain/money.h"

namespace sluice::runtime {

/// True if the server at `address` (host:port) says within `timeout` (a span) that it is SERVING.
bool is_serving(const std::string& address, Nanos timeout);

}  // namespace sluice::runtime
