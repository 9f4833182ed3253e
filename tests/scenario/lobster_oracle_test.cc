// The LOBSTER oracle against the bare core: a real trading day as commands leads to the book and the makers of the
// exchange.
#include "cli/lobster_oracle.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/shared_files.h"
#include "tests/support/core_fixture.h"

namespace sluice::cli {
namespace {

/// The core as the oracle's platform.
class CoreGate final : public OrderGate {
 public:
  CoreGate() {
    core_.compare_every(100);
    for (const char* account : {kSeedAccount, kLobsterAccount, kTakerAccount}) core_.account(account);
    instrument_ = core_.instrument("AAPL");
  }

  Result<GateAnswer> submit(const GateOrder& order) override {
    OrderCommand command = command_of(order.account, OrderCommandKind::kSubmit);
    command.client_order_id = core::client_id(order.client_order_id);
    command.type = OrderType::kLimit;
    command.side = order.side;
    command.tif = order.tif;
    command.price = order.price;
    command.quantity = order.quantity;
    return send(command);
  }
  Result<GateAnswer> cancel(const char* account, OrderId order) override {
    OrderCommand command = command_of(account, OrderCommandKind::kCancel);
    command.order_id = order;
    return send(command);
  }
  Result<GateAnswer> reduce_to(const char* account, OrderId order, Quantity total) override {
    OrderCommand command = command_of(account, OrderCommandKind::kReplace);
    command.order_id = order;
    command.quantity = total;
    command.fields = kFieldQuantity;
    return send(command);
  }
  Result<std::vector<GateLevel>> best(Side side, std::size_t depth) override {
    std::vector<GateLevel> levels;
    for (const OrderImage& order : live(side)) {
      const std::int64_t price = order.accepted.price.value();
      if (levels.empty() || levels.back()[0] != price) levels.push_back({price, 0, 0});
      levels.back()[1] += order.remaining.value();
      ++levels.back()[2];
    }
    if (levels.size() > depth) levels.resize(depth);
    return levels;
  }
  Result<std::uint64_t> live_orders() override { return core_.engine().image().orders.size(); }

 private:
  OrderCommand command_of(const char* account, OrderCommandKind kind) {
    core_.advance_millis(5);  // the window of the keys moves on, as it does in a day
    OrderCommand command;
    command.kind = kind;
    command.command_id = core_.fresh_id();
    command.account = core_.state().account_named(core::name(account));
    command.instrument = instrument_;
    return command;
  }

  GateAnswer send(const OrderCommand& command) {
    const Answer& answer = core_.send(command);
    GateAnswer gate;
    const Outcome& outcome = answer.outcomes.front();
    gate.order = outcome.order_id;
    if (outcome.code == OutcomeCode::kRejected) gate.rejected = name_of(outcome.reason);
    for (const OrderEvent& event : answer.order_events) {
      if (event.order_id == outcome.order_id)
        gate.left = event.kind == OrderEventKind::kCancelled ? Quantity{0} : event.remaining;
      if (event.kind != OrderEventKind::kTraded) continue;
      gate.trades.push_back({event.other_order_id, event.price, event.quantity, event.other_remaining});
    }
    return gate;
  }

  /// Live orders of a side, best price first.
  std::vector<OrderImage> live(Side side) {
    std::vector<OrderImage> orders;
    for (const OrderImage& order : core_.engine().image().orders) {
      if (order.accepted.side == side) orders.push_back(order);
    }
    std::stable_sort(orders.begin(), orders.end(), [side](const OrderImage& a, const OrderImage& b) {
      return side == Side::kBuy ? a.accepted.price > b.accepted.price : a.accepted.price < b.accepted.price;
    });
    return orders;
  }

  core::CoreFixture core_{core::CoreFixture::default_genesis(), {.orders = 1u << 12, .keys = 1u << 13}};
  InstrumentId instrument_;
};

TEST(LobsterOracle, TheCoreReplaysARealDayAsExpected) {
  const auto folder = test::shared_path("data/lobster_aapl_20120621_l10");
  SKIP_IF_ABSENT(folder);
  const auto sample = marketdata::load_lobster(folder);
  ASSERT_TRUE(sample.ok()) << sample.error().message;
  CoreGate gate;
  const auto result = LobsterOracle(gate).run(sample.value());
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(nlohmann::json(result.value()),
            nlohmann::json::parse(test::read_text(folder / "expected_engine_replay.json")));
}

marketdata::LobsterMessage message(marketdata::LobsterType type, std::int64_t id, std::int64_t size, std::int64_t price,
                                   Side side) {
  return {Nanos{0}, type, id, Quantity{size}, Price{price}, side};
}

/// Each rule once: reductions, of the seed too, a maker that is not the exchange's, skipped and ignored messages.
TEST(LobsterOracle, CountsEachRule) {
  using enum marketdata::LobsterType;
  marketdata::LobsterSample sample;
  sample.books.push_back({{{Price{101}, Quantity{50}}, {}}, {{Price{99}, Quantity{30}}, {Price{98}, Quantity{7}}}});
  sample.messages = {
      message(kNewOrder, 1, 10, 99, Side::kBuy),            // 20 of the 30 were there before
      message(kPartialCancel, 1, 4, 99, Side::kBuy),        // reduce
      message(kPartialCancel, 900, 5, 99, Side::kBuy),      // the seed's: 15 left
      message(kDelete, 901, 7, 98, Side::kBuy),             // the seed's, whole
      message(kDelete, 901, 7, 98, Side::kBuy),             // dead: ignored
      message(kVisibleExecution, 1, 3, 99, Side::kBuy),     // the seed is first here: other maker, order 1 reduced to 3
      message(kVisibleExecution, 900, 12, 99, Side::kBuy),  // the seed's remaining 12: same maker
      message(kVisibleExecution, 1, 3, 99, Side::kBuy),     // now order 1 is first
      message(kHiddenExecution, 0, 5, 100, Side::kBuy),
      message(kVisibleExecution, 902, 5, 97, Side::kBuy),  // nobody there, nobody known
      message(kNewOrder, 2, 60, 101, Side::kBuy),          // trades at once with the seed's 50
      message(kDelete, 2, 10, 101, Side::kBuy),
  };
  CoreGate gate;
  const auto result = LobsterOracle(gate).run(sample);
  ASSERT_TRUE(result.ok()) << result.error().message;
  const nlohmann::json expected = {{"add", 2},          {"add_traded", 1},      {"reduce", 1},
                                   {"delete", 1},       {"cancel_preopen", 3},  {"cancel_ignored", 1},
                                   {"exec", 4},         {"exec_same_maker", 2}, {"exec_other", 2},
                                   {"exec_unknown", 1}, {"skipped_type_5", 1}};
  EXPECT_EQ(nlohmann::json(result.value()["counts"]), expected);
  EXPECT_EQ(result.value()["maker_agreement"], 0.5);
  EXPECT_EQ(result.value()["resting_orders"], 0);
}

}  // namespace
}  // namespace sluice::cli
