// CommandService over gRPC, on logs in memory: what each level means, and what a client hears when it goes wrong.
#include "command_rig.h"

namespace sluice::command {
namespace {

using eventlog::StreamKind;
using grpc::StatusCode;
using test::eventually;

/// SubmitOrder, not waited for.
struct Submitting {
  Submitting(CommandRig& rig, const v1::SubmitOrderRequest& wanted) : request(wanted) {
    rig.orders->async()->SubmitOrder(&context, &request, &response, [this](const grpc::Status& ended) {
      status = ended;
      done = true;
    });
  }
  ~Submitting() {
    context.TryCancel();
    EXPECT_TRUE(eventually([this] { return done.load(); }));
  }
  grpc::ClientContext context;
  v1::SubmitOrderRequest request;
  v1::SubmitOrderResponse response;
  grpc::Status status;
  std::atomic<bool> done{false};
};

class CommandServiceTest : public testing::Test {
 protected:
  CommandRig& rig(CommandRigOptions options = {}) {
    rig_ = std::make_unique<CommandRig>(std::move(options));
    rig_->start_engines();
    rig_->serve();
    rig_->register_usual();
    return *rig_;
  }
  std::unique_ptr<CommandRig> rig_;
};

TEST_F(CommandServiceTest, LoggedMeansTheLogHasItThoughNoEngineRuns) {
  CommandRig& rig = this->rig();
  rig.stop_engines();
  const auto request = CommandRig::order("a", v1::WAIT_LEVEL_LOGGED);
  ASSERT_TRUE(rig.submit(request).ok());
  const auto& result = rig.submitted.result();
  EXPECT_EQ(result.command_id(), request.options().command_id());
  EXPECT_EQ(result.level(), v1::WAIT_LEVEL_LOGGED);
  EXPECT_EQ(result.outcome(), v1::OUTCOME_CODE_UNSPECIFIED) << "not known yet";
  EXPECT_EQ(result.sequence(), rig.messages());
  EXPECT_EQ(rig.submitted.token().shards().at(0), rig.messages());
}

TEST_F(CommandServiceTest, ExecutedMeansTheOutcomeIsInTheEventLog) {
  CommandRig& rig = this->rig();
  auto request = CommandRig::order("a");
  request.mutable_options()->set_include_events(true);
  ASSERT_TRUE(rig.submit(request).ok());
  const auto& result = rig.submitted.result();
  EXPECT_EQ(result.level(), v1::WAIT_LEVEL_EXECUTED);
  EXPECT_EQ(result.outcome(), v1::OUTCOME_CODE_EXECUTED);
  EXPECT_GT(result.order_id(), 0u);
  EXPECT_EQ(result.event_sequence(), rig.messages(StreamKind::kEvent));
  ASSERT_EQ(result.events_size(), 1);
  EXPECT_EQ(result.events(0).order_accepted().order().account(), "A");
  EXPECT_EQ(result.events(0).order_accepted().order().symbol(), "X");
  EXPECT_EQ(rig.submitted.token().shards().at(0), result.sequence());
}

TEST_F(CommandServiceTest, ARejectionIsAResult) {
  CommandRig& rig = this->rig();
  auto request = CommandRig::order("a");
  request.mutable_order()->set_quantity(-1);
  ASSERT_TRUE(rig.submit(request).ok());
  EXPECT_EQ(rig.submitted.result().outcome(), v1::OUTCOME_CODE_REJECTED);
  EXPECT_EQ(rig.submitted.result().reason(), v1::REJECT_REASON_INVALID_QTY);
  EXPECT_EQ(rig.submitted.token().shards_size(), 1) << "it is in the log";
}

TEST_F(CommandServiceTest, TheSameCommandAgainHasItsFirstOutcome) {
  CommandRig& rig = this->rig();
  const auto request = CommandRig::order("a");
  ASSERT_TRUE(rig.submit(request).ok());
  const std::uint64_t order_id = rig.submitted.result().order_id();
  ASSERT_TRUE(rig.submit(request).ok());
  EXPECT_TRUE(rig.submitted.result().repeated());
  EXPECT_EQ(rig.submitted.result().order_id(), order_id);
  auto other = request;
  other.mutable_order()->set_quantity(2);
  ASSERT_TRUE(rig.submit(other).ok());
  EXPECT_EQ(rig.submitted.result().reason(), v1::REJECT_REASON_IDEMPOTENCY_CONFLICT);
}

TEST_F(CommandServiceTest, OrdersAreCancelledAndReplaced) {
  CommandRig& rig = this->rig();
  ASSERT_TRUE(rig.submit(CommandRig::order("a")).ok());
  const std::uint64_t order_id = rig.submitted.result().order_id();
  v1::ReplaceOrderRequest replace;
  *replace.mutable_options() = CommandRig::fresh_options();
  replace.mutable_replace()->set_account("A");
  replace.mutable_replace()->set_symbol("X");
  replace.mutable_replace()->set_order_id(order_id);
  replace.mutable_replace()->set_quantity(5);
  v1::ReplaceOrderResponse replaced;
  ASSERT_TRUE(CommandRig::call(*rig.orders, &v1::CommandService::Stub::ReplaceOrder, replace, replaced).ok());
  EXPECT_EQ(replaced.result().outcome(), v1::OUTCOME_CODE_EXECUTED);
  v1::CancelOrderRequest cancel;
  *cancel.mutable_options() = CommandRig::fresh_options();
  cancel.mutable_cancel()->set_account("A");
  cancel.mutable_cancel()->set_symbol("X");
  cancel.mutable_cancel()->set_client_order_id("a");
  v1::CancelOrderResponse cancelled;
  ASSERT_TRUE(CommandRig::call(*rig.orders, &v1::CommandService::Stub::CancelOrder, cancel, cancelled).ok());
  EXPECT_EQ(cancelled.result().outcome(), v1::OUTCOME_CODE_EXECUTED);
  EXPECT_EQ(cancelled.result().order_id(), order_id);
}

TEST_F(CommandServiceTest, ACancelAllGoesToEveryShardUnlessAnInstrumentIsNamed) {
  CommandRig& rig = this->rig({.shards = 2});
  auto in_y = CommandRig::order("y");
  in_y.mutable_order()->set_symbol("Y");
  ASSERT_TRUE(rig.submit(in_y).ok());
  EXPECT_EQ(rig.submitted.result().shard(), 1u);
  v1::CancelAllRequest request;
  *request.mutable_options() = CommandRig::fresh_options();
  request.mutable_cancel_all()->set_account("A");
  v1::CancelAllResponse response;
  ASSERT_TRUE(CommandRig::call(*rig.orders, &v1::CommandService::Stub::CancelAll, request, response).ok());
  EXPECT_EQ(response.results_size(), 2);
  EXPECT_EQ(response.token().shards_size(), 2);
  *request.mutable_options() = CommandRig::fresh_options();
  request.mutable_cancel_all()->set_symbol("Y");
  ASSERT_TRUE(CommandRig::call(*rig.orders, &v1::CommandService::Stub::CancelAll, request, response).ok());
  ASSERT_EQ(response.results_size(), 1);
  EXPECT_EQ(response.results(0).shard(), 1u);
}

TEST_F(CommandServiceTest, AReceiptSaysWhenTheCommandPassedEachStageAndOnlyIfAskedFor) {
  CommandRig& rig = this->rig();
  auto request = CommandRig::order("a");
  ASSERT_TRUE(rig.submit(request).ok());
  EXPECT_FALSE(rig.submitted.result().has_receipt());
  const Nanos before = runtime::wall_now();
  request = CommandRig::order("b");
  request.mutable_options()->set_receipt(true);
  ASSERT_TRUE(rig.submit(request).ok());
  const Nanos after = runtime::wall_now();
  const v1::StageTimes receipt = rig.submitted.result().receipt();
  EXPECT_EQ(receipt.sequence(), rig.submitted.result().sequence());
  EXPECT_GE(receipt.received_unix_nanos(), before.value());
  EXPECT_GE(receipt.framed_unix_nanos(), receipt.received_unix_nanos());
  EXPECT_GE(receipt.acknowledged_unix_nanos(), receipt.framed_unix_nanos());
  EXPECT_GE(receipt.executed_unix_nanos(), receipt.framed_unix_nanos());
  EXPECT_GE(receipt.answered_unix_nanos(), receipt.executed_unix_nanos());
  EXPECT_LE(receipt.answered_unix_nanos(), after.value());

  // The same is remembered, for whoever asks by sequence.
  v1::CommandServiceGetStageTimesRequest ask;
  v1::CommandServiceGetStageTimesResponse told;
  ask.add_sequences(receipt.sequence());
  ask.add_sequences(receipt.sequence() + 1000);
  const auto get = &v1::CommandService::Stub::GetStageTimes;
  ASSERT_TRUE(CommandRig::call(*rig.orders, get, ask, told).ok());
  ASSERT_EQ(told.times_size(), 1) << "what does not exist is left out";
  EXPECT_EQ(told.times(0).framed_unix_nanos(), receipt.framed_unix_nanos());
  EXPECT_EQ(told.times(0).acknowledged_unix_nanos(), receipt.acknowledged_unix_nanos());
  EXPECT_EQ(told.times(0).executed_unix_nanos(), receipt.executed_unix_nanos());
  ask.set_shard(9);
  EXPECT_EQ(CommandRig::call(*rig.orders, get, ask, told).error_code(), StatusCode::INVALID_ARGUMENT);
  ask.set_shard(0);
  for (int i = 0; i < 1024; ++i) ask.add_sequences(1);
  EXPECT_EQ(CommandRig::call(*rig.orders, get, ask, told).error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(CommandServiceTest, WhatIsWrongInItsShapeNeverEntersTheLog) {
  CommandRig& rig = this->rig();
  const std::uint64_t before = rig.messages();
  auto request = CommandRig::order("a");
  request.mutable_order()->clear_side();
  const grpc::Status bad = rig.submit(request);
  EXPECT_EQ(bad.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(test::wrong_fields(bad), std::vector<std::string>{"order.side"});
  auto unknown = CommandRig::order("a");
  unknown.mutable_order()->set_symbol("Z");
  EXPECT_EQ(rig.submit(unknown).error_code(), StatusCode::NOT_FOUND);
  v1::SetLimitsRequest limits;
  *limits.mutable_options() = CommandRig::fresh_options();
  limits.set_account("A");
  (*limits.mutable_limits())["max_fun"].set_value(1);
  v1::SetLimitsResponse set;
  EXPECT_EQ(test::wrong_fields(CommandRig::call(*rig.orders, &v1::CommandService::Stub::SetLimits, limits, set)),
            std::vector<std::string>{"limits.max_fun"});
  v1::RegisterAccountRequest account;
  *account.mutable_options() = CommandRig::fresh_options();
  account.set_account("E");
  v1::RegisterAccountResponse registered;
  EXPECT_EQ(test::wrong_fields(CommandRig::call(*rig.orders, &v1::CommandService::Stub::RegisterAccount, account,
                                                registered, std::string(65, 'p'))),
            std::vector<std::string>{"metadata sluice-principal"});
  EXPECT_EQ(rig.messages(), before);
  EXPECT_EQ(rig.service().stats().invalid, 4u);
}

TEST_F(CommandServiceTest, AKillThatAFillBroughtAboutIsAmongItsEvents) {
  CommandRig& rig = this->rig();
  v1::SetLimitsRequest limits;
  *limits.mutable_options() = CommandRig::fresh_options();
  limits.set_account("A");
  (*limits.mutable_limits())["max_daily_trades"].set_value(1);
  v1::SetLimitsResponse set;
  ASSERT_TRUE(CommandRig::call(*rig.orders, &v1::CommandService::Stub::SetLimits, limits, set).ok());
  auto maker = CommandRig::order("m");
  maker.mutable_order()->set_quantity(5);
  ASSERT_TRUE(rig.submit(maker).ok());
  auto taker = CommandRig::order("t");
  taker.mutable_order()->set_account("B");
  taker.mutable_order()->set_side(v1::SIDE_SELL);
  taker.mutable_options()->set_include_events(true);
  ASSERT_TRUE(rig.submit(taker).ok());
  const auto& events = rig.submitted.result().events();
  ASSERT_EQ(events.size(), 4);
  EXPECT_TRUE(events[0].has_order_accepted());
  EXPECT_TRUE(events[1].has_traded());
  EXPECT_EQ(events[2].kill_switch_engaged().key(), "A");
  EXPECT_TRUE(events[2].kill_switch_engaged().automatic());
  EXPECT_EQ(events[2].kill_switch_engaged().reason(), "max_daily_trades");
  EXPECT_EQ(events[3].order_cancelled().reason(), v1::CANCEL_REASON_KILL);
}

TEST_F(CommandServiceTest, LimitsHaveOneTarget) {
  CommandRig& rig = this->rig();
  constexpr int kWrong = 1000;  // no reason has this number
  const auto set = [&](const std::function<void(v1::SetLimitsRequest&)>& fill, const char* limit = "max_position") {
    v1::SetLimitsRequest request;
    *request.mutable_options() = CommandRig::fresh_options();
    (*request.mutable_limits())[limit].set_value(7);
    fill(request);
    v1::SetLimitsResponse response;
    const grpc::Status status = CommandRig::call(*rig.orders, &v1::CommandService::Stub::SetLimits, request, response);
    return status.ok() ? static_cast<int>(response.results(0).reason()) : kWrong;
  };
  EXPECT_EQ(set([](auto&) {}), kWrong) << "an account that was forgotten must not become everybody";
  EXPECT_EQ(set([](auto& r) {
              r.set_account("A");
              r.set_of_all(true);
            }),
            kWrong);
  EXPECT_EQ(set([](auto& r) { r.set_account("A"); }), v1::REJECT_REASON_UNSPECIFIED);
  EXPECT_EQ(set([](auto& r) { r.set_symbol("X"); }), v1::REJECT_REASON_UNSPECIFIED);
  EXPECT_EQ(set([](auto& r) { r.set_of_all(true); }, "max_daily_trades"), v1::REJECT_REASON_UNSPECIFIED);
  EXPECT_EQ(set([](auto& r) { r.set_symbol("X"); }, "max_daily_trades"), v1::REJECT_REASON_INVALID_LIMIT);
}

TEST_F(CommandServiceTest, AnInstrumentIsHaltedAndTheCalendarSet) {
  CommandRig& rig = this->rig();
  v1::SetInstrumentStateRequest halt;
  *halt.mutable_options() = CommandRig::fresh_options();
  halt.set_symbol("X");
  v1::SetInstrumentStateResponse halted;
  EXPECT_EQ(
      test::wrong_fields(CommandRig::call(*rig.orders, &v1::CommandService::Stub::SetInstrumentState, halt, halted)),
      std::vector<std::string>{"state"});
  halt.set_state(v1::INSTRUMENT_STATE_HALTED);
  ASSERT_TRUE(CommandRig::call(*rig.orders, &v1::CommandService::Stub::SetInstrumentState, halt, halted).ok());
  ASSERT_TRUE(rig.submit(CommandRig::order("a")).ok());
  EXPECT_EQ(rig.submitted.result().reason(), v1::REJECT_REASON_INSTRUMENT_HALTED);

  v1::SetCalendarRequest calendar;
  *calendar.mutable_options() = CommandRig::fresh_options();
  v1::SettlementDay& day = *calendar.add_days();
  day.set_date(20991231);
  day.set_ends_at_unix_nanos(4'102'444'800 * kNanosPerSecond);
  v1::SetCalendarResponse set;
  ASSERT_TRUE(CommandRig::call(*rig.orders, &v1::CommandService::Stub::SetCalendar, calendar, set).ok());
  EXPECT_EQ(set.results(0).outcome(), v1::OUTCOME_CODE_EXECUTED);
  *calendar.mutable_options() = CommandRig::fresh_options();
  *calendar.add_days() = day;
  ASSERT_TRUE(CommandRig::call(*rig.orders, &v1::CommandService::Stub::SetCalendar, calendar, set).ok());
  EXPECT_EQ(set.results(0).reason(), v1::REJECT_REASON_INVALID_DEFINITION) << "a day twice";
}

TEST_F(CommandServiceTest, LoggedButNotExecutedInTimeSaysSo) {
  CommandRig& rig = this->rig({.wait = Nanos{2 * kNanosPerSecond}});
  rig.stop_engines();
  const grpc::Status status = rig.submit(CommandRig::order("a"));
  EXPECT_EQ(status.error_code(), StatusCode::DEADLINE_EXCEEDED);
  EXPECT_NE(status.error_message().find("logged as command " + std::to_string(rig.messages()) + "/0"),
            std::string::npos)
      << status.error_message();
}

TEST_F(CommandServiceTest, ALostLogIsUnavailableAndSaysWhenToAskAgain) {
  CommandRig& rig = this->rig({.wait = Nanos{2 * kNanosPerSecond}});
  rig.log.set_available(false);
  const grpc::Status status = rig.submit(CommandRig::order("a"));
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE) << status.error_message();
  EXPECT_GT(test::retry_millis(status), 0);
  EXPECT_NE(status.error_message().find("same command_id"), std::string::npos);
}

TEST_F(CommandServiceTest, BoundedWorkInFlightIsOverloadWithATimeToComeBack) {
  CommandRig& rig = this->rig({.link = {.lanes = 1, .queued_max = 1}});
  rig.log.hold_acks(true);
  const std::uint64_t before = rig.messages();
  const Submitting in_flight(rig, CommandRig::order("a", v1::WAIT_LEVEL_LOGGED));
  ASSERT_TRUE(eventually([&] { return rig.messages() == before + 1; }));
  const Submitting queued(rig, CommandRig::order("b", v1::WAIT_LEVEL_LOGGED));
  ASSERT_TRUE(eventually([&] { return rig.link().orders().stats().queued == 1; }));
  const grpc::Status refused = rig.submit(CommandRig::order("c", v1::WAIT_LEVEL_LOGGED));
  EXPECT_EQ(refused.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_GT(test::retry_millis(refused), 0);
  EXPECT_EQ(rig.service().stats().overloaded, 1u);
  EXPECT_EQ(rig.service().stats().in_flight, 2u);
  rig.log.hold_acks(false);
  EXPECT_TRUE(eventually([&] { return in_flight.done && queued.done; }));
  EXPECT_TRUE(in_flight.status.ok() && queued.status.ok());
  EXPECT_EQ(rig.service().stats().in_flight, 0u);
}

TEST_F(CommandServiceTest, ANearlyFullLogTakesCancelsButNoOrders) {
  CommandRig& rig = this->rig();
  ASSERT_TRUE(rig.submit(CommandRig::order("a")).ok());
  const eventlog::StreamId stream{StreamKind::kEvent, ShardId{0}};
  rig.log.set_bytes_max(stream, rig.log.info(stream).value().bytes * 100 / 96);
  ASSERT_TRUE(eventually([&] { return !rig.link().space().admits_orders().ok(); }));
  const grpc::Status refused = rig.submit(CommandRig::order("b"));
  EXPECT_EQ(refused.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_GE(test::retry_millis(refused), 1000);
  v1::CancelOrderRequest cancel;
  *cancel.mutable_options() = CommandRig::fresh_options(v1::WAIT_LEVEL_LOGGED);
  cancel.mutable_cancel()->set_account("A");
  cancel.mutable_cancel()->set_symbol("X");
  cancel.mutable_cancel()->set_client_order_id("a");
  v1::CancelOrderResponse cancelled;
  EXPECT_TRUE(CommandRig::call(*rig.orders, &v1::CommandService::Stub::CancelOrder, cancel, cancelled).ok());
  v1::RegisterAccountRequest account;
  *account.mutable_options() = CommandRig::fresh_options();
  account.set_account("E");
  v1::RegisterAccountResponse registered;
  EXPECT_EQ(CommandRig::call(*rig.orders, &v1::CommandService::Stub::RegisterAccount, account, registered).error_code(),
            StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(CommandServiceTest, UntilTheNamesAreReadItIsUnavailable) {
  CommandRig rig;
  rig.log.withhold_messages(true);
  rig.serve(false);
  v1::RegisterAccountRequest account;
  *account.mutable_options() = CommandRig::fresh_options();
  account.set_account("E");
  v1::RegisterAccountResponse registered;
  const grpc::Status status =
      CommandRig::call(*rig.orders, &v1::CommandService::Stub::RegisterAccount, account, registered);
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_NE(status.error_message().find("still reading"), std::string::npos) << status.error_message();
}

TEST_F(CommandServiceTest, ABrokenEventLogStopsTheShardWithItsReason) {
  CommandRig& rig = this->rig();
  rig.stop_engines();
  const std::vector<std::byte> garbage(64, std::byte{0x5a});
  rig.log.inject({StreamKind::kEvent, ShardId{0}}, FrameClass::kOrders, garbage);
  ASSERT_TRUE(eventually([&] { return !rig.link().serving(); }));
  const std::uint64_t before = rig.messages();
  const grpc::Status status = rig.submit(CommandRig::order("a", v1::WAIT_LEVEL_LOGGED));
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_NE(status.error_message().find("verifier"), std::string::npos) << status.error_message();
  EXPECT_EQ(rig.messages(), before);
}

TEST_F(CommandServiceTest, AnInstrumentsHomeIsChosenOnceAndIsTheSameInEveryReplica) {
  CommandRig& rig = this->rig({.shards = 2});
  v1::DefineInstrumentRequest request;
  request.mutable_instrument()->set_symbol("CHOSEN");
  std::vector<std::uint32_t> homes;
  for (int i = 0; i < 2; ++i) {
    *request.mutable_options() = CommandRig::fresh_options();
    v1::DefineInstrumentResponse response;
    ASSERT_TRUE(CommandRig::call(*rig.orders, &v1::CommandService::Stub::DefineInstrument, request, response).ok());
    ASSERT_EQ(response.results_size(), 2);
    for (const auto& result : response.results()) EXPECT_EQ(result.outcome(), v1::OUTCOME_CODE_EXECUTED);
    homes.push_back(response.instrument().home_shard());
  }
  EXPECT_EQ(homes[0], homes[1]);
  EXPECT_EQ(homes[0], 1u) << "FNV-1a of the symbol modulo shards: changing it would move instruments";
  *request.mutable_options() = CommandRig::fresh_options();
  request.set_pin_shard(true);
  request.mutable_instrument()->set_home_shard(2);
  v1::DefineInstrumentResponse response;
  EXPECT_EQ(
      test::wrong_fields(CommandRig::call(*rig.orders, &v1::CommandService::Stub::DefineInstrument, request, response)),
      std::vector<std::string>{"instrument.home_shard"});
}

}  // namespace
}  // namespace sluice::command
