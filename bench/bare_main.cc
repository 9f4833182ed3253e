// bench_bare: gRPC alone, as a process of its own like the command service beside which it is measured. Started by
// bench_chain.
#include <cstdio>

#include "bench/floors.h"
#include "runtime/grpc_server.h"
#include "runtime/ready_file.h"
#include "runtime/shutdown.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench_bare READY_FILE\n");
    return 2;
  }
  sluice::runtime::Shutdown shutdown;
  sluice::bench::BareService service;
  auto server = sluice::runtime::GrpcServer::start({.receive_bytes_max = 4 << 20}, {&service});
  if (!server.ok()) {
    std::fprintf(stderr, "bench_bare: %s\n", server.error().message.c_str());
    return 1;
  }
  const auto ready = sluice::runtime::write_ready_file(argv[1], {{"command", server.value()->address()}});
  if (!ready.ok()) return 1;
  constexpr sluice::Nanos kDrain{sluice::kNanosPerSecond};
  return sluice::runtime::run_until_shutdown(shutdown, kDrain + kDrain,
                                             [&server] { server.value()->shutdown(kDrain); });
}
