#include "runtime/grpc_server.h"

#include <google/rpc/error_details.pb.h>
#include <gtest/gtest.h>
#include <sluice/v1/query.grpc.pb.h>

#include "runtime/health_probe.h"

namespace sluice::runtime {
namespace {

class FixedStatusService final : public v1::QueryService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context, const v1::GetStatusRequest* /*request*/,
                                      v1::GetStatusResponse* response) override {
    response->add_shards()->set_shard(7);
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

struct Call {
  explicit Call(const GrpcServer& server)
      : stub(v1::QueryService::NewStub(grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials()))) {}
  std::unique_ptr<v1::QueryService::Stub> stub;
  grpc::ClientContext context;
  v1::GetStatusResponse response;
};

TEST(GrpcServer, ServesOnAPortOfItsOwnAndReportsIt) {
  FixedStatusService service;
  auto server = GrpcServer::start({}, {&service});
  ASSERT_TRUE(server.ok()) << server.error().message;
  EXPECT_NE(server.value()->port(), 0);
  EXPECT_EQ(server.value()->address(), "127.0.0.1:" + std::to_string(server.value()->port()));
  Call call(*server.value());
  ASSERT_TRUE(call.stub->GetStatus(&call.context, {}, &call.response).ok());
  EXPECT_EQ(call.response.shards(0).shard(), 7u);
}

TEST(GrpcServer, RefusesAPortThatIsTakenAndAnAddressThatIsNotLoopback) {
  FixedStatusService service;
  auto first = GrpcServer::start({}, {&service});
  ASSERT_TRUE(first.ok());
  FixedStatusService other;
  const auto second = GrpcServer::start({.listen = first.value()->address()}, {&other});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  const auto open = GrpcServer::start({.listen = "0.0.0.0:0"}, {&other});
  ASSERT_FALSE(open.ok());
  EXPECT_EQ(open.error().code, ErrorCode::kInvalidArgument);
}

TEST(GrpcServer, RefusesAMessageOverItsLimit) {
  FixedStatusService service;
  auto server = GrpcServer::start({.receive_bytes_max = 1024}, {&service});
  ASSERT_TRUE(server.ok());
  v1::GetStatusRequest large;
  for (std::uint32_t shard = 0; shard < 1000; ++shard) (*large.mutable_token()->mutable_shards())[shard] = 1;
  Call call(*server.value());
  EXPECT_EQ(call.stub->GetStatus(&call.context, large, &call.response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST(GrpcServer, RefusesMetadataOverItsLimit) {
  FixedStatusService service;
  auto server = GrpcServer::start({}, {&service});
  ASSERT_TRUE(server.ok());
  Call call(*server.value());
  call.context.AddMetadata("sluice-principal", std::string(10'000, 'x'));
  EXPECT_FALSE(call.stub->GetStatus(&call.context, {}, &call.response).ok());
}

TEST(GrpcServer, HealthIsWhatItWasToldToBe) {
  FixedStatusService service;
  auto server = GrpcServer::start({}, {&service});
  ASSERT_TRUE(server.ok());
  const std::string address = server.value()->address();
  constexpr Nanos kBound{10 * kNanosPerSecond};
  EXPECT_FALSE(is_serving(address, kBound));
  server.value()->set_serving(true);
  EXPECT_TRUE(is_serving(address, kBound));
  server.value()->shutdown(Nanos{kNanosPerSecond});
  EXPECT_FALSE(is_serving(address, kBound));
}

TEST(GrpcServer, ShutdownIsIdempotent) {
  FixedStatusService service;
  auto server = GrpcServer::start({}, {&service});
  ASSERT_TRUE(server.ok());
  server.value()->set_serving(true);
  server.value()->shutdown(Nanos{kNanosPerSecond});
  server.value()->shutdown(Nanos{kNanosPerSecond});
  Call call(*server.value());
  EXPECT_EQ(call.stub->GetStatus(&call.context, {}, &call.response).error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace sluice::runtime
