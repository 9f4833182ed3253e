// The contract of eventlog/event_log.h, for every implementation.
#include <thread>

#include "log_fixture.h"

namespace sluice::test {
namespace {

using namespace eventlog;

class LogContract : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string_view(GetParam()) == "memory") under_test_ = std::make_unique<MemoryUnderTest>();
    else under_test_ = std::make_unique<JetstreamUnderTest>();
  }
  EventLog& log() { return under_test_->log(); }
  static AppendRequest deduplicated(std::string_view id, std::string_view payload) {
    return {.stream = kCmd,
            .frame_class = FrameClass::kOrders,
            .payload = bytes_of(payload),
            .msg_id = id,
            .expected_last = {}};
  }
  static AppendRequest conditional(std::uint64_t last, std::string_view payload) {
    return {.stream = kEvt,
            .frame_class = FrameClass::kControl,
            .payload = bytes_of(payload),
            .msg_id = {},
            .expected_last = last};
  }
  std::unique_ptr<LogUnderTest> under_test_;
};

constexpr Nanos kSecond{kNanosPerSecond};

TEST_P(LogContract, AppendsAreNumberedFromOneAndReadBackInOrder) {
  const auto appender = log().open_appender("a");
  for (std::uint64_t i = 1; i <= 3; ++i) {
    const std::string text = "message " + std::to_string(i);
    const auto appended = append_and_wait(*appender, deduplicated("id" + std::to_string(i), text));
    ASSERT_TRUE(appended.ok()) << appended.error().message;
    EXPECT_EQ(appended.value().sequence, i);
    EXPECT_FALSE(appended.value().duplicate);
  }
  const auto reader = log().open_reader("r", kCmd, 1);
  Nanos before;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    const auto message = reader->next(kSecond);
    ASSERT_TRUE(message.ok()) << message.error().message;
    EXPECT_EQ(message.value().sequence, i);
    EXPECT_EQ(text_of(message.value().payload), "message " + std::to_string(i));
    EXPECT_EQ(message.value().frame_class, FrameClass::kOrders);
    EXPECT_GE(message.value().broker_time, before);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(message.value().payload.data()) % 16, 0u);
    before = message.value().broker_time;
  }
  EXPECT_EQ(reader->next(Nanos{kNanosPerMilli}).error().code, ErrorCode::kTimeout);
}

TEST_P(LogContract, ARepeatedMessageIdIsStoredOnce) {
  const auto appender = log().open_appender("a");
  ASSERT_TRUE(append_and_wait(*appender, deduplicated("same", "x")).ok());
  const auto again = append_and_wait(*appender, deduplicated("same", "x"));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again.value().duplicate);
  EXPECT_EQ(again.value().sequence, 1u);
  EXPECT_EQ(log().info(kCmd).value().last_sequence, 1u);
}

// One thread waits while another starts an append: what LaneWriter lets callers do.
TEST_P(LogContract, AWaitBesideAStartEndsWhenTheAppendCompletes) {
  const auto appender = log().open_appender("a");
  ASSERT_TRUE(append_and_wait(*appender, deduplicated("first", "x")).ok());
  for (int i = 0; i < 20; ++i) {
    std::thread waiting([&] { appender->wait(Nanos{30 * kNanosPerSecond}); });
    appender->start(deduplicated("beside " + std::to_string(i), "y"));
    waiting.join();
    std::vector<AppendCompletion> done;
    while (done.empty()) appender->poll(kSecond, done);
    ASSERT_TRUE(done.front().result.ok()) << done.front().result.error().message;
  }
  std::thread waiting([&] { appender->wait(Nanos{30 * kNanosPerSecond}); });
  appender->wake();
  waiting.join();
}

TEST_P(LogContract, AnExpectationThatDoesNotHoldIsFencedAndStoresNothing) {
  const auto appender = log().open_appender("a");
  ASSERT_TRUE(append_and_wait(*appender, conditional(0, "first")).ok());
  EXPECT_EQ(append_and_wait(*appender, conditional(0, "late")).error().code, ErrorCode::kFenced);
  EXPECT_EQ(append_and_wait(*appender, conditional(2, "early")).error().code, ErrorCode::kFenced);
  EXPECT_TRUE(append_and_wait(*appender, conditional(1, "second")).ok());
  EXPECT_EQ(log().info(kEvt).value().last_sequence, 2u);
}

TEST_P(LogContract, PipelinedConditionalAppendsKeepTheirOrder) {
  const auto appender = log().open_appender("a");
  for (std::uint64_t i = 0; i < 100; ++i) {
    const std::string text = std::to_string(i);
    AppendRequest request = conditional(i, text);
    request.token = i + 1;
    appender->start(request);
  }
  std::vector<AppendCompletion> done;
  while (done.size() < 100) appender->poll(kSecond, done);
  for (const AppendCompletion& completion : done) {
    ASSERT_TRUE(completion.result.ok()) << completion.result.error().message;
    EXPECT_EQ(completion.result.value().sequence, completion.token);
  }
}

TEST_P(LogContract, AMessageThatIsTooLargeIsRefusedBeforeItIsSent) {
  const auto appender = log().open_appender("a");
  const std::string large(kMessageBytesMax + 1, 'x');
  EXPECT_EQ(append_and_wait(*appender, deduplicated("large", large)).error().code, ErrorCode::kTooLarge);
  EXPECT_TRUE(append_and_wait(*appender, deduplicated("small", "x")).ok()) << "the connection lives on";
}

