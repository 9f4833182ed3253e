// StreamCommands: many commands a message, each with the result it would have alone, and an end however the call ends.
#include "command_rig.h"

namespace sluice::command {
namespace {

using test::eventually;

class CommandStreamTest : public testing::Test {
 protected:
  CommandStreamTest() {
    rig_.start_engines();
    rig_.serve();
    rig_.register_usual();
  }
  /// One open call.
  struct Call {
    explicit Call(CommandRig& rig) : stream(rig.orders->StreamCommands(&context)) {}
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<v1::StreamCommandsRequest, v1::StreamCommandsResponse>> stream;
    v1::StreamCommandsResponse response;
  };
  static void add(v1::StreamCommandsRequest& request, const v1::SubmitOrderRequest& order) {
    auto& command = *request.add_commands();
    *command.mutable_options() = order.options();
    *command.mutable_submit() = order.order();
  }
  static v1::StreamCommandsRequest message(std::uint64_t id, int orders,
                                           v1::WaitLevel level = v1::WAIT_LEVEL_EXECUTED) {
    v1::StreamCommandsRequest request;
    request.set_request_id(id);
    for (int i = 0; i < orders; ++i)
      add(request, CommandRig::order(std::to_string(id) + "-" + std::to_string(i), level));
    return request;
  }
  bool all_streams_ended() {
    return eventually([this] { return rig_.service().stats().streams == 0; });
  }

