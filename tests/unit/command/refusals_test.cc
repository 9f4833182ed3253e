// What the command service does not let in is in its audit: who wanted what, and why not. What the engine decides is
// not.
#include "audit/audit_words.h"
#include "command_rig.h"

namespace sluice::command {
namespace {

class RefusalsTest : public testing::Test {
 protected:
  RefusalsTest() {
    rig_.start_engines();
    rig_.serve();
    rig_.register_usual();
  }
  void expect_line(const audit::AuditLine& line, const std::string& method, const std::string& key,
                   const std::string& status, const std::string& why) {
    EXPECT_EQ(line.record.kind, audit::Kind::kRejected);
    EXPECT_EQ(line.principal, "alice");
    EXPECT_EQ(line.reason, method);
    EXPECT_EQ(line.key, key) << method;
    EXPECT_EQ(audit::details_of(line.record)["status"], status) << method;
    EXPECT_NE(line.detail.find(why), std::string::npos) << line.detail;
  }

  CommandRig rig_;
};

TEST_F(RefusalsTest, ACallThatIsNotLetInIsAudited) {
  v1::SubmitOrderRequest order = CommandRig::order("a");
  order.mutable_order()->clear_side();
  EXPECT_EQ(rig_.submit(order).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  v1::SetLimitsRequest limits;
  v1::SetLimitsResponse set;
  *limits.mutable_options() = CommandRig::fresh_options();
  limits.set_account("A");
  (*limits.mutable_limits())["max_nonsense"].set_value(1);
  EXPECT_FALSE(CommandRig::call(*rig_.orders, &v1::CommandService::Stub::SetLimits, limits, set).ok());
  v1::EngageRequest kill = rig_.kill_of("nobody");
  v1::EngageResponse engaged;
  EXPECT_EQ(rig_.engage(kill, engaged).error_code(), grpc::StatusCode::NOT_FOUND);
  v1::ApproveReleaseRequest approve;
  v1::ApproveReleaseResponse approved;
  approve.set_release_id("no uuid");
  EXPECT_FALSE(CommandRig::call(*rig_.kills, &v1::KillSwitchService::Stub::ApproveRelease, approve, approved).ok());

  const auto lines = rig_.audited_refusals();
  ASSERT_EQ(lines.size(), 4u);
  expect_line(lines[0], "SubmitOrder", "A", "invalid_argument", "side");
  EXPECT_EQ(audit::details_of(lines[0].record)["command_id"], order.options().command_id());
  expect_line(lines[1], "SetLimits", "A", "invalid_argument", "max_nonsense");
  expect_line(lines[2], "Engage", "nobody", "not_found", "typing error");
  expect_line(lines[3], "ApproveRelease", "", "invalid_argument", "UUID");
}

TEST_F(RefusalsTest, EachRefusedCommandOfAStreamIsAuditedAndTheOthersAreNot) {
  grpc::ClientContext context;
  context.AddMetadata("sluice-principal", "alice");
  const auto stream = rig_.orders->StreamCommands(&context);
  v1::StreamCommandsRequest request;
  for (const char* name : {"a", "b", "c"}) {
    auto& command = *request.add_commands();
    const v1::SubmitOrderRequest order = CommandRig::order(name);
    *command.mutable_options() = order.options();
    *command.mutable_submit() = order.order();
  }
  request.mutable_commands(1)->mutable_submit()->set_account("no spaces");
  request.mutable_commands(2)->mutable_submit()->set_quantity(0);  // let in, and rejected by the engine
  ASSERT_TRUE(stream->Write(request));
  v1::StreamCommandsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_NE(response.results(1).error_code(), 0);
  EXPECT_EQ(response.results(2).result().outcome(), v1::OUTCOME_CODE_REJECTED);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  const auto lines = rig_.audited_refusals();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].reason, "SubmitOrder");
  EXPECT_EQ(lines[0].key, "no spaces");
  EXPECT_EQ(lines[0].principal, "alice");
}

TEST_F(RefusalsTest, ACallerWhoIsNoPrincipalIsAuditedWithoutAName) {
  v1::RegisterAccountRequest request;
  v1::RegisterAccountResponse response;
  *request.mutable_options() = CommandRig::fresh_options();
  request.set_account("N");
  EXPECT_FALSE(CommandRig::call(*rig_.orders, &v1::CommandService::Stub::RegisterAccount, request, response,
                                std::string(65, 'x'))
                   .ok());
  const auto lines = rig_.audited_refusals();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].reason, "RegisterAccount");
  EXPECT_EQ(lines[0].principal, "");
}

}  // namespace
}  // namespace sluice::command
