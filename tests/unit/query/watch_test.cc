#include "query_fixture.h"

namespace sluice::query {
namespace {

using test::RandomFlow;
using test::ShardRig;

/// A watcher that reads one message at a time.
struct Watcher {
  Watcher(v1::QueryService::Stub& stub, const v1::WatchRequest& request) : reader(stub.Watch(&context, request)) {
    reader->WaitForInitialMetadata();
  }
  ~Watcher() {
    context.TryCancel();
    v1::WatchResponse ignored;
    while (reader->Read(&ignored)) {}
    reader->Finish();
  }
  /// The next message; fails the test if the stream ends.
  v1::WatchResponse next() {
    v1::WatchResponse response;
    EXPECT_TRUE(reader->Read(&response));
    return response;
  }
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<v1::WatchResponse>> reader;
};

class Watch : public QueryFixture {
 protected:
  static v1::WatchRequest from(std::uint64_t sequence) {
    v1::WatchRequest request;
    (*request.mutable_from())[0] = sequence;
    return request;
  }
  void catch_up() {
    v1::GetStatusResponse status;
    ASSERT_TRUE(call(&v1::QueryService::Stub::GetStatus, v1::GetStatusRequest{}, status).ok());
  }
  /// Every event from `sequence` to the end of the log, as text, read by a watcher of its own.
  std::vector<std::string> events_from(std::uint64_t sequence) {
    Watcher watcher(*stub_, from(sequence));
    std::vector<std::string> events;
    for (std::uint64_t last = 0; last < rig_.last_sequence();) {
      const v1::WatchResponse response = watcher.next();
      EXPECT_GT(response.sequence(), last) << "ascending, without repeats";
      last = response.sequence();
      if (last == 0) break;
      for (const v1::Event& event : response.events()) events.push_back(event.ShortDebugString());
    }
    return events;
  }
};

TEST_F(Watch, LiveWatcherSeesWhatHappensNext) {
  const AccountId alice = rig_.account("alice");
  const InstrumentId btc = rig_.instrument("BTC-USD");
  start();
  catch_up();
  Watcher watcher(*stub_, v1::WatchRequest{});
  const OrderId id = run(ShardRig::limit(alice, btc, Side::kBuy, 100, 5, "a1"));
  const v1::WatchResponse response = watcher.next();
  EXPECT_EQ(response.sequence(), rig_.last_sequence());
  ASSERT_EQ(response.events_size(), 1);
  EXPECT_EQ(response.events(0).order_accepted().order().order_id(), id.value());
}

TEST_F(Watch, HistoryAndLiveJoinWithoutGapOrRepeat) {
  RandomFlow flow(rig_, 21);
  for (int i = 0; i < 150; ++i) flow.step();
  rig_.account("before");
  QueryAppOptions options = options_in(dir_.path() / "views");
  options.watch.answers_max = 8;  // live watchers fall behind at once
  options.history.ready_max = 4;
  start(options);
  catch_up();
  Watcher watcher(*stub_, from(1));
  std::vector<std::string> seen;
  std::uint64_t last = 0;
  const auto read_to_end = [&] {
    while (last < rig_.last_sequence()) {
      const v1::WatchResponse response = watcher.next();
      ASSERT_GT(response.sequence(), last);
      last = response.sequence();
      for (const v1::Event& event : response.events()) seen.push_back(event.ShortDebugString());
    }
  };
  read_to_end();
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 30; ++i) flow.step();
    rig_.account("marker" + std::to_string(round));  // the newest message has an event, so the watcher hears of it
    read_to_end();
  }
  const std::vector<std::string> fresh = events_from(1);
  EXPECT_EQ(seen, fresh);
}

TEST_F(Watch, ResumesFromAnySequence) {
  RandomFlow flow(rig_, 22);
  for (int i = 0; i < 60; ++i) flow.step();
  rig_.account("marker");
  start();
  catch_up();
  const std::vector<std::string> all = events_from(1);
  const std::vector<std::string> tail = events_from(rig_.last_sequence() - 20);
  ASSERT_LT(tail.size(), all.size());
  EXPECT_TRUE(std::equal(tail.rbegin(), tail.rend(), all.rbegin()));
}

TEST_F(Watch, BeginsAtAnIndexedCheckpointOfALongLog) {
  while (rig_.last_sequence() < 2100) rig_.control(FrameClass::kControl, Tick{});
  rig_.account("alice");
  start();
  catch_up();
  Watcher watcher(*stub_, from(rig_.last_sequence()));
  EXPECT_EQ(watcher.next().events(0).account_registered().account(), "alice");
}

TEST_F(Watch, FiltersByAccountAndSymbol) {
  const AccountId alice = rig_.account("alice"), bob = rig_.account("bob");
  const InstrumentId btc = rig_.instrument("BTC-USD"), eth = rig_.instrument("ETH-USD");
  start();
  catch_up();
  v1::WatchRequest request = from(rig_.last_sequence() + 1);
  request.set_account("alice");
  request.set_symbol("BTC-USD");
  Watcher watcher(*stub_, request);
  run(ShardRig::limit(bob, btc, Side::kSell, 100, 5, "b1"));
  run(ShardRig::limit(alice, eth, Side::kBuy, 100, 5, "a1"));
  run(ShardRig::limit(alice, btc, Side::kBuy, 100, 5, "a2"));
  const v1::WatchResponse response = watcher.next();
  EXPECT_EQ(response.sequence(), rig_.last_sequence());
  ASSERT_EQ(response.events_size(), 2);
  EXPECT_EQ(response.events(0).order_accepted().order().client_order_id(), "a2");
  EXPECT_EQ(response.events(1).traded().maker_account(), "bob");
}

TEST_F(Watch, UnknownNamesAndShardsAreRefused) {
  start();
  v1::WatchRequest request;
  request.set_account("nobody");
  grpc::ClientContext first, second;
  EXPECT_EQ(stub_->Watch(&first, request)->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
  v1::WatchRequest other;
  (*other.mutable_from())[9] = 1;
  EXPECT_EQ(stub_->Watch(&second, other)->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(Watch, TooManyReadersOfHistoryAreRefused) {
  RandomFlow flow(rig_, 23);
  for (int i = 0; i < 300; ++i) flow.step();
  QueryAppOptions options = options_in(dir_.path() / "views");
  options.history.sessions_max = 0;
  start(options);
  catch_up();
  grpc::ClientContext context;
  EXPECT_EQ(stub_->Watch(&context, from(1))->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(Watch, SlowWatcherDoesNotHoldUpTheProjector) {
  RandomFlow flow(rig_, 24);
  QueryAppOptions options = options_in(dir_.path() / "views");
  options.watch.answers_max = 4;
  start(options);
  catch_up();
  Watcher slow(*stub_, v1::WatchRequest{});  // never reads
  for (int i = 0; i < 200; ++i) flow.step();
  catch_up();  // the views are at the end all the same
}

TEST_F(Watch, ShutdownEndsWatchersWithUnavailable) {
  start();
  catch_up();
  grpc::ClientContext context;
  const auto reader = stub_->Watch(&context, v1::WatchRequest{});
  reader->WaitForInitialMetadata();
  app_->stop(Nanos{5 * kNanosPerSecond});
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace sluice::query
