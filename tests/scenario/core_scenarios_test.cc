// The shared scenarios, and those of our own, straight into the core, in all four modes. The shared ones live beside
// the repository, not in it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "cli/scenario/core_target.h"
#include "cli/scenario/runner.h"

namespace sluice::scenario {
namespace {

std::string shared_scenarios_path() {
  const char* shared = std::getenv("SLUICE_SHARED");
  const std::string folder = shared != nullptr ? shared : std::string(SLUICE_SOURCE_DIR) + "/../shared";
  return folder + "/scenarios/shared.jsonl";
}

/// Runs all scenarios of a file in the mode and expects each to pass.
void expect_all_pass(std::istream& file, Mode mode) {
  std::stringstream text;
  text << file.rdbuf();
  const auto scenarios = parse_scenarios(text.str());
  ASSERT_TRUE(scenarios.ok()) << scenarios.error().message;
  CoreTarget target;
  const Totals totals = run_scenarios(scenarios.value(), target, mode, "core", std::cout);
  EXPECT_GT(totals.total, 0U);
  EXPECT_EQ(totals.passed, totals.total);
}

class CoreScenarios : public testing::TestWithParam<Mode> {};

TEST_P(CoreScenarios, NoneFails) {
  std::ifstream file(shared_scenarios_path());
  if (!file) GTEST_SKIP() << "absent: " << shared_scenarios_path() << " (set SLUICE_SHARED)";
  expect_all_pass(file, GetParam());
}

TEST_P(CoreScenarios, OurOwnPassWhole) {
  std::ifstream file(std::string(SLUICE_SOURCE_DIR) + "/tests/scenario/own.jsonl");
  expect_all_pass(file, GetParam());
}

INSTANTIATE_TEST_SUITE_P(AllModes, CoreScenarios,
                         testing::Values(Mode::kPlain, Mode::kRebuild, Mode::kSnapshot, Mode::kRestart),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });

}  // namespace
}  // namespace sluice::scenario
