#include "telemetry/objectives.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "telemetry/objective_kill.h"

namespace sluice::telemetry {
namespace {

Objective parsed(const std::string& text) {
  auto objective = parse_objective(text);
  EXPECT_TRUE(objective.ok()) << objective.error().message;
  return objective.value();
}

std::string wrong(const std::string& text) {
  const auto objective = parse_objective(text);
  EXPECT_FALSE(objective.ok()) << text;
  return objective.ok() ? "" : objective.error().message;
}

TEST(ObjectiveText, IsReadAndWrittenBack) {
  for (const char* text :
       {"slow: order_placement p95 < 120ms over 1s for 5s kill flatten", "a: decide p99.97 < 10us over 60s",
        "b: queue_backlog p50 < 32 over 5s", "c: publish p99 < 1500us over 5s kill block-only account ACME",
        "d: signal p99.99 < 2s over 60s for 250ms"})
    EXPECT_EQ(text_of(parsed(text)), text);
  const Objective slow = parsed("slow: order_placement p95 < 120ms over 1s for 5s kill flatten");
  EXPECT_EQ(slow.stage, Stage::kOrderPlacement);
  EXPECT_EQ(slow.quantile, 1u);
  EXPECT_EQ(slow.threshold, 120'000'000u);
  EXPECT_EQ(slow.window, Window::k1s);
  EXPECT_EQ(slow.patience, Nanos{5 * kNanosPerSecond});
  ASSERT_TRUE(slow.kill);
  EXPECT_EQ(slow.kill->mode, KillMode::kFlatten);
  EXPECT_EQ(slow.kill->scope, KillScope::kGlobal);
}

TEST(ObjectiveText, SaysWhatIsWrongAndWhatCouldStandThere) {
  EXPECT_NE(wrong("decide p99 < 10us over 60s").find("NAME: STAGE QUANTILE"), std::string::npos);
  EXPECT_NE(wrong("a: decode p99 < 10us over 60s").find("no stage 'decode'; there are: receive, publish"),
            std::string::npos);
  EXPECT_NE(wrong("a: decide p98 < 10us over 60s").find("p50, p95, p99, p99.9, p99.97 or p99.99"), std::string::npos);
  EXPECT_NE(wrong("a: decide p99 < 10 over 60s").find("a span, for example < 120ms"), std::string::npos);
  EXPECT_NE(wrong("a: decide p99 < 99999999999999999s over 60s").find("a span"), std::string::npos);
  EXPECT_NE(wrong("a: queue_backlog p99 < 10ms over 60s").find("a number"), std::string::npos);
  EXPECT_NE(wrong("a: decide p99 < 10us over 10s").find("over 1s, over 5s or over 60s"), std::string::npos);
  EXPECT_NE(wrong("a: decide p99 < 10us over 60s until 5s").find("for SPAN, and kill"), std::string::npos);
  EXPECT_NE(wrong("a: decide p99 < 10us over 60s for ever").find("for SPAN"), std::string::npos);
  EXPECT_NE(wrong("a: decide p99 < 10us over 60s kill all").find("block-and-cancel"), std::string::npos);
  EXPECT_NE(wrong("a: decide p99 < 10us over 60s kill flatten desk X").find("global, account, symbol or strategy"),
            std::string::npos);
  EXPECT_NE(wrong("a: decide p99 < 10us over 60s kill flatten account").find("whom"), std::string::npos);
  EXPECT_NE(wrong("a: decide p99 < 10us over 60s kill flatten global X").find("no name"), std::string::npos);
  EXPECT_NE(wrong("a: decide p99 < 10us over 60s kill flatten strategy X").find("no position"), std::string::npos);
  EXPECT_NE(wrong("A b: decide p99 < 10us over 60s").find("at most 40 of a-z"), std::string::npos);
}

TEST(ObjectiveText, DefaultsAreThoseOfTheIssue) {
  std::vector<std::string> texts;
  for (const Objective& objective : default_objectives()) texts.push_back(text_of(objective));
  EXPECT_EQ(texts, (std::vector<std::string>{
                       "candle_p95: candle p95 < 50ms over 60s", "candle_p99: candle p99 < 100ms over 60s",
                       "signal_p95: signal p95 < 10ms over 60s", "signal_p99: signal p99 < 20ms over 60s",
                       "order_placement_p95: order_placement p95 < 20ms over 60s",
                       "order_placement_p99: order_placement p99 < 50ms over 60s",
                       "publish_p95: publish p95 < 5ms over 60s", "publish_p99: publish p99 < 10ms over 60s",
                       "engine_p99: decide p99 < 10us over 60s", "kill_p99.97: kill p99.97 < 10us over 60s"}));
}

TEST(ObjectiveText, AConfigurationReplacesAddsAndLeavesOut) {
  const std::vector<Stage> stages{Stage::kPublish, Stage::kDecide};
  auto all = configure_objectives(
      {"publish_p99: off", "engine_p99: decide p99 < 20us over 5s", "more: publish p50 < 1ms over 1s"}, stages);
  ASSERT_TRUE(all.ok()) << all.error().message;
  std::vector<std::string> texts;
  for (const Objective& objective : all.value()) texts.push_back(text_of(objective));
  EXPECT_EQ(texts,
            (std::vector<std::string>{"publish_p95: publish p95 < 5ms over 60s",
                                      "engine_p99: decide p99 < 20us over 5s", "more: publish p50 < 1ms over 1s"}));
  EXPECT_FALSE(configure_objectives({"nothing: off"}, stages).ok());
  const auto other = configure_objectives({"x: candle p99 < 1s over 1s"}, stages);
  ASSERT_FALSE(other.ok());
  EXPECT_NE(other.error().message.find("does not measure that stage; it measures publish, decide"), std::string::npos);
}

/// Spans that are folded, and one objective over them.
class Watched : public testing::Test {
 protected:
  void watch(const std::string& text) {
    objectives_ = std::make_unique<Objectives>(aggregator_, std::vector{parsed(text)});
    objectives_->watch(Stage::kOrderPlacement, in_flight_);
    objectives_->add_hook([this](const ObjectiveState& state) { told_.push_back(state.violated); });
  }
  void bring(std::uint64_t nanos, int count) {
    for (int i = 0; i < count; ++i) spans_.record(Stage::kOrderPlacement, nanos);
  }
  /// Ends `slots` slots, the last of them with what was brought, and evaluates after each.
  ObjectiveState pass(int slots = 1) {
    for (int i = 0; i < slots; ++i) {
      now_ = now_ + kSlot;
      aggregator_.drain();
      aggregator_.roll();
      objectives_->evaluate(Nanos{1'700'000'000 * kNanosPerSecond} + now_, now_);
    }
    return objectives_->states().at(0);
  }

  Spans spans_{{.threads = 2, .entries = 65'536}};
  Aggregator aggregator_{spans_};
  InFlight in_flight_;
  std::unique_ptr<Objectives> objectives_;
  std::vector<bool> told_;
  Nanos now_{1'000 * kNanosPerSecond};
};

constexpr std::uint64_t kFast = 1'000'000, kSlow = 300'000'000;

TEST_F(Watched, IsMetViolatedAndMetAgain) {
  watch("slow: order_placement p95 < 120ms over 1s");
  EXPECT_EQ(pass().verdict, Verdict::kNoData);
  bring(kFast, 1'000);
  EXPECT_EQ(pass().verdict, Verdict::kMet);
  bring(kFast, 900);
  bring(kSlow, 200);
  const ObjectiveState bad = pass();
  EXPECT_EQ(bad.verdict, Verdict::kViolated);
  EXPECT_TRUE(bad.violated);
  EXPECT_EQ(bad.violations, 1u);
  EXPECT_EQ(bad.samples, 2'100u);
  EXPECT_NEAR(static_cast<double>(bad.above), 200, 1);
  EXPECT_GT(bad.since, Nanos{});
  const ObjectiveState good = pass(4);
  EXPECT_FALSE(good.violated);
  EXPECT_GT(good.since, bad.since);
  EXPECT_EQ(told_, (std::vector<bool>{true, false}));
}

TEST_F(Watched, AFewAboveTheLimitAreNoViolationOfAPercentile) {
  watch("slow: order_placement p95 < 120ms over 1s");
  bring(kFast, 1'000);
  bring(kSlow, 40);
  EXPECT_EQ(pass().verdict, Verdict::kMet);
  EXPECT_TRUE(told_.empty());
}

TEST_F(Watched, WithFewRecordsItSaysSoUntilChanceCannotExplainThem) {
  watch("slow: order_placement p95 < 120ms over 1s");
  bring(kFast, 3);
  EXPECT_EQ(pass().verdict, Verdict::kMet) << "none is above";
  bring(kSlow, 1);
  const ObjectiveState few = pass();
  EXPECT_EQ(few.verdict, Verdict::kTooFew);
  EXPECT_FALSE(few.value);
  bring(kSlow, 4);
  EXPECT_EQ(pass().verdict, Verdict::kViolated) << "five of eight";
}

TEST_F(Watched, PatienceWantsAViolationWithoutABreak) {
  watch("slow: order_placement p95 < 120ms over 1s for 2s");
  const auto slow_slot = [&] {
    bring(kSlow, 50);
    return pass();
  };
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(slow_slot().violated) << i;
  EXPECT_EQ(objectives_->states()[0].verdict, Verdict::kViolated);
  EXPECT_EQ(pass(4).verdict, Verdict::kNoData) << "a break";
  for (int i = 0; i < 8; ++i) EXPECT_FALSE(slow_slot().violated) << i;
  EXPECT_TRUE(slow_slot().violated);
  EXPECT_EQ(told_, (std::vector<bool>{true}));
}

TEST_F(Watched, WhatStandsStillCountsThoughNothingIsRecorded) {
  watch("slow: order_placement p95 < 120ms over 1s for 1s");
  bring(kFast, 100);
  pass();
  const Nanos begun = in_flight_.begin(1, now_);
  EXPECT_EQ(pass(3).verdict, Verdict::kTooFew) << "one late of 101 that were fast";
  EXPECT_EQ(pass().verdict, Verdict::kViolated) << "nothing ended in the whole window";
  EXPECT_TRUE(pass(4).violated);
  in_flight_.end(begun, 1);
  EXPECT_FALSE(pass().violated);
}

TEST_F(Watched, AHookThatThrowsIsCountedAndTheOthersAreCalled) {
  objectives_ = std::make_unique<Objectives>(aggregator_, std::vector{parsed("s: order_placement p50 < 1ms over 1s")});
  objectives_->add_hook([](const ObjectiveState&) { throw std::runtime_error("exporter"); });
  objectives_->add_hook([this](const ObjectiveState& state) { told_.push_back(state.violated); });
  bring(kSlow, 100);
  pass();
  EXPECT_EQ(objectives_->hook_failures(), 1u);
  EXPECT_EQ(told_, (std::vector<bool>{true}));
}

TEST(InFlight, TellsCountsByAgeAndTheOldest) {
  InFlight in_flight;
  const Nanos now{5'000 * kNanosPerSecond};
  EXPECT_EQ(in_flight.older_than(Nanos{}, now).count, 0u);
  EXPECT_EQ(in_flight.older_than(Nanos{}, now).oldest, Nanos{});
  const Nanos old = in_flight.begin(3, now - Nanos{2 * kNanosPerSecond});
  in_flight.begin(2, now - Nanos{100 * kNanosPerMilli});
  in_flight.begin(5, now);
  EXPECT_EQ(in_flight.older_than(Nanos{kNanosPerSecond}, now).count, 3u);
  EXPECT_EQ(in_flight.older_than(Nanos{50 * kNanosPerMilli}, now).count, 5u);
  EXPECT_NEAR(static_cast<double>(in_flight.older_than(Nanos{}, now).oldest.value()), 2e9, 2.1e7);
  in_flight.end(old, 3);
  EXPECT_NEAR(static_cast<double>(in_flight.older_than(Nanos{}, now).oldest.value()), 1e8, 2.1e7);
}

TEST(TailChance, IsTheBinomials) {
  EXPECT_DOUBLE_EQ(tail_chance(10, 0, 0.05), 1.0);
  EXPECT_NEAR(tail_chance(1, 1, 0.05), 0.05, 1e-12);
  EXPECT_NEAR(tail_chance(3, 3, 0.05), 0.000125, 1e-12);
  EXPECT_NEAR(tail_chance(100, 10, 0.05), 0.0281883, 1e-6);
}

TEST(ObjectiveKill, NamesTheObjectiveAndIsNewEachTime) {
  ObjectiveState state;
  state.objective = parsed("slow: order_placement p95 < 120ms over 1s kill reduce-only account ACME");
  const ObjectiveKill kill = kill_of(state);
  EXPECT_EQ(kill.kill.scope, KillScope::kAccount);
  EXPECT_EQ(kill.kill.mode, KillMode::kReduceOnly);
  EXPECT_EQ(kill.kill.key.view(), "ACME");
  EXPECT_EQ(kill.by.view(), "objective:slow");
  EXPECT_EQ(kill.kill.reason.view(), "objective slow is violated");
  EXPECT_NE(kill_of(state).kill.kill_id, kill.kill.kill_id);
}

}  // namespace
}  // namespace sluice::telemetry
