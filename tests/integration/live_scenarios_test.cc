// The shared scenarios through a whole live system: all of them as they are, a sample with the state rebuilt, saved and
// restored, and the engine killed, after every step.
#include <gtest/gtest.h>

#include <iostream>

#include "cli/scenario/live_target.h"
#include "cli/scenario/runner.h"
#include "support/process.h"
#include "support/shared_files.h"

namespace sluice::scenario {
namespace {

constexpr std::size_t kSample = 12;

/// A scenario that goes through every path of the live target, whatever the shared files hold.
const char* const kOwnScenarios =
    R"({"id":"trade","config":{"tick":5},"steps":[
{"op":"new","id":1,"acct":"A","side":"S","px":100,"qty":10,"strat":"m","expect":[{"e":"accepted","id":1}],"queue":[{"sym":"X","side":"S","px":100,"ids":[1]}]},
{"op":"new","id":2,"acct":"B","side":"B","px":100,"qty":4,"tif":"ioc","expect":[{"e":"accepted","id":2},{"e":"traded","maker":1,"taker":2,"px":100,"qty":4,"maker_left":6,"taker_left":0}],"pos":{"A":{"X":-4},"B":{"X":4}},"book":{"X":{"bids":[],"asks":[[100,6,1]]}}},
{"op":"replace","id":1,"px":105,"expect":[{"e":"replaced","id":1}],"book":{"X":{"bids":[],"asks":[[105,6,1]]}}},
{"op":"cancel","id":1,"acct":"B","expect":[{"e":"rejected","id":1,"reason":"unknown_order"}]},
{"op":"new","id":3,"acct":"B","side":"B","px":101,"qty":1,"expect":[{"e":"rejected","id":3,"reason":"invalid_price"}],"stops":[]},
{"op":"risk","acct":"B","limits":{"max_order_qty":3},"expect":[]},
{"op":"new","id":3,"acct":"B","side":"B","px":95,"qty":4,"expect":[{"e":"rejected","id":3,"reason":"max_order_qty"}]},
{"op":"kill","scope":"global","expect":[{"e":"cancelled","id":1,"qty":6,"reason":"kill"}],"book":{"X":{"bids":[],"asks":[]}}},
{"op":"new","id":3,"acct":"B","side":"B","px":95,"qty":1,"expect":[{"e":"rejected","id":3,"reason":"killed"}]}]}
{"id":"a-global-kill-does-not-leak","steps":[
{"op":"new","id":1,"acct":"A","side":"S","px":100,"qty":10,"expect":[{"e":"accepted","id":1}]},
{"op":"kill","scope":"account","key":"A","expect":[{"e":"cancelled","id":1,"qty":10,"reason":"kill"}]},
{"op":"release","scope":"account","key":"A","expect":[]},
{"op":"release","scope":"account","key":"A","expect":[{"e":"rejected","id":0,"reason":"unknown_kill"}]},
{"op":"new","id":1,"acct":"A","side":"S","px":100,"qty":10,"expect":[{"e":"accepted","id":1}]},
{"op":"cancel","id":1,"expect":[{"e":"cancelled","id":1,"qty":10,"reason":"user"}]}]})";

std::string joined_lines(std::string text) {
  // A scenario is one line of its file; here a line break before an operation is for the reader.
  for (std::size_t at = text.find("\n{\"op\""); at != std::string::npos; at = text.find("\n{\"op\"", at))
    text.erase(at, 1);
  return text;
}

class LiveScenarios : public testing::TestWithParam<Mode> {
 protected:
  LiveScenarios() {
    cli::DeploymentOptions options;
    options.data_dir = dir_.path();
    options.orders_max = 1u << 14;
    options.keys_expected = 1u << 14;
    target_ = std::make_unique<LiveTarget>(options);
  }
  void SetUp() override {
    const Status started = target_->start();
    ASSERT_TRUE(started.ok()) << started.error().message;
  }
  Totals run(const std::vector<Scenario>& scenarios) {
    return run_scenarios(scenarios, *target_, GetParam(), "live", std::cout);
  }

  test::TempDir dir_;
  std::unique_ptr<LiveTarget> target_;
};

TEST_P(LiveScenarios, EveryPathOfTheTargetIsAsTheCoreSays) {
  const auto scenarios = parse_scenarios(joined_lines(kOwnScenarios));
  ASSERT_TRUE(scenarios.ok()) << scenarios.error().message;
  EXPECT_EQ(run(scenarios.value()).passed, 2u);
}

TEST_P(LiveScenarios, OurOwnPassWhole) {
  const auto scenarios = parse_scenarios(test::read_text(std::string(SLUICE_SOURCE_DIR) + "/tests/scenario/own.jsonl"));
  ASSERT_TRUE(scenarios.ok()) << scenarios.error().message;
  const Totals totals = run(scenarios.value());
  EXPECT_EQ(totals.passed, totals.total);
}

TEST_P(LiveScenarios, NoSharedScenarioFails) {
  const auto file = test::shared_path("scenarios/shared.jsonl");
  SKIP_IF_ABSENT(file);
  auto scenarios = parse_scenarios(test::read_text(file));
  ASSERT_TRUE(scenarios.ok()) << scenarios.error().message;
  if (GetParam() != Mode::kPlain) scenarios.value().resize(std::min(kSample, scenarios.value().size()));
  const Totals totals = run(scenarios.value());
  EXPECT_EQ(totals.passed, totals.total);
}

INSTANTIATE_TEST_SUITE_P(AllModes, LiveScenarios,
                         testing::Values(Mode::kPlain, Mode::kRebuild, Mode::kSnapshot, Mode::kRestart),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });

}  // namespace
}  // namespace sluice::scenario
