// The runner is itself tested: whatever single expectation of a file is altered, the file must no longer pass.
#include "cli/scenario/runner.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/scenario/core_target.h"

namespace sluice::scenario {
namespace {

using nlohmann::json;

const char* const kScenario = R"({"id":"one-of-each","steps":[
 {"op":"new","id":1,"acct":"A","side":"S","px":100,"qty":10,"expect":[{"e":"accepted","id":1}],"book":{"X":{"bids":[],"asks":[[100,10,1]]}}},
 {"op":"new","id":2,"acct":"B","side":"S","px":100,"qty":5,"expect":[{"e":"accepted","id":2}],"queue":[{"sym":"X","side":"S","px":100,"ids":[1,2]}]},
 {"op":"new","id":3,"acct":"C","side":"B","px":100,"qty":12,"tif":"ioc","expect":[{"e":"accepted","id":3},
   {"e":"traded","maker":1,"taker":3,"px":100,"qty":10,"maker_left":0,"taker_left":2},
   {"e":"traded","maker":2,"taker":3,"px":100,"qty":2,"maker_left":3,"taker_left":0}],"pos":{"A":{"X":-10},"C":{"X":12}},"stops":[]},
 {"op":"replace","id":2,"px":101,"expect":[{"e":"replaced","id":2}]},
 {"op":"cancel","id":1,"expect":[{"e":"rejected","id":1,"reason":"unknown_order"}]},
 {"op":"kill","scope":"account","key":"B","expect":[{"e":"cancelled","id":2,"qty":3,"reason":"kill"}],"book":{"X":{"bids":[],"asks":[]}}},
 {"op":"release","scope":"account","key":"B","expect":[]}]})";

Totals run(const json& scenario, std::string& output, Mode mode = Mode::kPlain) {
  const auto scenarios = parse_scenarios(scenario.dump());
  if (!scenarios.ok()) ADD_FAILURE() << scenarios.error().message;
  CoreTarget target;
  std::ostringstream out;
  const Totals totals = run_scenarios(scenarios.value(), target, mode, "core", out);
  output = out.str();
  return totals;
}

/// Calls `check` with every variant of `scenario` in which exactly one expected value differs.
void for_each_alteration(const json& scenario, const std::function<void(const json&, const std::string&)>& check) {
  for (std::size_t step = 0; step < scenario["steps"].size(); ++step) {
    for (const char* part : {"expect", "book", "queue", "pos", "stops"}) {
      if (!scenario["steps"][step].contains(part)) continue;
      const json flat = scenario["steps"][step][part].flatten();
      for (const auto& [pointer, value] : flat.items()) {
        const bool names_something = pointer.ends_with("/sym") || pointer.ends_with("/side") || pointer.ends_with("/e");
        if (names_something || value.is_null() || value.is_structured()) continue;
        json altered = scenario;
        json& place = altered["steps"][step][part][json::json_pointer(pointer)];
        place = value.is_string() ? json(value.get<std::string>() + "x") : json(value.get<std::int64_t>() + 1);
        check(altered, "step " + std::to_string(step + 1) + " " + part + pointer);
      }
    }
  }
}

TEST(Runner, PassesTheUnalteredScenarioInEveryMode) {
  for (const Mode mode : {Mode::kPlain, Mode::kRebuild, Mode::kSnapshot, Mode::kRestart}) {
    std::string output;
    EXPECT_EQ(run(json::parse(kScenario), output, mode).exit_code(), 0) << output;
    EXPECT_EQ(output,
              "scenarios: total=1 passed=1 failed=0 unsupported=0 via=core mode=" + std::string(name_of(mode)) + "\n");
  }
}

TEST(Runner, AnySingleAlteredValueFails) {
  int alterations = 0;
  for_each_alteration(json::parse(kScenario), [&](const json& altered, const std::string& place) {
    std::string output;
    const Totals totals = run(altered, output);
    EXPECT_EQ(totals.failed, 1u) << place;
    EXPECT_EQ(totals.exit_code(), 1) << place;
    ++alterations;
  });
  EXPECT_EQ(alterations, 29) << "every integer and reason of the file, no more and no less";
}

TEST(Runner, AnyMissingOrAddedEventFails) {
  const json scenario = json::parse(kScenario);
  for (std::size_t step = 0; step < scenario["steps"].size(); ++step) {
    json added = scenario;
    added["steps"][step]["expect"].push_back({{"e", "accepted"}, {"id", 99}});
    std::string output;
    EXPECT_EQ(run(added, output).failed, 1u) << "step " << step + 1;
    for (std::size_t event = 0; event < scenario["steps"][step]["expect"].size(); ++event) {
      json missing = scenario;
      missing["steps"][step]["expect"].erase(event);
      EXPECT_EQ(run(missing, output).failed, 1u) << "step " << step + 1;
    }
  }
}

TEST(Runner, TradesInAnotherOrderFailOtherEventsMayMove) {
  json swapped = json::parse(kScenario);
  std::swap(swapped["steps"][2]["expect"][1], swapped["steps"][2]["expect"][2]);
  std::string output;
  EXPECT_EQ(run(swapped, output).failed, 1u);

  json moved = json::parse(kScenario);
  std::swap(moved["steps"][2]["expect"][0], moved["steps"][2]["expect"][1]);
  EXPECT_EQ(run(moved, output).passed, 1u) << output;
}

TEST(Runner, NamesStepExpectedAndGot) {
  json wrong = json::parse(kScenario);
  wrong["steps"][5]["expect"][0]["qty"] = 4;
  std::string output;
  run(wrong, output);
  EXPECT_NE(
      output.find("failed one-of-each step 6 (kill account B): events: expected [cancelled id=2 qty=4 reason=kill], "
                  "got [cancelled id=2 qty=3 reason=kill]"),
      std::string::npos)
      << output;
}

TEST(Runner, WhatThisVersionCannotDoCountsAsUnsupportedAndIsNoSuccess) {
  const json post_only_stop = json::parse(
      R"({"id":"s","steps":[{"op":"new","id":1,"acct":"A","side":"B","type":"stop_limit","stop":5,"px":5,"post":true,"qty":1,"expect":[{"e":"accepted","id":1}]}]})");
  std::string output;
  const Totals totals = run(post_only_stop, output);
  EXPECT_EQ(totals.unsupported, 1u);
  EXPECT_EQ(totals.exit_code(), 1);
  EXPECT_NE(output.find("unsupported s step 1 (new 1)"), std::string::npos) << output;
}

TEST(Runner, ModesHaveNames) {
  EXPECT_EQ(parse_mode("restart"), Mode::kRestart);
  EXPECT_EQ(parse_mode("Restart"), std::nullopt);
}

}  // namespace
}  // namespace sluice::scenario