  CommandRig rig_;
};

TEST_F(CommandStreamTest, EachCommandOfAMessageHasItsOwnResultInItsOrder) {
  Call call(rig_);
  v1::StreamCommandsRequest request = message(7, 3);
  request.mutable_commands(1)->mutable_submit()->clear_side();
  request.mutable_commands(2)->mutable_submit()->set_quantity(0);
  request.add_commands();  // no body
  add(request, CommandRig::order("last"));
  request.mutable_commands(4)->mutable_submit()->set_symbol("Z");
  ASSERT_TRUE(call.stream->Write(request));
  ASSERT_TRUE(call.stream->Read(&call.response));
  EXPECT_EQ(call.response.request_id(), 7u);
  ASSERT_EQ(call.response.results_size(), 5);
  EXPECT_EQ(call.response.results(0).result().outcome(), v1::OUTCOME_CODE_EXECUTED);
  EXPECT_EQ(call.response.results(0).result().command_id(), request.commands(0).options().command_id());
  EXPECT_EQ(call.response.results(1).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_FALSE(call.response.results(1).has_result());
  EXPECT_EQ(call.response.results(2).result().reason(), v1::REJECT_REASON_INVALID_QTY);
  EXPECT_EQ(call.response.results(3).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(call.response.results(4).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(call.response.token().shards().at(0), call.response.results(2).result().sequence());
  call.stream->WritesDone();
  EXPECT_FALSE(call.stream->Read(&call.response));
  EXPECT_TRUE(call.stream->Finish().ok());
  EXPECT_TRUE(all_streams_ended());
}

TEST_F(CommandStreamTest, EveryMessageIsAnsweredOnceThoughManyAreOutstanding) {
  constexpr std::uint64_t kMessages = 300;  // several times what one stream may have outstanding
  Call call(rig_);
  std::thread writing([&call] {
    for (std::uint64_t id = 1; id <= kMessages; ++id) ASSERT_TRUE(call.stream->Write(message(id, 4)));
    call.stream->WritesDone();
  });
  std::map<std::uint64_t, int> answered;
  std::uint64_t newest = 0;
  while (call.stream->Read(&call.response)) {
    ++answered[call.response.request_id()];
    for (const auto& result : call.response.results())
      EXPECT_EQ(result.result().outcome(), v1::OUTCOME_CODE_EXECUTED) << result.error_message();
    newest = std::max<std::uint64_t>(newest, call.response.token().shards().at(0));
  }
  writing.join();
  EXPECT_TRUE(call.stream->Finish().ok());
  EXPECT_EQ(answered.size(), kMessages);
  for (const auto& [id, times] : answered) EXPECT_EQ(times, 1) << "message " << id;
  EXPECT_EQ(newest, rig_.messages());
  EXPECT_LT(rig_.link().orders().stats().frames, kMessages * 4) << "no two commands ever shared a frame";
}

TEST_F(CommandStreamTest, AMessageWithoutOrWithTooManyCommandsEndsTheCall) {
  const std::uint64_t before = rig_.messages();
  for (const int commands : {0, 513}) {
    Call call(rig_);
    ASSERT_TRUE(call.stream->Write(message(1, commands)));
    EXPECT_FALSE(call.stream->Read(&call.response));
    const grpc::Status status = call.stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << commands;
    EXPECT_EQ(test::wrong_fields(status), std::vector<std::string>{"commands"});
  }
  EXPECT_EQ(rig_.messages(), before);
  EXPECT_TRUE(all_streams_ended());
}

TEST_F(CommandStreamTest, WhatWasAnsweredBeforeABadMessageStillComes) {
  Call call(rig_);
  ASSERT_TRUE(call.stream->Write(message(1, 2)));
  ASSERT_TRUE(call.stream->Write(message(2, 0)));
  ASSERT_TRUE(call.stream->Read(&call.response));
  EXPECT_EQ(call.response.request_id(), 1u);
  EXPECT_FALSE(call.stream->Read(&call.response));
  EXPECT_EQ(call.stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(CommandStreamTest, ACancelledCallEndsThoughItsResultsAreStillToComeAndItsCommandsStand) {
  rig_.log.hold_acks(true);
  const std::uint64_t before = rig_.messages();
  {
    Call call(rig_);
    ASSERT_TRUE(call.stream->Write(message(1, 3, v1::WAIT_LEVEL_LOGGED)));
    ASSERT_TRUE(eventually([&] { return rig_.messages() > before; }));
    call.context.TryCancel();
    EXPECT_EQ(call.stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_TRUE(all_streams_ended());
  rig_.log.hold_acks(false);
  auto again = CommandRig::order("1-0");
  ASSERT_TRUE(rig_.submit(again).ok());
  EXPECT_EQ(rig_.submitted.result().reason(), v1::REJECT_REASON_DUPLICATE_ID) << "the cancelled call's order lives";
}

/// Cancelled with none to several messages read, or being read. (That a read completes between the cancel and its
/// callback could not be forced from outside; the guard against it is in OnReadDone.)
TEST_F(CommandStreamTest, CallsThatAreCancelledWhileTheyReadAllEnd) {
  for (int i = 0; i < 300; ++i) {
    Call call(rig_);
    for (std::uint64_t id = 0; id <= static_cast<std::uint64_t>(i % 4); ++id)
      (void)call.stream->Write(message(id, 1, v1::WAIT_LEVEL_LOGGED));
    call.context.TryCancel();
    (void)call.stream->Finish();
  }
  EXPECT_TRUE(all_streams_ended()) << rig_.service().stats().streams << " never end";
}

class Disconnect : public CommandStreamTest {
 protected:
  /// A call whose session has the option, with one resting order of A.
  void begin(Call& call, bool cancels) {
    v1::StreamCommandsRequest request;
    request.mutable_session()->set_cancel_on_disconnect(cancels);
    ASSERT_TRUE(call.stream->Write(request)) << "a message without commands, for the session alone";
    ASSERT_TRUE(call.stream->Read(&call.response));
    ASSERT_TRUE(call.stream->Write(message(1, 1)));
    ASSERT_TRUE(call.stream->Read(&call.response));
    ASSERT_EQ(call.response.results(0).result().outcome(), v1::OUTCOME_CODE_EXECUTED);
  }
  /// A client order id is free again once its order is not live any more.
  bool is_live(const std::string& client_order_id) {
    auto order = CommandRig::order(client_order_id);
    order.mutable_order()->set_time_in_force(v1::TIME_IN_FORCE_IOC);
    EXPECT_TRUE(rig_.submit(order).ok());
    return rig_.submitted.result().reason() == v1::REJECT_REASON_DUPLICATE_ID;
  }
  bool nothing_pending() {
    return eventually([this] { return rig_.service().disconnects().pending() == 0; });
  }
};

TEST_F(Disconnect, CancelsWhatTheSessionsAccountsHaveLive) {
  ASSERT_TRUE(rig_.submit(CommandRig::order("before")).ok()) << "of A too, by another way";
  auto other = CommandRig::order("other");
  other.mutable_order()->set_account("B");
  ASSERT_TRUE(rig_.submit(other).ok());
  {
    Call call(rig_);
    begin(call, true);
    EXPECT_TRUE(is_live("1-0"));
    call.context.TryCancel();
  }
  EXPECT_TRUE(all_streams_ended());
  EXPECT_TRUE(nothing_pending());
  EXPECT_FALSE(is_live("1-0"));
  EXPECT_FALSE(is_live("before"));
  other.mutable_options()->CopyFrom(CommandRig::fresh_options());
  ASSERT_TRUE(rig_.submit(other).ok());
  EXPECT_EQ(rig_.submitted.result().reason(), v1::REJECT_REASON_DUPLICATE_ID) << "B sent nothing over the stream";
}

TEST_F(Disconnect, AnOrderlyEndIsAnEndToo) {
  Call call(rig_);
  begin(call, true);
  call.stream->WritesDone();
  EXPECT_TRUE(call.stream->Finish().ok());
  EXPECT_TRUE(all_streams_ended());
  EXPECT_TRUE(nothing_pending());
  EXPECT_FALSE(is_live("1-0"));
}

TEST_F(Disconnect, WithoutTheOptionOrdersStay) {
  {
    Call call(rig_);
    begin(call, false);
    call.context.TryCancel();
  }
  EXPECT_TRUE(all_streams_ended());
  EXPECT_EQ(rig_.service().disconnects().pending(), 0u);
  EXPECT_TRUE(is_live("1-0"));
}

TEST_F(Disconnect, ALogThatIsAwayDelaysTheCancelsAndDoesNotLoseThem) {
  {
    Call call(rig_);
    begin(call, true);
    rig_.log.set_available(false);
    call.context.TryCancel();
  }
  EXPECT_TRUE(all_streams_ended());
  EXPECT_TRUE(eventually([this] { return rig_.service().disconnects().pending() > 0; }));
  rig_.log.set_available(true);
  EXPECT_TRUE(nothing_pending());
  EXPECT_FALSE(is_live("1-0"));
}

}  // namespace
}  // namespace sluice::command
