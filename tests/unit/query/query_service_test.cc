#include "query_fixture.h"
#include "runtime/config.h"

namespace sluice::query {
namespace {

using test::ShardRig;
using Stub = v1::QueryService::Stub;

class QueryServiceTest : public QueryFixture {
 protected:
  void SetUp() override { start(); }

  AccountId alice_ = rig_.account("alice");
  AccountId bob_ = rig_.account("bob");
  InstrumentId btc_ = rig_.instrument("BTC-USD");
};

TEST_F(QueryServiceTest, GetOrderByIdAndByClientOrderId) {
  const OrderId id = run(ShardRig::limit(alice_, btc_, Side::kBuy, 100, 5, "a1"));
  v1::GetOrderRequest by_id, by_name;
  by_id.set_order_id(id.value());
  by_name.set_account("alice");
  by_name.set_symbol("BTC-USD");
  by_name.set_client_order_id("a1");
  v1::GetOrderResponse first, second;
  ASSERT_TRUE(call(&Stub::GetOrder, by_id, first).ok());
  ASSERT_TRUE(call(&Stub::GetOrder, by_name, second).ok());
  EXPECT_EQ(first.order().order_id(), id.value());
  EXPECT_EQ(first.order().account(), "alice");
  EXPECT_EQ(first.order().state(), v1::ORDER_STATE_LIVE);
  EXPECT_EQ(second.order().SerializeAsString(), first.order().SerializeAsString());
  EXPECT_GE(first.seen().shards().at(0), rig_.cmd_sequence().value());
}

TEST_F(QueryServiceTest, WhatIsMissingIsNamed) {
  v1::GetOrderResponse response;
  v1::GetOrderRequest request;
  request.set_order_id(99);
  grpc::Status status = call(&Stub::GetOrder, request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_NE(status.error_message().find("99"), std::string::npos);
  request.set_order_id(make_order_id(ShardId{9}, 1).value());
  EXPECT_EQ(call(&Stub::GetOrder, request, response).error_code(), grpc::StatusCode::NOT_FOUND);
  v1::ListOrdersRequest orders;
  v1::ListOrdersResponse listed;
  orders.set_account("nobody");
  status = call(&Stub::ListOrders, orders, listed);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_NE(status.error_message().find("nobody"), std::string::npos);
  v1::GetBookRequest book;
  v1::GetBookResponse levels;
  book.set_symbol("NOPE");
  EXPECT_EQ(call(&Stub::GetBook, book, levels).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(QueryServiceTest, BadInputIsInvalidArgumentWithTheField) {
  v1::GetOrderResponse order;
  EXPECT_EQ(call(&Stub::GetOrder, v1::GetOrderRequest{}, order).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  v1::ListOrdersRequest orders;
  v1::ListOrdersResponse listed;
  orders.set_account("no spaces allowed");
  EXPECT_EQ(call(&Stub::ListOrders, orders, listed).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  orders.set_account("alice");
  orders.set_page_size(1001);
  EXPECT_EQ(call(&Stub::ListOrders, orders, listed).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  orders.set_page_size(0);
  orders.set_page_token("forged");
  const grpc::Status forged = call(&Stub::ListOrders, orders, listed);
  EXPECT_EQ(forged.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_NE(forged.error_message().find("page_token"), std::string::npos);
  v1::GetBookRequest book;
  v1::GetBookResponse levels;
  book.set_symbol("BTC-USD");
  book.set_depth(-1);
  EXPECT_EQ(call(&Stub::GetBook, book, levels).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(QueryServiceTest, PagesJoinWithoutGapOrRepeatAndEndWithAnEmptyToken) {
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 25; ++i)
    ids.push_back(run(ShardRig::limit(alice_, btc_, Side::kBuy, 100, 1, "a" + std::to_string(i))).value());
  v1::ListOrdersRequest request;
  request.set_account("alice");
  request.set_page_size(10);
  std::vector<std::uint64_t> seen;
  std::vector<int> sizes;
  do {
    v1::ListOrdersResponse page;
    ASSERT_TRUE(call(&Stub::ListOrders, request, page).ok());
    sizes.push_back(page.orders_size());
    for (const v1::Order& order : page.orders()) seen.push_back(order.order_id());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(seen, ids);
  EXPECT_EQ(sizes, (std::vector{10, 10, 5}));
}

TEST_F(QueryServiceTest, LiveOnlyAndSymbolFilterOrders) {
  const InstrumentId eth = rig_.instrument("ETH-USD");
  const OrderId gone = run(ShardRig::limit(alice_, btc_, Side::kBuy, 100, 1, "a1"));
  const OrderId live = run(ShardRig::limit(alice_, btc_, Side::kBuy, 100, 1, "a2"));
  const OrderId other = run(ShardRig::limit(alice_, eth, Side::kBuy, 100, 1, "a3"));
  run(ShardRig::cancel(alice_, gone));
  v1::ListOrdersRequest request;
  request.set_account("alice");
  request.set_live_only(true);
  v1::ListOrdersResponse response;
  ASSERT_TRUE(call(&Stub::ListOrders, request, response).ok());
  ASSERT_EQ(response.orders_size(), 2);
  EXPECT_EQ(response.orders(0).order_id(), live.value());
  request.set_symbol("ETH-USD");
  ASSERT_TRUE(call(&Stub::ListOrders, request, response).ok());
  ASSERT_EQ(response.orders_size(), 1);
  EXPECT_EQ(response.orders(0).order_id(), other.value());
}

TEST_F(QueryServiceTest, BookHasLevelsBestFirstAndQueuesOldestFirst) {
  run(ShardRig::limit(alice_, btc_, Side::kBuy, 99, 5, "a1"));
  const OrderId first = run(ShardRig::limit(alice_, btc_, Side::kBuy, 100, 1, "a2"));
  const OrderId second = run(ShardRig::limit(bob_, btc_, Side::kBuy, 100, 2, "b1"));
  run(ShardRig::limit(bob_, btc_, Side::kSell, 102, 7, "b2"));
  v1::GetBookRequest request;
  request.set_symbol("BTC-USD");
  request.set_with_queue(true);
  v1::GetBookResponse book;
  ASSERT_TRUE(call(&Stub::GetBook, request, book).ok());
  ASSERT_EQ(book.bids_size(), 2);
  EXPECT_EQ(book.bids(0).price(), 100);
  EXPECT_EQ(book.bids(0).quantity(), 3);
  EXPECT_EQ(book.bids(0).orders(), 2u);
  EXPECT_EQ(book.bids(0).queue(0).order_id(), first.value());
  EXPECT_EQ(book.bids(0).queue(1).order_id(), second.value());
  EXPECT_EQ(book.bids(0).queue(1).account(), "bob");
  EXPECT_EQ(book.asks(0).price(), 102);
  EXPECT_EQ(book.last_price(), 0);
  request.set_depth(1);
  request.set_with_queue(false);
  ASSERT_TRUE(call(&Stub::GetBook, request, book).ok());
  EXPECT_EQ(book.bids_size(), 1);
  EXPECT_EQ(book.bids(0).queue_size(), 0);
}

TEST_F(QueryServiceTest, TradesAndPositionsOfAnAccount) {
  run(ShardRig::limit(alice_, btc_, Side::kSell, 100, 5, "a1"));
  run(ShardRig::limit(bob_, btc_, Side::kBuy, 100, 2, "b1"));
  run(ShardRig::limit(bob_, btc_, Side::kBuy, 100, 2, "b2"));
  v1::ListTradesRequest request;
  request.set_account("bob");
  request.set_page_size(1);
  v1::ListTradesResponse trades;
  ASSERT_TRUE(call(&Stub::ListTrades, request, trades).ok());
  ASSERT_EQ(trades.trades_size(), 1);
  EXPECT_EQ(trades.trades(0).traded().maker_account(), "alice");
  request.set_page_token(trades.next_page_token());
  ASSERT_TRUE(call(&Stub::ListTrades, request, trades).ok());
  EXPECT_EQ(trades.trades_size(), 1);
  EXPECT_TRUE(trades.next_page_token().empty());
  v1::ListPositionsResponse positions;
  ASSERT_TRUE(call(&Stub::ListPositions, v1::ListPositionsRequest{}, positions).ok());
  ASSERT_EQ(positions.positions_size(), 2);
  EXPECT_EQ(positions.positions(0).account(), "alice");
  EXPECT_EQ(positions.positions(0).net(), -4);
  EXPECT_EQ(positions.positions(1).net(), 4);
}

TEST_F(QueryServiceTest, PositionsSayWhatTheyCostAndMade) {
  run(ShardRig::limit(alice_, btc_, Side::kSell, 100, 4, "a1"));
  run(ShardRig::limit(bob_, btc_, Side::kBuy, 100, 4, "b1"));
  run(ShardRig::limit(bob_, btc_, Side::kSell, 110, 1, "b2"));
  run(ShardRig::limit(alice_, btc_, Side::kBuy, 110, 1, "a2"));
  v1::ListPositionsRequest request;
  request.set_account("bob");
  v1::ListPositionsResponse positions;
  ASSERT_TRUE(call(&Stub::ListPositions, request, positions).ok());
  ASSERT_EQ(positions.positions_size(), 1);
  const v1::Position& bob = positions.positions(0);
  EXPECT_EQ(bob.net(), 3);
  EXPECT_EQ(bob.average_price(), 100);
  EXPECT_EQ(bob.realised_profit_micros(), 10);
  EXPECT_EQ(bob.unrealised_profit_micros(), 30) << "3 x (110 - 100), at the last trade";
}

TEST_F(QueryServiceTest, StatesDefaultsAndTheSettlementDayAreListed) {
  rig_.control(FrameClass::kReference, SetInstrumentState{*Name::from("BTC-USD"), InstrumentState::kHalted});
  SetLimits limits;
  limits.symbol = *Name::from("BTC-USD");
  limits.changes[static_cast<std::size_t>(LimitKind::kPriceBandBps)] = {LimitAction::kSet, 500};
  rig_.control(FrameClass::kReference, limits);
  limits.symbol = {};
  rig_.control(FrameClass::kReference, limits);
  v1::ListInstrumentsResponse instruments;
  ASSERT_TRUE(call(&Stub::ListInstruments, v1::ListInstrumentsRequest{}, instruments).ok());
  const v1::Instrument* btc = nullptr;
  for (const auto& instrument : instruments.instruments()) {
    if (instrument.symbol() == "BTC-USD") btc = &instrument;
  }
  ASSERT_NE(btc, nullptr);
  EXPECT_EQ(btc->state(), v1::INSTRUMENT_STATE_HALTED);
  EXPECT_EQ(btc->default_limits().at("price_band_bps"), 500);
  v1::ListAccountsResponse accounts;
  ASSERT_TRUE(call(&Stub::ListAccounts, v1::ListAccountsRequest{}, accounts).ok());
  EXPECT_EQ(accounts.default_limits().at("price_band_bps"), 500);
  v1::GetStatusResponse status;
  ASSERT_TRUE(call(&Stub::GetStatus, v1::GetStatusRequest{}, status).ok());
  EXPECT_EQ(status.shards(0).settlement_day().date(), 20231114u);
  EXPECT_EQ(status.shards(0).settlement_day().ends_at_unix_nanos(), 1'700'006'400 * kNanosPerSecond);
}

TEST_F(QueryServiceTest, KillSwitchesInstrumentsAndAccountsAreListed) {
  SetLimits limits;
  limits.account = *Name::from("alice");
  limits.changes[static_cast<std::size_t>(LimitKind::kMaxOpenOrders)] = {LimitAction::kSet, 3};
  rig_.control(FrameClass::kReference, limits);
  rig_.latch(KillScope::kAccount, "bob");
  rig_.instrument("AAA");
  v1::ListKillSwitchesResponse kills;
  ASSERT_TRUE(call(&Stub::ListKillSwitches, v1::ListKillSwitchesRequest{}, kills).ok());
  ASSERT_EQ(kills.kill_switches_size(), 1);
  EXPECT_EQ(kills.kill_switches(0).newest().key(), "bob");
  EXPECT_TRUE(kills.kill_switches(0).engaged());
  v1::ListInstrumentsResponse instruments;
  ASSERT_TRUE(call(&Stub::ListInstruments, v1::ListInstrumentsRequest{}, instruments).ok());
  ASSERT_EQ(instruments.instruments_size(), 2);
  EXPECT_EQ(instruments.instruments(0).symbol(), "AAA");
  v1::ListAccountsResponse accounts;
  ASSERT_TRUE(call(&Stub::ListAccounts, v1::ListAccountsRequest{}, accounts).ok());
  ASSERT_EQ(accounts.accounts_size(), 2);
  EXPECT_EQ(accounts.accounts(0).limits().at("max_open_orders"), 3);
  v1::ListWaitingStopsResponse stops;
  ASSERT_TRUE(call(&Stub::ListWaitingStops, v1::ListWaitingStopsRequest{}, stops).ok());
  EXPECT_EQ(stops.orders_size(), 0);
}

TEST_F(QueryServiceTest, StatusSaysHowFarAndHashesOnRequest) {
  run(ShardRig::limit(alice_, btc_, Side::kBuy, 100, 1, "a1"));
  v1::GetStatusRequest request;
  v1::GetStatusResponse plain, hashed;
  ASSERT_TRUE(call(&Stub::GetStatus, request, plain).ok());
  request.set_with_hash(true);
  ASSERT_TRUE(call(&Stub::GetStatus, request, hashed).ok());
  EXPECT_EQ(plain.shards(0).event_sequence(), rig_.last_sequence());
  EXPECT_TRUE(plain.shards(0).hash().empty());
  EXPECT_EQ(hashed.shards(0).hash().size(), 32u);
  EXPECT_GT(hashed.shards(0).rows(), 0u);
}

TEST(QueryApp, ServesMetricsAndRefusesOpenAddressesUnlessToldTo) {
  test::TempDir dir;
  eventlog::MemoryLog log(1);
  QueryAppOptions options;
  options.data_dir = dir.path();
  options.listen = "127.0.0.1:0";
  options.metrics_listen = "0.0.0.0:0";
  const auto refused = QueryApp::start(log, options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  options.metrics_listen = "127.0.0.1:0";
  const auto app = QueryApp::start(log, options);
  ASSERT_TRUE(app.ok()) << app.error().message;
  const auto address = runtime::parse_listen_address(app.value()->metrics_address());
  ASSERT_TRUE(address.ok());
  EXPECT_NE(address.value().port, 0);
}

TEST_F(QueryServiceTest, HaltedProjectionIsReportedAndStillServes) {
  const OrderId id = run(ShardRig::limit(alice_, btc_, Side::kBuy, 100, 1, "a1"));
  v1::GetOrderRequest request;
  request.set_order_id(id.value());
  v1::GetOrderResponse response;
  ASSERT_TRUE(call(&Stub::GetOrder, request, response).ok());
  const std::vector<std::byte> garbage(200);
  log_.inject(rig_.stream(), FrameClass::kOrders, garbage);
  ASSERT_TRUE(test::eventually([&] {
    v1::GetStatusResponse status;
    return call(&Stub::GetStatus, v1::GetStatusRequest{}, status).ok() && !status.shards(0).halted().empty();
  }));
  EXPECT_TRUE(call(&Stub::GetOrder, request, response).ok());
  EXPECT_FALSE(app_->board().all_live());
}

}  // namespace
}  // namespace sluice::query