TEST_P(LogContract, OneMessageIsReadBySequence) {
  const auto appender = log().open_appender("a");
  ASSERT_TRUE(append_and_wait(*appender, deduplicated("1", "one")).ok());
  const auto reader = log().open_reader("r", kCmd, 1);
  const auto read = reader->next(kSecond);
  ASSERT_TRUE(read.ok());
  const auto message = log().get(kCmd, 1);
  ASSERT_TRUE(message.ok()) << message.error().message;
  EXPECT_EQ(text_of(message.value().payload()), "one");
  EXPECT_EQ(message.value().broker_time, read.value().broker_time) << "the same time stamp on both ways of reading";
  EXPECT_EQ(log().get(kCmd, 2).error().code, ErrorCode::kNotFound);
}

TEST_P(LogContract, WakeEndsAWaitFromAnotherThread) {
  const auto reader = log().open_reader("r", kCmd, 1);
  const auto appender = log().open_appender("a");
  reader->wake();
  EXPECT_EQ(reader->next(Nanos{60 * kNanosPerSecond}).error().code, ErrorCode::kCancelled);
  appender->wake();
  std::vector<AppendCompletion> done;
  appender->poll(Nanos{60 * kNanosPerSecond}, done);
  EXPECT_TRUE(done.empty());
}

TEST_P(LogContract, AReaderAheadOfTheStreamHalts) {
  const auto appender = log().open_appender("a");
  ASSERT_TRUE(append_and_wait(*appender, deduplicated("1", "one")).ok());
  const auto reader = log().open_reader("r", kCmd, 5);
  const auto result = reader->next(kSecond);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kHalted);
  EXPECT_NE(result.error().message.find("truncated"), std::string::npos) << result.error().message;
}

TEST_P(LogContract, AnOutageIsReportedAndNothingIsSentLate) {
  const auto appender = log().open_appender("a");
  const auto reader = log().open_reader("r", kCmd, 1);
  ASSERT_TRUE(append_and_wait(*appender, deduplicated("1", "one")).ok());
  ASSERT_TRUE(reader->next(kSecond).ok());
  under_test_->go_down();
  AppendRequest lost = deduplicated("lost", "lost");
  lost.timeout = Nanos{200 * kNanosPerMilli};
  const auto result = append_and_wait(*appender, lost);
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(result.error().code == ErrorCode::kUnavailable || result.error().code == ErrorCode::kUnknown)
      << result.error().message;
  ASSERT_TRUE(eventually([&] { return reader->next(Nanos{kNanosPerMilli}).error().code == ErrorCode::kUnavailable; }));
  const std::uint64_t disconnects = appender->disconnects();
  EXPECT_GE(disconnects, 1u);
  under_test_->come_back();
  Result<Appended> two = Error{};
  ASSERT_TRUE(eventually([&] {
    two = append_and_wait(*appender, deduplicated("2", "two"));
    return two.ok();
  }));
  EXPECT_EQ(two.value().sequence, 2u) << "the message of the outage was not sent after it";
  Result<LogMessage> read = Error{};
  ASSERT_TRUE(eventually([&] {
    read = reader->next(kSecond);
    return read.ok();
  })) << read.error().message;
  EXPECT_EQ(read.value().sequence, 2u);
  EXPECT_EQ(text_of(read.value().payload), "two");
}

TEST_P(LogContract, GenesisIsIdempotentAndBindsTheShardCount) {
  const auto first = ensure_genesis(log(), test_genesis());
  ASSERT_TRUE(first.ok()) << first.error().message;
  Genesis other = test_genesis();
  other.deployment = {7, 7};
  const auto again = ensure_genesis(log(), other);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again.value(), first.value()) << "what the log says wins";
  other.shard_count = 4;
  EXPECT_EQ(ensure_genesis(log(), other).error().code, ErrorCode::kConflict);
  EXPECT_EQ(read_genesis(log(), ShardId{0}).value(), first.value());
  EXPECT_EQ(log().info(kEvt).value().last_sequence, 1u);
}

INSTANTIATE_TEST_SUITE_P(Logs, LogContract, testing::Values("memory", "jetstream"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Provision, RefusesAStreamWhoseConfigurationEndangersTheLog) {
  NatsServer server;
  ASSERT_TRUE(
      jetstream_request(
          server.options(), "$JS.API.STREAM.CREATE.SLUICE_CMD_0",
          R"({"name":"SLUICE_CMD_0","subjects":["sluice.cmd.0.*"],"storage":"file","retention":"limits","discard":"old",)"
          R"("max_bytes":1048576,"num_replicas":1})")
          .ok());
  const auto status = provision_streams(server.options(), {.shards = 1, .bytes_max = 64u << 20});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kConflict);
  EXPECT_NE(status.error().message.find("discard"), std::string::npos) << status.error().message;
}

TEST(Provision, IsIdempotentAndAFullStreamSaysSo) {
  NatsServer server;
  const ProvisionOptions options{.shards = 2, .bytes_max = 1u << 20};
  ASSERT_TRUE(provision_streams(server.options(), options).ok());
  ASSERT_TRUE(provision_streams(server.options(), options).ok());
  const auto log = open_jetstream(server.options());
  const auto appender = log->open_appender("a");
  const std::string block(100u << 10, 'x');
  Result<Appended> last = Error{};
  for (int i = 0; i < 12; ++i) {
    const std::string id = std::to_string(i);
    last = append_and_wait(*appender, {.stream = kCmd,
                                       .frame_class = FrameClass::kOrders,
                                       .payload = bytes_of(block),
                                       .msg_id = id,
                                       .expected_last = {}});
    if (!last.ok()) break;
  }
  ASSERT_FALSE(last.ok());
  EXPECT_EQ(last.error().code, ErrorCode::kLogFull) << last.error().message;
  EXPECT_GT(log->info(kCmd).value().fill(), 0.85);
}

}  // namespace
}  // namespace sluice::test
