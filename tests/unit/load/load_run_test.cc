// A load against a made-up command service: what is unclear is asked again, and wrong options are said.
#include "cli/load/load_run.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "sluice/v1/command.grpc.pb.h"
#include "support/process.h"

namespace sluice::load {
namespace {

using marketdata::LobsterMessage;
using marketdata::LobsterType;

constexpr std::uint64_t kCommands = 40;

/// Answers everything executed; says UNAVAILABLE to each command the first time, or ends its first stream.
class Service final : public v1::CommandService::Service {
 public:
  grpc::Status StreamCommands(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::StreamCommandsResponse, v1::StreamCommandsRequest>* s) override {
    while (reads_nothing && !context->IsCancelled()) test::poll_interval();
    v1::StreamCommandsRequest request;
    while (s->Read(&request)) {
      if (breaks_first_stream && !broken_.exchange(true)) return {grpc::StatusCode::UNAVAILABLE, "going down"};
      v1::StreamCommandsResponse response;
      response.set_request_id(request.request_id());
      for (const v1::Command& command : request.commands()) answer(command.options(), *response.add_results());
      s->Write(response);
    }
    return grpc::Status::OK;
  }
  grpc::Status SubmitOrder(grpc::ServerContext*, const v1::SubmitOrderRequest* request,
                           v1::SubmitOrderResponse* response) override {
    v1::StreamResult result;
    answer(request->options(), result);
    *response->mutable_result() = result.result();
    return {static_cast<grpc::StatusCode>(result.error_code()), result.error_message()};
  }

