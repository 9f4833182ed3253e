#include "runtime/callback_queue.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <mutex>

#include "runtime/clock.h"

namespace sluice::runtime {

namespace {

/// A call with a callback makes its channel hold the queue; nobody need answer it.
struct Keeper {
  std::shared_ptr<grpc::Channel> channel = grpc::CreateChannel("127.0.0.1:1", grpc::InsecureChannelCredentials());
  grpc::GenericStub stub{channel};
  grpc::ClientContext context;
  grpc::ByteBuffer request, response;
  Keeper() {
    const grpc::Slice no_bytes;
    request = grpc::ByteBuffer(&no_bytes, 1);
    context.set_deadline(deadline_after(Nanos{kNanosPerSecond}));
    stub.UnaryCall(&context, "/sluice/none", {}, &request, &response, [](const grpc::Status&) {});
  }
};

}  // namespace

/// Never freed: that is what it is for. Visible outside, so that it counts as reachable at the end.
extern void* kept_callback_queue;
void* kept_callback_queue = nullptr;

void keep_callback_queue() {
  static std::once_flag once;
  std::call_once(once, [] { kept_callback_queue = new Keeper; });
}

}  // namespace sluice::runtime
