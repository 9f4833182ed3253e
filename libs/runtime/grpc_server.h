// A gRPC server with the limits every port of Sluice has: sizes, streams, pings, memory; health and reflection
// included. Threads: start() and shutdown() from one thread; set_serving() from any.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/money.h"

namespace sluice::runtime {

struct GrpcServerOptions {
  std::string listen = "127.0.0.1:0";  // host:port; port 0 takes a free one
  bool insecure = false;               // allow an address that is not loopback
  int receive_bytes_max = 64 << 10;    // one message; more where a method takes batches
  int send_bytes_max = 16 << 20;
  int metadata_bytes_max = 8 << 10;               // of one call
  int concurrent_streams_max = 1024;              // of one connection
  Nanos ping_interval_min{10 * kNanosPerSecond};  // a client that pings more often is cut off
  std::size_t memory_bytes_max = 256u << 20;      // of all calls in flight, as gRPC accounts for it
  int threads_max = 64;                           // of the synchronous services (health, reflection)
};

class GrpcServer {
 public:
  /// Listens. `services` must outlive the server; they are called from gRPC's own threads at once. Health says
  /// NOT_SERVING until set_serving(true). Errors: kInvalidArgument (address, loopback rule), kUnavailable (port taken).
  static Result<std::unique_ptr<GrpcServer>> start(const GrpcServerOptions& options,
                                                   const std::vector<grpc::Service*>& services);

  /// Shuts down within a second if shutdown() was not called.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  /// The port listened on; never 0.
  std::uint16_t port() const { return port_; }
  /// `host:port` with the real port.
  const std::string& address() const { return address_; }

  /// What the health service answers from now on. Not at the same time as shutdown().
  void set_serving(bool serving);

  /// Takes no new calls, waits up to `bound` (a span) for those in flight, then cancels them. Idempotent.
  void shutdown(Nanos bound);

 private:
  GrpcServer() = default;

  std::unique_ptr<grpc::Server> server_;
  std::uint16_t port_ = 0;
  std::string address_;
};

}  // namespace sluice::runtime
