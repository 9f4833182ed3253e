#include "runtime/health_probe.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "runtime/channel.h"
#include "runtime/clock.h"

namespace sluice::runtime {

namespace {

/// HealthCheckResponse{status: SERVING} as bytes. Debian's gRPC has the service, but not its generated messages.
const std::string kServing{"\x08\x01"};

std::string text_of(const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!bytes.Valid() || !bytes.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices) text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return text;
}

}  // namespace

bool is_serving(const std::string& address, Nanos timeout) {
  grpc::GenericStub stub(open_channel(address));
  grpc::ClientContext context;
  context.set_deadline(deadline_after(timeout));
  const grpc::Slice no_bytes;  // the server as a whole
  const grpc::ByteBuffer request(&no_bytes, 1);
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
  grpc::ByteBuffer response;
  grpc::Status status;
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  const bool finished = queue.Next(&tag, &ok) && ok;
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {}
  return finished && status.ok() && text_of(response) == kServing;
}

}  // namespace sluice::runtime
