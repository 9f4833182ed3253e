#include "telemetry/history.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "domain/utc.h"
#include "support/process.h"
#include "telemetry/compare.h"
#include "telemetry/telemetry.h"

namespace sluice::telemetry {
namespace {

constexpr Nanos kNoon{1'795'262'400 * kNanosPerSecond};  // 2026-11-21T12:00:00Z

Cut cut_of(const std::vector<std::uint64_t>& values) {
  Histogram histogram;
  Cut cut;
  for (const std::uint64_t value : values) {
    histogram.record(value);
    cut.sum += static_cast<double>(value);
  }
  cut.samples = cut.count = values.size();
  for (std::size_t i = 0; i < Histogram::kBuckets; ++i)
    if (histogram.count_in(i) > 0) cut.buckets.push_back({static_cast<std::uint32_t>(i), histogram.count_in(i)});
  return cut;
}

std::vector<HistoryRow> rows_of(double median, std::uint64_t seed, std::size_t rows, std::size_t values) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> drift(0, 0.05);
  std::vector<HistoryRow> all;
  for (std::size_t i = 0; i < rows; ++i) {
    // Values of one moment resemble each other.
    std::lognormal_distribution<double> lognormal(std::log(median) + drift(random), 0.5);
    std::vector<std::uint64_t> drawn;
    for (std::size_t n = 0; n < values; ++n) drawn.push_back(static_cast<std::uint64_t>(lognormal(random)));
    all.push_back({kNoon, "engine-0", Stage::kDecide, 10, cut_of(drawn)});
  }
  return all;
}

TEST(History, ALineIsReadBack) {
  const HistoryRow row{kNoon, "engine-0", Stage::kPublish, 10.5, cut_of({100, 100, 2'000'000, 5})};
  const auto read = parse_line(line_of(row));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().time, row.time);
  EXPECT_EQ(read.value().source, "engine-0");
  EXPECT_EQ(read.value().stage, Stage::kPublish);
  EXPECT_DOUBLE_EQ(read.value().seconds, 10.5);
  EXPECT_EQ(read.value().cut.samples, 4u);
  EXPECT_EQ(line_of(read.value()), line_of(row));
  EXPECT_NE(line_of(row).find(",,"), std::string::npos) << "percentiles of four values are left empty";
}

TEST(History, SaysWhichColumnIsWrong) {
  const std::string good = line_of({kNoon, "engine-0", Stage::kPublish, 10, cut_of({100})});
  const auto spoiled = [&](const std::string& from, const std::string& to) {
    std::string line = good;
    line.replace(line.find(from), from.size(), to);
    const auto read = parse_line(line);
    return read.ok() ? "" : read.error().message;
  };
  EXPECT_EQ(spoiled("2026", "then"), "column 'time' is not what it should be");
  EXPECT_EQ(spoiled("publish", "polish"), "column 'stage' is not what it should be");
  EXPECT_EQ(spoiled("10.000", "-1"), "column 'seconds' is not what it should be");
  EXPECT_EQ(spoiled(":1", ":2"), "column 'buckets' is not what it should be");
  EXPECT_EQ(spoiled(",publish", ""), "has 15 columns instead of 16");
}

TEST(History, IsWrittenByDayKeptForDaysAndATornLineIsCut) {
  const test::TempDir folder;
  Spans spans({.threads = 1, .entries = 4'096});
  Aggregator aggregator(spans);
  const auto bring = [&](std::uint64_t value) {
    for (int i = 0; i < 50; ++i) spans.record(Stage::kDecide, value);
    aggregator.drain();
    aggregator.roll();
  };
  {
    HistoryWriter writer(folder.path(), "engine-0", 2);
    bring(1);
    ASSERT_TRUE(writer.write(aggregator, kNoon).ok());
    EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "nothing is known of the time before";
    for (int day = 0; day < 3; ++day) {
      bring(1'000);
      ASSERT_TRUE(writer.write(aggregator, kNoon + Nanos{(1 + day * 86'400) * kNanosPerSecond}).ok());
    }
    ASSERT_TRUE(writer.write(aggregator, kNoon + Nanos{200'000 * kNanosPerSecond}).ok());
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "2026-11-21.csv"));
  auto rows = read_history(folder.path());
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows.value().size(), 2u) << "idle stretches have no lines";
  EXPECT_EQ(rows.value()[0].cut.count, 50u);
  EXPECT_EQ(quantile_of(rows.value()[0].cut, 0.5), 1'002u);

  std::ofstream(folder.path() / "2026-11-23.csv", std::ios::app) << "2026-11-23T12:00";
  EXPECT_EQ(read_history(folder.path()).value().size(), 2u) << "half a line is no error";
  HistoryWriter again(folder.path(), "engine-0", 0);
  const Nanos later = kNoon + Nanos{2 * 86'400 * kNanosPerSecond + 60 * kNanosPerSecond};
  ASSERT_TRUE(again.write(aggregator, later).ok());
  bring(7);
  ASSERT_TRUE(again.write(aggregator, later + Nanos{kNanosPerSecond}).ok());
  EXPECT_EQ(read_history(folder.path()).value().size(), 3u);

  std::ofstream(folder.path() / "2026-11-23.csv", std::ios::app) << "nonsense\n";
  const auto bad = read_history(folder.path());
  ASSERT_FALSE(bad.ok());
  EXPECT_NE(bad.error().message.find("2026-11-23.csv line 4: has 1 columns"), std::string::npos) << bad.error().message;
  EXPECT_EQ(read_history(folder.path() / "none.csv").error().code, ErrorCode::kNotFound);
}

TEST(History, AFolderThatCannotBeWrittenIsAnErrorAndNothingElse) {
  Spans spans({.threads = 1, .entries = 4'096});
  Aggregator aggregator(spans);
  HistoryWriter writer("/proc/nowhere", "x", 1);
  EXPECT_TRUE(writer.write(aggregator, kNoon).ok());
  spans.record(Stage::kDecide, 1);
  aggregator.drain();
  aggregator.roll();
  EXPECT_EQ(writer.write(aggregator, kNoon + Nanos{kNanosPerSecond}).error().code, ErrorCode::kUnavailable);
}

TEST(Compare, FindsAMoveAndItsSize) {
  const auto all = compare(rows_of(10'000, 1, 40, 2'000), rows_of(12'500, 2, 40, 2'000));
  ASSERT_EQ(all.size(), kQuantiles.size());
  for (std::size_t q = 0; q < 3; ++q) {
    EXPECT_EQ(all[q].moved, Moved::kSlower) << kQuantileNames[q];
    EXPECT_LE(all[q].low, 1.27);
    EXPECT_GE(all[q].high, 1.23);
    EXPECT_NEAR(all[q].ratio, 1.25, 0.06);
  }
  EXPECT_EQ(compare(rows_of(12'500, 3, 40, 2'000), rows_of(10'000, 4, 40, 2'000))[0].moved, Moved::kFaster);
}

TEST(Compare, DoesNotFindOneWhereThereIsNone) {
  int found = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto all = compare(rows_of(10'000, 100 + seed, 20, 300), rows_of(10'000, 200 + seed, 20, 300));
    if (all[0].moved != Moved::kNotShown) ++found;
  }
  EXPECT_LE(found, 6) << "of 40, at 95 %";
}

TEST(Compare, SaysWhenThereIsTooLittle) {
  const auto few_blocks = compare(rows_of(10'000, 1, 4, 2'000), rows_of(20'000, 2, 40, 2'000));
  EXPECT_EQ(few_blocks[0].moved, Moved::kTooShort);
  const auto few_values = compare(rows_of(10'000, 1, 40, 20), rows_of(20'000, 2, 40, 20));
  EXPECT_EQ(few_values[0].moved, Moved::kSlower);
  EXPECT_EQ(few_values[5].moved, Moved::kTooFew) << "no p99.99 of 800";
  EXPECT_EQ(few_values[5].base, std::nullopt) << "it would repeat the maximum";
  EXPECT_EQ(compare({}, {})[0].moved, Moved::kTooFew);
}

TEST(Telemetry, TurnsFoldEvaluateReportAndKeepHistory) {
  const test::TempDir folder;
  Telemetry telemetry({.program = "engine-0",
                       .stages = {Stage::kDecide, Stage::kPublish},
                       .objectives = configure_objectives({}, {Stage::kDecide, Stage::kPublish}).value(),
                       .history = folder.path(),
                       .history_every = Nanos{kNanosPerSecond},
                       .spans = {.threads = 2, .entries = 65'536}});
  Nanos steady{kNanosPerSecond};
  Nanos wall = kNoon;
  const auto pass = [&](Nanos span) {
    steady = steady + span;
    wall = wall + span;
    telemetry.turn(wall, steady);
  };
  pass(Nanos{1});
  for (int i = 0; i < 5'000; ++i) telemetry.spans().record(Stage::kDecide, 50'000);
  pass(kSlot);
  EXPECT_EQ(telemetry.aggregator().summary(Stage::kDecide, Window::k1s).count, 5'000u);
  const auto engine = [&] {
    for (const ObjectiveState& state : telemetry.objectives().states())
      if (state.objective.name == "engine_p99") return state;
    return ObjectiveState{};
  };
  EXPECT_TRUE(engine().violated);
  // A thread that was kept waiting for a minute has not missed it.
  pass(Nanos{61 * kNanosPerSecond});
  EXPECT_EQ(telemetry.aggregator().summary(Stage::kDecide, Window::k60s).count, 0u);
  EXPECT_FALSE(engine().violated);
  EXPECT_EQ(engine().violations, 1u);
  EXPECT_EQ(read_history(folder.path()).value().size(), 1u);
}

TEST(Telemetry, ExportsItsStagesFromTheStartAndNothingItDoesNotMeasure) {
  Telemetry telemetry({.program = "engine-0",
                       .stages = {Stage::kDecide, Stage::kQueueBacklog},
                       .objectives = configure_objectives({}, {Stage::kDecide}).value(),
                       .labels = {{"shard", "3"}},
                       .spans = {.threads = 2, .entries = 4'096}});
  telemetry.follow(Stage::kDecide).begin(1, runtime::steady_now() - Nanos{kNanosPerSecond});
  Registry registry;
  telemetry.register_metrics(registry);
  telemetry.spans().record(Stage::kDecide, 5'000);
  telemetry.spans().record(Stage::kQueueBacklog, 3);
  telemetry.turn(kNoon, Nanos{1});
  telemetry.turn(kNoon, Nanos{1} + kSlot);
  std::map<std::string, prometheus::MetricFamily> families;
  for (auto& family : registry.Collect()) families[family.name] = family;
  ASSERT_TRUE(families.contains("risk_governor_decision_latency_seconds"));
  const auto& decide = families["risk_governor_decision_latency_seconds"].metric.at(0);
  EXPECT_EQ(decide.label.at(0).value, "3");
  EXPECT_EQ(decide.histogram.sample_count, 1u);
  EXPECT_NEAR(decide.histogram.sample_sum, 5e-6, 1e-12);
  for (const auto& bucket : decide.histogram.bucket)
    EXPECT_EQ(bucket.cumulative_count, bucket.upper_bound >= 5e-6 ? 1u : 0u) << bucket.upper_bound;
  EXPECT_EQ(families["sluice_queue_backlog_frames"].metric.at(0).histogram.sample_sum, 3);
  EXPECT_FALSE(families.contains("sluice_publish_seconds"));
  EXPECT_NEAR(families["oldest_inflight_seconds"].metric.at(0).gauge.value, 1, 0.2);
  EXPECT_TRUE(std::isnan(families["sluice_stage_quantile_seconds"].metric.at(0).gauge.value)) << "one sample";
  EXPECT_EQ(families["sluice_objective_violated"].metric.size(), 1u);
}

}  // namespace
}  // namespace sluice::telemetry
