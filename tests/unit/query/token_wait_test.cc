#include <future>

#include "query_fixture.h"
#include "runtime/clock.h"

namespace sluice::query {
namespace {

using test::ShardRig;

class TokenWait : public QueryFixture {
 protected:
  void SetUp() override { start(); }
  static v1::GetStatusRequest asking_for(std::uint64_t sequence, std::uint32_t shard = 0) {
    v1::GetStatusRequest request;
    (*request.mutable_token()->mutable_shards())[shard] = sequence;
    return request;
  }
  grpc::Status get_status(const v1::GetStatusRequest& request, Nanos deadline, v1::GetStatusResponse& response) {
    grpc::ClientContext context;
    context.set_deadline(
        std::chrono::system_clock::time_point(std::chrono::nanoseconds((runtime::wall_now() + deadline).value())));
    return stub_->GetStatus(&context, request, &response);
  }
};

TEST_F(TokenWait, AnswerComesWhenTheReplicaHasSeenThatFar) {
  const std::uint64_t wanted = rig_.cmd_sequence().value() + 1;
  v1::GetStatusResponse response;
  auto waiting = std::async(std::launch::async,
                            [&] { return get_status(asking_for(wanted), Nanos{60 * kNanosPerSecond}, response); });
  rig_.account("alice");
  ASSERT_TRUE(waiting.get().ok());
  EXPECT_GE(response.shards(0).command_sequence(), wanted);
}

TEST_F(TokenWait, DeadlineEndsTheWait) {
  v1::GetStatusResponse response;
  const grpc::Status status = get_status(asking_for(1'000'000), Nanos{50 * kNanosPerMilli}, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(TokenWait, UnknownShardIsInvalid) {
  v1::GetStatusResponse response;
  EXPECT_EQ(get_status(asking_for(1, 7), Nanos{20 * kNanosPerSecond}, response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(TokenWait, CancelledWaitersGoAway) {
  grpc::ClientContext context;
  auto waiting = std::async(std::launch::async, [&] {
    v1::GetStatusResponse response;
    return stub_->GetStatus(&context, asking_for(1'000'000), &response);
  });
  context.TryCancel();
  EXPECT_EQ(waiting.get().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(TokenWait, ManyWaitersCostNoThreads) {
  const std::uint64_t wanted = rig_.cmd_sequence().value() + 1;
  struct Waiter {
    grpc::ClientContext context;
    v1::GetStatusRequest request;
    v1::GetStatusResponse response;
    std::promise<grpc::Status> done;
  };
  std::vector<std::unique_ptr<Waiter>> waiters;
  for (int i = 0; i < 300; ++i) {
    auto& waiter = *waiters.emplace_back(std::make_unique<Waiter>());
    waiter.request = asking_for(wanted);
    stub_->async()->GetStatus(&waiter.context, &waiter.request, &waiter.response,
                              [&waiter](const grpc::Status& status) { waiter.done.set_value(status); });
  }
  rig_.account("alice");
  for (const auto& waiter : waiters) EXPECT_TRUE(waiter->done.get_future().get().ok());
}

TEST_F(TokenWait, ShutdownEndsWaitersWithinItsBound) {
  auto waiting = std::async(std::launch::async, [&] {
    v1::GetStatusResponse response;
    return get_status(asking_for(1'000'000), Nanos{60 * kNanosPerSecond}, response);
  });
  app_->stop(Nanos{50 * kNanosPerMilli});
  EXPECT_FALSE(waiting.get().ok());
}

}  // namespace
}  // namespace sluice::query
