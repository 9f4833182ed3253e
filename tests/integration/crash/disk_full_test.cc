// A log that is nearly full takes no more orders; kills, releases and cancels still find room.
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include "crash/crash_rig.h"

namespace sluice::test {
namespace {

bool says_when_to_retry(const grpc::Status& status) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return false;
  for (const auto& detail : details.details()) {
    google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&retry) && retry.retry_delay().seconds() > 0) return true;
  }
  return false;
}

TEST(DiskFull, OrdersAreRefusedAndKillsReleasesAndCancelsAreNot) {
  CrashRig rig({.stream_bytes_max = std::uint64_t{8} << 20});
  Client client = rig.client();
  const grpc::Status filled = client.rest_orders("A", 60'000);
  ASSERT_EQ(filled.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << filled.error_message();

  v1::SubmitOrderResponse submitted;
  const grpc::Status refused = client.submit(Client::order("B", "b1"), submitted);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_NE(refused.error_message().find("SLUICE_EVT_0 is at 9"), std::string::npos) << refused.error_message();
  EXPECT_TRUE(says_when_to_retry(refused));
  v1::ReplaceOrderResponse replaced;
  EXPECT_EQ(client.replace("A", "r0", replaced).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(client.register_account("E").error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);

  // Each service says so before an operator asks.
  for (const char* service : {"command", "engine-0", "query"}) {
    EXPECT_TRUE(eventually([&] {
      const Metrics shown = rig.metrics(service);
      const auto found = shown.find(R"(sluice_log_nearly_full{shard="0",stream="evt"})");
      return found != shown.end() && found->second == 1;
    })) << service;
  }
  EXPECT_GE(rig.metrics("command")[R"(sluice_command_refusals_total{reason="log_nearly_full"})"], 3);

  v1::CancelOrderResponse cancelled;
  EXPECT_TRUE(client.cancel("A", "r0", cancelled).ok());
  EXPECT_EQ(cancelled.result().outcome(), v1::OUTCOME_CODE_EXECUTED);
  v1::CancelAllResponse all;
  EXPECT_TRUE(client.cancel_all("B", all).ok());
  const v1::EngageRequest kill = Client::kill_of_account("B");
  v1::EngageResponse engaged;
  EXPECT_TRUE(client.engage(kill, engaged).ok());
  EXPECT_TRUE(engaged.confirmed());
  v1::RequestReleaseResponse requested;
  EXPECT_TRUE(client.request_release("B", kill.kill_id(), requested).ok());
  v1::ApproveReleaseResponse approved;
  EXPECT_TRUE(Client(rig.deployment().endpoints(), "bob").approve_release(requested.release_id(), approved).ok());
  EXPECT_TRUE(approved.released());
  EXPECT_EQ(client.engine().role(), "owner");
  EXPECT_NE(rig.printed("command").find("nearly full"), std::string::npos);
  rig.expect_all_agree();
}

}  // namespace
}  // namespace sluice::test
