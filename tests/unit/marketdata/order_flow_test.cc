// The flow against what was published of NASDAQ order flow, and against the recorded sample.
#include "marketdata/order_flow.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "marketdata/lobster.h"
#include "support/shared_files.h"

namespace sluice::marketdata {
namespace {

using Kind = FlowCommand::Kind;
constexpr double kAaplPerSecond = 92'000.0 / 3'600.0;

std::vector<FlowCommand> flow(const OrderFlowOptions& options, std::size_t count) {
  OrderFlow source(options);
  std::vector<FlowCommand> commands;
  commands.reserve(count);
  for (std::size_t i = 0; i < count; ++i) commands.push_back(source.next());
  return commands;
}

double share(const std::vector<FlowCommand>& commands, Kind kind) {
  const auto count = std::count_if(commands.begin(), commands.end(), [&](const auto& c) { return c.kind == kind; });
  return static_cast<double>(count) / static_cast<double>(commands.size());
}

template <typename T>
T quantile(std::vector<T> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

double variance_to_mean(const std::vector<FlowCommand>& commands, Kind kind, std::int64_t window) {
  const auto windows = static_cast<std::size_t>(commands.back().at.value() / window);
  std::vector<double> counts(windows, 0.0);
  for (const auto& c : commands) {
    const auto at = static_cast<std::size_t>(c.at.value() / window);
    if (c.kind == kind && at < windows) ++counts[at];
  }
  double mean = 0, square = 0;
  for (const double c : counts) mean += c;
  mean /= static_cast<double>(windows);
  for (const double c : counts) square += (c - mean) * (c - mean);
  return square / static_cast<double>(windows - 1) / mean;
}

TEST(OrderFlow, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const auto key = [](const FlowCommand& c) {
    return std::tuple(c.at, c.kind, c.side, c.instrument, c.account, c.strategy, c.order, c.price, c.quantity);
  };
  const auto a = flow({.seed = 3}, 5'000);
  const auto b = flow({.seed = 3}, 5'000);
  const auto other = flow({.seed = 4}, 5'000);
  EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), [&](auto& x, auto& y) { return key(x) == key(y); }));
  EXPECT_FALSE(std::equal(a.begin(), a.end(), other.begin(), [&](auto& x, auto& y) { return key(x) == key(y); }));
}

TEST(OrderFlow, ConcernsOnlyOrdersThatItAddedAndHasNotCancelled) {
  const auto commands = flow({.instruments = 20, .accounts = 5}, 300'000);
  std::unordered_map<std::uint64_t, FlowCommand> live;
  Nanos last{0};
  for (const auto& c : commands) {
    ASSERT_GE(c.at, last);
    last = c.at;
    if (c.kind == Kind::kAdd) {
      ASSERT_TRUE(live.emplace(c.order, c).second) << "numbers are used once";
      ASSERT_GT(c.quantity.value(), 0);
      ASSERT_GT(c.price.value(), 0);
    } else if (c.kind != Kind::kExecute) {
      const auto target = live.find(c.order);
      ASSERT_NE(target, live.end());
      ASSERT_EQ(c.instrument, target->second.instrument);
      ASSERT_EQ(c.account, target->second.account);
      if (c.kind == Kind::kReduce) {
        ASSERT_LT(c.quantity, target->second.quantity);
        ASSERT_GT(c.quantity.value(), 0);
        target->second.quantity = c.quantity;
      }
      if (c.kind == Kind::kCancel) live.erase(target);
    }
  }
}

// Whole NASDAQ day and AAPL hour: adds 44-48 %, deletes 43-45 %, replaces up to 7 %, executions 2-7 %, partial cancels
// 0.5-1.7 %.
TEST(OrderFlow, MixesCommandsAsPublished) {
  const auto commands = flow({.commands_per_second = kAaplPerSecond}, 400'000);
  EXPECT_NEAR(share(commands, Kind::kAdd), 0.46, 0.02);
  EXPECT_NEAR(share(commands, Kind::kCancel), 0.43, 0.02);
  EXPECT_NEAR(share(commands, Kind::kMove), 0.065, 0.015);
  EXPECT_NEAR(share(commands, Kind::kExecute), 0.047, 0.015);
  EXPECT_NEAR(share(commands, Kind::kReduce), 0.012, 0.006);
}

TEST(OrderFlow, HasTheRateAskedFor) {
  for (const double rate : {kAaplPerSecond, 1'000.0, 200'000.0}) {
    const auto commands = flow({.commands_per_second = rate}, 400'000);
    // The start is without cancels: the second half is measured.
    const auto half = commands.size() / 2;
    const double span = static_cast<double>((commands.back().at - commands[half].at).value()) / 1e9;
    EXPECT_NEAR(static_cast<double>(half) / span / rate, 1.0, rate > 100'000 ? 0.15 : 0.05) << rate;
  }
}

// For a Hawkes process the variance of counts in long windows is 1 / (1 - branching)^2 times the mean.
TEST(OrderFlow, AddsAndExecutionsExciteThemselvesAsFitted) {
  const auto commands = flow({.commands_per_second = kAaplPerSecond}, 1'000'000);
  const double adds = variance_to_mean(commands, Kind::kAdd, kNanosPerSecond);
  const double executions = variance_to_mean(commands, Kind::kExecute, kNanosPerSecond);
  EXPECT_NEAR(1.0 - 1.0 / std::sqrt(adds), 0.55, 0.03);
  EXPECT_NEAR(1.0 - 1.0 / std::sqrt(executions), 0.49, 0.04);
  // And far below the half-life it is as good as Poisson's.
  const std::vector<FlowCommand> few(commands.begin(), commands.begin() + 20'000);  // an hour has too many windows
  EXPECT_LT(variance_to_mean(few, Kind::kAdd, 50'000), 1.1);
}

TEST(OrderFlow, GapsAndLifetimesAreThoseOfTheHourOfAapl) {
  const auto commands = flow({.commands_per_second = kAaplPerSecond}, 300'000);
  std::vector<std::int64_t> gaps, lifetimes;
  std::unordered_map<std::uint64_t, Nanos> added;
  for (std::size_t i = 1; i < commands.size(); ++i) {
    gaps.push_back((commands[i].at - commands[i - 1].at).value());
    if (commands[i].kind == Kind::kAdd) added[commands[i].order] = commands[i].at;
    if (commands[i].kind == Kind::kCancel && added.contains(commands[i].order))
      lifetimes.push_back((commands[i].at - added[commands[i].order]).value());
  }
  // Published: p50 0.46 ms, p99 646 ms.
  EXPECT_GT(quantile(gaps, 0.5), 150'000);
  EXPECT_LT(quantile(gaps, 0.5), 1'500'000);
  EXPECT_GT(quantile(gaps, 0.99), 200'000'000);
  EXPECT_LT(quantile(gaps, 0.99), 1'500'000'000);
  // Published: p50 0.4 s.
  EXPECT_GT(quantile(lifetimes, 0.5), 250'000'000);
  EXPECT_LT(quantile(lifetimes, 0.5), 650'000'000);
}

TEST(OrderFlow, InstrumentsHaveZipfWeights) {
  const OrderFlowOptions options{.commands_per_second = 100'000, .instruments = 50, .zipf_exponent = 1.0};
  const OrderFlow weights(options);
  std::map<std::uint32_t, double> adds;
  double total = 0;
  for (const auto& c : flow(options, 500'000)) {
    if (c.kind != Kind::kAdd) continue;
    ++adds[c.instrument];
    ++total;
  }
  for (const std::uint32_t i : {0u, 1u, 9u, 49u}) EXPECT_NEAR(adds[i] / total / weights.weight(i), 1.0, 0.1) << i;
  EXPECT_NEAR(weights.weight(0) / weights.weight(9), 10.0, 1e-9);
}

TEST(OrderFlow, PricesLieAtAPowerLawDistanceAroundAMidThatMoves) {
  // Without executions the mid stands still, so that distances can be seen.
  const auto still = flow({.executions = {1e-9, 0.0, Nanos{1}}}, 400'000);
  std::map<std::int64_t, double> at;
  double adds = 0;
  for (const auto& c : still) {
    if (c.kind != Kind::kAdd) continue;
    ++at[c.side == Side::kBuy ? 9'999 - c.price.value() : c.price.value() - 10'001];
    ++adds;
  }
  // Log-log slope between distances 1 and 31; orders that join the best price to be filled are all at distance 0.
  const auto near = [&](std::int64_t d) { return at[d] + at[d + 1] / 2 + at[d - 1] / 2; };
  EXPECT_NEAR(std::log(near(3) / near(31)) / std::log(32.0 / 4.0), 1.9, 0.25);
  EXPECT_GT(at[0] / adds, 0.4);
  std::set<std::int64_t> mids;
  for (const auto& c : flow({}, 200'000))
    if (c.kind == Kind::kExecute) mids.insert(c.price.value());
  EXPECT_GT(mids.size(), 20u);
  EXPECT_GE(*mids.begin(), 8'000 - 3);
  EXPECT_LE(*mids.rbegin(), 12'000 + 3);
}

TEST(OrderFlow, KeepsNoMoreOrdersThanAllowed) {
  OrderFlow source({.commands_per_second = 1'000'000, .live_max = 1'000});
  for (int i = 0; i < 100'000; ++i) source.next();
  EXPECT_LE(source.live(), 1'100u);
}

// The recorded minute is the open of a busy day, so the bands are wide: the shape, not the figures.
TEST(OrderFlow, LooksLikeTheRecordedSample) {
  const auto folder = test::shared_path("data/lobster_aapl_20120621_l10");
  SKIP_IF_ABSENT(folder);
  const auto sample = load_lobster(folder);
  ASSERT_TRUE(sample.ok());
  const auto commands = flow({.commands_per_second = 20.0}, 300'000);
  double recorded_adds = 0, recorded_deletes = 0, recorded_small = 0, recorded_lots = 0;
  std::vector<std::int64_t> recorded_gaps, gaps;
  const auto& messages = sample.value().messages;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto& m = messages[i];
    if (m.type == LobsterType::kNewOrder) {
      ++recorded_adds;
      if (m.size.value() < 100) ++recorded_small;
      if (m.size.value() % 100 == 0) ++recorded_lots;
    }
    if (m.type == LobsterType::kDelete) ++recorded_deletes;
    if (i > 0) recorded_gaps.push_back((m.time - messages[i - 1].time).value());
  }
  double adds = 0, small = 0, lots = 0;
  for (std::size_t i = 1; i < commands.size(); ++i) {
    gaps.push_back((commands[i].at - commands[i - 1].at).value());
    if (commands[i].kind != Kind::kAdd) continue;
    ++adds;
    if (commands[i].quantity.value() < 100) ++small;
    if (commands[i].quantity.value() % 100 == 0) ++lots;
  }
  const auto rows = static_cast<double>(messages.size());
  EXPECT_NEAR(share(commands, Kind::kAdd), recorded_adds / rows, 0.05);
  EXPECT_NEAR(share(commands, Kind::kCancel), recorded_deletes / rows, 0.08);
  EXPECT_NEAR(small / adds, recorded_small / recorded_adds, 0.08);
  EXPECT_NEAR(lots / adds, recorded_lots / recorded_adds, 0.10);
  // Bursts and silences: the median gap is far below the mean, the longest far above.
  const auto burstiness = [](const std::vector<std::int64_t>& all) {
    double sum = 0;
    for (const auto gap : all) sum += static_cast<double>(gap);
    return sum / static_cast<double>(all.size()) / static_cast<double>(quantile(all, 0.5) + 1);
  };
  EXPECT_GT(burstiness(recorded_gaps), 20);
  EXPECT_GT(burstiness(gaps), 20);
}

}  // namespace
}  // namespace sluice::marketdata