  bool reads_nothing = false;
  bool breaks_first_stream = false;
  bool first_is_unclear = false;
  std::map<std::string, int> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void answer(const v1::CommandOptions& options, v1::StreamResult& result) {
    const std::lock_guard lock(mutex_);
    if (++asked_[options.command_id()] == 1 && first_is_unclear) {
      result.set_error_code(grpc::StatusCode::UNAVAILABLE);
      return;
    }
    result.mutable_result()->set_outcome(v1::OUTCOME_CODE_EXECUTED);
    result.mutable_result()->set_sequence(1);
    if (options.receipt()) result.mutable_result()->mutable_receipt()->set_received_unix_nanos(1);
  }
  std::atomic<bool> broken_{false};
  std::mutex mutex_;
  std::map<std::string, int> asked_;
};

class LoadRun : public testing::Test {
 protected:
  LoadRun() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    channels_.commands = {grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials())};
    for (std::uint64_t i = 0; i < kCommands; ++i)
      options_.lobster.push_back({Nanos{static_cast<std::int64_t>(i) * kNanosPerMilli}, LobsterType::kNewOrder,
                                  static_cast<std::int64_t>(i + 1), Quantity{1}, Price{1}, Side::kBuy});
    options_.accounts = {"L0", "L1"};
    options_.symbols = {"S0"};
    options_.duration = Nanos{};
    options_.sample = 10;
  }
  void expect_each_executed(int times_asked_at_least) {
    const auto run = run_load(channels_, options_);
    ASSERT_TRUE(run.ok()) << run.error().message;
    EXPECT_EQ(run.value().tally.sent, kCommands);
    EXPECT_EQ(run.value().tally.of(Outcome::kExecuted), kCommands);
    EXPECT_EQ(run.value().stages.sampled, kCommands / 10);
    EXPECT_EQ(run.value().stages.complete, 0u) << "the service does not tell";
    EXPECT_EQ(service_.asked().size(), kCommands) << "never under another id";
    for (const auto& [id, times] : service_.asked()) EXPECT_GE(times, times_asked_at_least) << id;
  }
  void expect_refused(const std::string& hint) {
    const auto run = run_load(channels_, options_);
    ASSERT_FALSE(run.ok());
    EXPECT_EQ(run.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(run.error().message.find(hint), std::string::npos) << run.error().message;
  }

  Service service_;
  std::unique_ptr<grpc::Server> server_;
  LoadChannels channels_;
  LoadOptions options_;
};

TEST_F(LoadRun, EachCommandOfTheSourceIsAnswered) { expect_each_executed(1); }

/// Counts what it sees.
struct Watcher final : AnswerSink {
  void answered(std::span<const Answer> answers, Nanos) override {
    for (const Answer& answer : answers) ids.insert(answer.command->options().command_id());
  }
  void given_up(const Batch&, const std::string&) override { ADD_FAILURE() << "everything is answered"; }
  std::set<std::string> ids;  // of one connection: one thread
};

TEST_F(LoadRun, AWatcherSeesEachAnswerAndProgressHasLatenciesByStage) {
  Watcher watcher;
  options_.watcher = &watcher;
  options_.progress_every = Nanos{kNanosPerMilli};
  options_.lobster.clear();
  options_.duration = Nanos{3'600 * kNanosPerSecond};
  options_.orders_only = true;
  LoadProgress told;
  const auto run = run_load(
      channels_, options_, [&](const LoadProgress& progress) { told = progress; },
      [&] { return told.latency.count > 20 && told.stages.front().latency.count > 0; });
  ASSERT_TRUE(run.ok()) << run.error().message;
  EXPECT_EQ(watcher.ids.size(), run.value().tally.sent);
  EXPECT_EQ(told.stages.size(), new_stage_tally().intervals.size());
  EXPECT_LE(told.latency.p50_ns, told.latency.p999_ns);
}

TEST_F(LoadRun, OverUnaryCallsToo) {
  options_.via = Via::kUnary;
  expect_each_executed(1);
}

TEST_F(LoadRun, AnUnclearAnswerIsAskedAgain) {
  service_.first_is_unclear = true;
  expect_each_executed(2);
}

TEST_F(LoadRun, AnUnclearUnaryAnswerIsAskedAgain) {
  service_.first_is_unclear = true;
  options_.via = Via::kUnary;
  expect_each_executed(2);
}

TEST_F(LoadRun, ABrokenStreamIsOpenedAgainWithWhatWasUnanswered) {
  service_.breaks_first_stream = true;
  expect_each_executed(1);
}

TEST_F(LoadRun, AClosedLoopEndsWhenItIsStopped) {
  options_.lobster.clear();
  options_.rate = 0;
  options_.duration = Nanos{3'600 * kNanosPerSecond};
  const auto run = run_load(channels_, options_, {}, [&] { return service_.asked().size() > 1'000; });
  ASSERT_TRUE(run.ok());
  EXPECT_TRUE(run.value().stopped);
  EXPECT_TRUE(run.value().closed_loop);
  EXPECT_EQ(run.value().tally.of(Outcome::kUnknown), 0u);
}

TEST_F(LoadRun, AServiceThatTakesNothingDoesNotHoldTheLoadForEver) {
  service_.reads_nothing = true;
  options_.lobster.clear();
  options_.rate = 0;
  options_.in_flight = UINT32_MAX;  // only the connection's flow control is left, and it blocks the sender
  options_.duration = Nanos{3'600 * kNanosPerSecond};
  options_.give_up = Nanos{kNanosPerMilli};
  std::uint64_t sent = 0;
  bool blocked = false;
  const auto run = run_load(
      channels_, options_,
      [&](const LoadProgress& progress) {
        blocked = progress.sent > 0 && progress.sent == sent;
        sent = progress.sent;
      },
      [&] { return blocked; });
  ASSERT_TRUE(run.ok());
  EXPECT_GT(run.value().tally.sent, 0u);
  EXPECT_EQ(run.value().tally.of(Outcome::kUnknown), run.value().tally.sent);
}

TEST_F(LoadRun, OptionsThatMakeNoSenseAreSaid) {
  options_.batch = 513;
  expect_refused("--batch");
  options_.batch = 1;
  options_.kill_every = Nanos{1};
  expect_refused("kill switch");
  options_.kill_every = Nanos{};
  options_.lobster.clear();
  expect_refused("--duration");
  options_.accounts.clear();
  expect_refused("account");
  channels_.commands.clear();
  expect_refused("--connections");
}

}  // namespace
}  // namespace sluice::load
