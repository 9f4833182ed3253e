// Commands of a load: bodies, accounts, connections.
#include "cli/load/source.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace sluice::load {
namespace {

using marketdata::LobsterMessage;
using marketdata::LobsterType;

SourceNames names(std::uint32_t accounts, std::uint32_t symbols) {
  SourceNames made{{}, {}, "run"};
  for (std::uint32_t i = 0; i < accounts; ++i) made.accounts.push_back("L" + std::to_string(i));
  for (std::uint32_t i = 0; i < symbols; ++i) made.symbols.push_back("S" + std::to_string(i));
  return made;
}

std::string account_of(const v1::Command& command) {
  if (command.has_submit()) return command.submit().account();
  if (command.has_cancel()) return command.cancel().account();
  return command.has_replace() ? command.replace().account() : command.cancel_all().account();
}

LobsterMessage message(std::int64_t nanos, LobsterType type, std::int64_t id, std::int64_t size) {
  return {Nanos{nanos}, type, id, Quantity{size}, Price{100}, Side::kBuy};
}

struct Taken {
  Coming coming;
  v1::Command command;
};
std::vector<Taken> take(Source& source, int most) {
  std::vector<Taken> all;
  for (int i = 0; i < most; ++i) {
    const auto coming = source.peek();
    if (!coming) break;
    all.push_back({*coming, {}});
    source.take(all.back().command);
  }
  return all;
}

TEST(FlowSource, AnAccountKeepsItsConnectionAndWhatConcernsAnOrderComesAfterIt) {
  constexpr std::size_t kConnections = 3;
  FlowSource source({}, names(8, 4));
  std::map<std::string, std::set<std::size_t>> connections;
  std::map<std::string, std::string> owners;  // of orders
  int changes = 0;
  for (const Taken& taken : take(source, 20'000)) {
    const std::string account = account_of(taken.command);
    EXPECT_EQ(account, "L" + std::to_string(taken.coming.account));
    connections[account].insert(connection_of(taken.coming.account, kConnections));
    if (taken.command.has_submit()) {
      const v1::SubmitOrder& order = taken.command.submit();
      EXPECT_LE(order.client_order_id().size(), 20u);
      EXPECT_TRUE(owners.emplace(order.client_order_id(), account + order.symbol()).second) << "a name twice";
      continue;
    }
    ++changes;
    const bool cancels = taken.command.has_cancel();
    const auto& id = cancels ? taken.command.cancel().client_order_id() : taken.command.replace().client_order_id();
    const auto& symbol = cancels ? taken.command.cancel().symbol() : taken.command.replace().symbol();
    EXPECT_EQ(owners.at(id), account + symbol);
  }
  EXPECT_EQ(connections.size(), 8u);
  for (const auto& [account, used] : connections) EXPECT_EQ(used.size(), 1u) << account;
  EXPECT_GT(changes, 5'000);
}

TEST(LobsterSource, MessagesBecomeTheCommandsThatCauseThem) {
  LobsterSource source(
      {message(1'000, LobsterType::kNewOrder, 5, 10), message(2'000, LobsterType::kPartialCancel, 5, 3),
       message(2'500, LobsterType::kHiddenExecution, 0, 1), message(3'000, LobsterType::kDelete, 9, 1),
       message(4'000, LobsterType::kVisibleExecution, 5, 2), message(5'000, LobsterType::kDelete, 5, 5)},
      names(2, 1), false);
  const auto taken = take(source, 100);
  ASSERT_EQ(taken.size(), 4u) << "nothing of an order from before the record, nothing hidden";
  EXPECT_EQ(taken[0].coming.at, Nanos{0});
  EXPECT_EQ(taken[3].coming.at, Nanos{4'000});
  const v1::SubmitOrder& order = taken[0].command.submit();
  EXPECT_EQ(order.account(), "L1");
  EXPECT_EQ(order.quantity(), 10);
  EXPECT_EQ(order.time_in_force(), v1::TIME_IN_FORCE_GTC);
  EXPECT_EQ(taken[1].command.replace().quantity(), 7) << "what is left in all";
  EXPECT_EQ(taken[1].command.replace().client_order_id(), order.client_order_id());
  EXPECT_EQ(taken[2].command.submit().side(), v1::SIDE_SELL);
  EXPECT_EQ(taken[2].command.submit().time_in_force(), v1::TIME_IN_FORCE_IOC);
  EXPECT_EQ(taken[2].command.submit().account(), "L0") << "not a trade with oneself";
  EXPECT_EQ(taken[3].command.cancel().client_order_id(), order.client_order_id());
}

TEST(LobsterSource, ARepeatedDayBeginsWithAnEmptyBook) {
  LobsterSource source({message(0, LobsterType::kNewOrder, 5, 10), message(1'000, LobsterType::kNewOrder, 6, 10)},
                       names(2, 1), true);
  const auto taken = take(source, 6);
  ASSERT_EQ(taken.size(), 6u);
  EXPECT_TRUE(taken[2].command.has_cancel_all());
  EXPECT_TRUE(taken[3].command.has_cancel_all());
  EXPECT_NE(account_of(taken[2].command), account_of(taken[3].command));
  EXPECT_TRUE(taken[4].command.has_submit());
  EXPECT_NE(taken[4].command.submit().client_order_id(), taken[0].command.submit().client_order_id());
  for (std::size_t i = 1; i < taken.size(); ++i) EXPECT_GE(taken[i].coming.at, taken[i - 1].coming.at);
}

}  // namespace
}  // namespace sluice::load
