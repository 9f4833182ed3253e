// Four shards as processes of their own: an account in all of them, kills that reach each, tokens and watches by shard,
// and the tools that check a shard's log.
#include <signal.h>

#include <chrono>
#include <fstream>
#include <set>
#include <sstream>

#include "crash/crash_rig.h"
#include "runtime/channel.h"
#include "runtime/ids.h"

namespace sluice::test {
namespace {

constexpr std::uint16_t kShards = 4;

std::string symbol_of(std::uint32_t shard) { return "S" + std::to_string(shard); }

class Shards : public testing::Test {
 protected:
  void SetUp() override {
    for (std::uint32_t shard = 0; shard < kShards; ++shard) {
      v1::DefineInstrumentRequest request;
      request.mutable_options()->set_command_id(to_string(runtime::new_command_id()));
      request.mutable_instrument()->set_symbol(symbol_of(shard));
      request.mutable_instrument()->set_home_shard(shard);
      request.set_pin_shard(true);
      v1::DefineInstrumentResponse response;
      grpc::ClientContext context;
      limit(context);
      const grpc::Status defined = commands_->DefineInstrument(&context, request, &response);
      ASSERT_TRUE(defined.ok()) << defined.error_code() << ' ' << defined.error_message();
      ASSERT_EQ(response.results_size(), kShards) << "every shard's log knows every instrument";
      remember(response.token());
    }
  }
  static void limit(grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  }
  void remember(const v1::Token& token) {
    for (const auto& [shard, sequence] : token.shards())
      (*token_.mutable_shards())[shard] = std::max(sequence, (*token_.mutable_shards())[shard]);
  }
  v1::CommandResult rest(const std::string& account, std::uint32_t shard) {
    v1::SubmitOrderRequest request = Client::order(account, "o" + std::to_string(++made_));
    request.mutable_order()->set_symbol(symbol_of(shard));
    v1::SubmitOrderResponse response;
    const grpc::Status status = client_.submit(request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    remember(response.token());
    return response.result();
  }
  /// One order of each account in each shard's instrument.
  void rest_everywhere(const std::vector<std::string>& accounts) {
    for (const std::string& account : accounts) {
      for (std::uint32_t shard = 0; shard < kShards; ++shard) {
        const v1::CommandResult result = rest(account, shard);
        EXPECT_EQ(result.outcome(), v1::OUTCOME_CODE_EXECUTED);
        EXPECT_EQ(result.shard(), shard);
      }
    }
  }
  std::vector<std::uint32_t> shards_that_kill(const std::string& account) {
    std::vector<std::uint32_t> killed;
    for (std::uint32_t shard = 0; shard < kShards; ++shard) {
      if (rest(account, shard).reason() == v1::REJECT_REASON_KILLED) killed.push_back(shard);
    }
    return killed;
  }
  v1::EngageResponse engage(const v1::EngageRequest& kill) {
    v1::EngageResponse response;
    const grpc::Status status = client_.engage(kill, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    remember(response.token());
    return response;
  }
  /// Live orders of the account, as a query sees them that has seen all that this client did.
  std::multiset<std::string> live_orders(const std::string& account) {
    v1::ListOrdersRequest request;
    *request.mutable_token() = token_;
    request.set_account(account);
    request.set_live_only(true);
    v1::ListOrdersResponse response;
    grpc::ClientContext context;
    limit(context);
    const grpc::Status status = queries_->ListOrders(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::multiset<std::string> symbols;
    for (const v1::Order& order : response.orders()) symbols.insert(order.symbol());
    return symbols;
  }
  CrashRig rig_{{.shards = kShards}};
  Client client_ = rig_.client();
  std::unique_ptr<v1::CommandService::Stub> commands_ =
      v1::CommandService::NewStub(runtime::open_channel(rig_.deployment().endpoints().command));
  std::unique_ptr<v1::QueryService::Stub> queries_ =
      v1::QueryService::NewStub(runtime::open_channel(rig_.deployment().endpoints().query));
  v1::Token token_;
  int made_ = 0;
};

const std::multiset<std::string> kEverywhere{"S0", "S1", "S2", "S3"};
const std::vector<std::uint32_t> kAll{0, 1, 2, 3};

TEST_F(Shards, AnAccountTradesInAllAndAQuerySeesThemTogether) {
  rest_everywhere({"A", "B"});
  EXPECT_EQ(token_.shards_size(), kShards) << "a place in each shard's log";
  EXPECT_EQ(live_orders("A"), kEverywhere);
  v1::CancelAllResponse cancelled;
  ASSERT_TRUE(client_.cancel_all("A", cancelled).ok());
  EXPECT_EQ(cancelled.results_size(), kShards);
  remember(cancelled.token());
  EXPECT_TRUE(live_orders("A").empty());
  EXPECT_EQ(live_orders("B"), kEverywhere);
  rig_.expect_all_agree();
}

TEST_F(Shards, AnAccountKillReachesEachAndAGlobalOneTheRest) {
  rest_everywhere({"A", "B"});
  const v1::EngageRequest kill = Client::kill_of_account("A");
  const v1::EngageResponse engaged = engage(kill);
  EXPECT_TRUE(engaged.confirmed());
  ASSERT_EQ(engaged.shards_size(), kShards);
  for (const v1::ShardKill& shard : engaged.shards()) EXPECT_EQ(shard.orders_cancelled(), 1u) << shard.shard();
  // The latch may have recorded it; the token must all the same reach the kill's own command, or a query would be
  // early.
  for (std::uint16_t shard = 0; shard < kShards; ++shard) {
    const auto cmd = rig_.log().info({eventlog::StreamKind::kCommand, ShardId{shard}});
    EXPECT_EQ(engaged.token().shards().at(shard), cmd.value().last_sequence) << shard;
  }
  EXPECT_TRUE(live_orders("A").empty());
  EXPECT_EQ(live_orders("B"), kEverywhere);
  EXPECT_EQ(shards_that_kill("A"), kAll);
  EXPECT_TRUE(shards_that_kill("B").empty());

  v1::EngageRequest global;
  global.set_scope(v1::KILL_SCOPE_GLOBAL);
  EXPECT_TRUE(engage(global).confirmed());
  EXPECT_TRUE(live_orders("B").empty());
  EXPECT_EQ(shards_that_kill("B"), kAll);
  int engaged_scopes = 0;
  const v1::StatusResponse status = client_.kill_status();
  EXPECT_TRUE(status.complete());
  for (const auto& state : status.kill_switches()) engaged_scopes += state.engaged() ? 1 : 0;
  EXPECT_EQ(engaged_scopes, 2 * kShards);
  for (std::uint32_t shard = 0; shard < kShards; ++shard) {
    const std::string engine = "engine-" + std::to_string(shard);
    const std::string labels = "{shard=\"" + std::to_string(shard) + "\",scope=\"global\"}";
    EXPECT_EQ(rig_.metrics(engine)["sluice_kills_engaged" + labels], 1) << engine;
    EXPECT_EQ(rig_.metrics("command")["sluice_kills_engaged" + labels], 1) << engine;
  }
  rig_.expect_all_agree();
}

TEST_F(Shards, AReleaseIsCompleteWhenEveryShardReleased) {
  const v1::EngageRequest kill = Client::kill_of_account("A");
  EXPECT_TRUE(engage(kill).confirmed());
  v1::RequestReleaseResponse requested;
  ASSERT_TRUE(client_.request_release("A", kill.kill_id(), requested).ok());
  EXPECT_EQ(requested.results_size(), kShards);
  v1::ApproveReleaseResponse approved;
  Client bob(rig_.deployment().endpoints(), "bob");
  ASSERT_TRUE(bob.approve_release(requested.release_id(), approved).ok());
  EXPECT_TRUE(approved.released());
  EXPECT_TRUE(shards_that_kill("A").empty());
}

TEST_F(Shards, AShardWhoseEngineIsDownIsSaidAndTheKillAwaitsItThere) {
  rest_everywhere({"A"});
  rig_.kill("engine-2", SIGKILL);
  const v1::EngageRequest kill = Client::kill_of_account("A");
  const v1::EngageResponse engaged = engage(kill);
  EXPECT_FALSE(engaged.confirmed());
  ASSERT_EQ(engaged.shards_size(), kShards);
  for (const v1::ShardKill& shard : engaged.shards()) {
    EXPECT_EQ(shard.progress(), shard.shard() == 2 ? v1::KILL_PROGRESS_NOT_CONFIRMED : v1::KILL_PROGRESS_CONFIRMED);
  }
  rig_.restart("engine-2");
  EXPECT_TRUE(eventually([&] { return engage(kill).confirmed(); }));
  EXPECT_EQ(shards_that_kill("A"), kAll);
  EXPECT_TRUE(live_orders("A").empty());
  rig_.expect_all_agree();
}

TEST_F(Shards, AWatchTellsEachShardsHistoryInItsOrder) {
  rest_everywhere({"A", "B"});
  v1::WatchRequest request;
  request.set_account("A");
  for (std::uint32_t shard = 0; shard < kShards; ++shard) (*request.mutable_from())[shard] = 1;
  grpc::ClientContext context;
  limit(context);
  const auto stream = queries_->Watch(&context, request);
  std::map<std::uint32_t, std::uint64_t> newest;
  std::multiset<std::uint32_t> accepted;
  for (v1::WatchResponse response; accepted.size() < 2 * kShards && stream->Read(&response);) {
    EXPECT_GT(response.sequence(), newest[response.shard()]) << "shard " << response.shard() << " goes back";
    newest[response.shard()] = response.sequence();
    for (const v1::Event& event : response.events()) {
      if (!event.has_order_accepted()) continue;
      EXPECT_EQ(event.shard(), response.shard());
      EXPECT_EQ(event.order_accepted().order().account(), "A");
      accepted.insert(event.shard());
    }
    if (accepted == std::multiset<std::uint32_t>{0, 1, 2, 3}) rest_everywhere({"A"});  // from now on live
  }
  EXPECT_EQ(accepted, (std::multiset<std::uint32_t>{0, 0, 1, 1, 2, 2, 3, 3}));
  context.TryCancel();
  (void)stream->Finish();
}

TEST_F(Shards, TheToolsCheckEveryShard) {
  rig_.start_flow();
  rig_.flow_goes_on(2'000);
  rig_.end_flow();
  rest_everywhere({"A"});
  engage(Client::kill_of_account("A"));
  for (std::uint16_t shard = 0; shard < kShards; ++shard) {
    const std::string number = std::to_string(shard);
    EXPECT_TRUE(eventually([&] {
      const auto [code, printed] = rig_.sluice({"replay", "--shard", number});
      return code == 0 && printed.is_object() && printed["equal"] == true;
    })) << "shard "
        << number;
    const auto [code, verified] = rig_.sluice({"verify", "--shard", number});
    EXPECT_EQ(code, 0);
    EXPECT_GT(verified["answers"], 0);
    EXPECT_EQ(verified["answers"], verified["equal"]);
  }
  const auto [code, checked] = rig_.sluice({"log", "check"});
  EXPECT_EQ(code, 0);
  EXPECT_EQ(checked["doubled"], 0);
  EXPECT_EQ(checked["leaked"], 0);
  EXPECT_GT(checked["first_outcomes"], 2'000);
  rig_.expect_all_agree();
}

}  // namespace
}  // namespace sluice::test
