// docs/matching.md says what the engine does, and each of its examples is run: every rule has one, and every example
// passes in all modes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "cli/scenario/core_target.h"
#include "cli/scenario/runner.h"

namespace sluice::scenario {
namespace {

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The example of each rule as one line, by the heading under which it stands.
std::map<std::string, std::string> examples() {
  std::istringstream doc(read(std::string(SLUICE_SOURCE_DIR) + "/docs/matching.md"));
  std::map<std::string, std::string> found;
  std::string line, rule;
  bool inside = false;
  while (std::getline(doc, line)) {
    if (line.starts_with("### ")) found[rule = line.substr(4)];
    else if (line == "```json") inside = true;
    else if (line == "```") inside = false;
    else if (inside) found[rule] += line;
  }
  return found;
}

class MatchingDoc : public testing::TestWithParam<Mode> {};

TEST_P(MatchingDoc, EveryExampleIsWhatTheEngineDoes) {
  std::string file;
  for (const auto& [rule, example] : examples()) {
    EXPECT_NE(example.find("\"rules\":[\"" + rule + "\"]"), std::string::npos) << rule << " has no example of its own";
    file += example + "\n";
  }
  const auto scenarios = parse_scenarios(file);
  ASSERT_TRUE(scenarios.ok()) << scenarios.error().message;
  EXPECT_GE(scenarios.value().size(), 44u);
  CoreTarget target;
  const Totals totals = run_scenarios(scenarios.value(), target, GetParam(), "core", std::cout);
  EXPECT_EQ(totals.passed, totals.total);
}

INSTANTIATE_TEST_SUITE_P(AllModes, MatchingDoc,
                         testing::Values(Mode::kPlain, Mode::kRebuild, Mode::kSnapshot, Mode::kRestart),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });

TEST(MatchingDocRules, NoRuleOfTheSharedScenariosIsMissing) {
  const char* shared = std::getenv("SLUICE_SHARED");
  const std::string folder = shared != nullptr ? shared : std::string(SLUICE_SOURCE_DIR) + "/../shared";
  const std::string rules = read(folder + "/scenarios/README.md");
  if (rules.empty()) GTEST_SKIP() << "absent: " << folder << "/scenarios/README.md (set SLUICE_SHARED)";
  const std::map<std::string, std::string> documented = examples();
  std::istringstream rows(rules);
  std::size_t known = 0;
  for (std::string row; std::getline(rows, row);) {
    if (!row.starts_with("| R-")) continue;
    const std::string rule = row.substr(2, row.find(' ', 2) - 2);
    EXPECT_TRUE(documented.contains(rule)) << rule;
    ++known;
  }
  EXPECT_GT(known, 30u);
}

}  // namespace
}  // namespace sluice::scenario
