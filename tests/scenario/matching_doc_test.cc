// docs/matching.md is true: every example in it is played against the engine in all four modes, every rule it names has
// one, and it names every rule of the shared scenarios.
#include <gtest/gtest.h>

#include <iostream>
#include <set>
#include <sstream>

#include "cli/scenario/core_target.h"
#include "cli/scenario/runner.h"
#include "tests/support/shared_files.h"

namespace sluice::scenario {
namespace {

struct Example {
  std::string rule;  // of the heading above
  std::string text;  // one line
};

/// The blocks ```json scenario of a page, each with the rule of the heading above it; a heading without one has no
/// text.
std::vector<Example> examples_of(const std::string& page) {
  std::vector<Example> examples;
  std::istringstream lines(page);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("### R-")) examples.push_back({line.substr(4), ""});
    else if (line == "```json scenario" && !examples.empty()) inside = true;
    else if (line == "```") inside = false;
    else if (inside) examples.back().text += line;
  }
  return examples;
}

std::string page() { return test::read_text(SLUICE_SOURCE_DIR "/docs/matching.md"); }

class MatchingPage : public testing::TestWithParam<Mode> {};

TEST_P(MatchingPage, EveryExampleIsTrue) {
  std::string lines;
  for (const Example& example : examples_of(page())) lines += example.text + "\n";
  const auto scenarios = parse_scenarios(lines);
  ASSERT_TRUE(scenarios.ok()) << scenarios.error().message;
  CoreTarget target;
  const Totals totals = run_scenarios(scenarios.value(), target, GetParam(), "core", std::cout);
  EXPECT_EQ(totals.passed, totals.total);
}

INSTANTIATE_TEST_SUITE_P(AllModes, MatchingPage,
                         testing::Values(Mode::kPlain, Mode::kRebuild, Mode::kSnapshot, Mode::kRestart),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });

TEST(MatchingPage, EveryRuleHasAnExampleOfItsOwn) {
  const std::vector<Example> examples = examples_of(page());
  EXPECT_GE(examples.size(), 36u);
  std::set<std::string> rules;
  for (const Example& example : examples) {
    EXPECT_TRUE(rules.insert(example.rule).second) << example.rule << " twice";
    EXPECT_NE(example.text.find("\"rules\":[\"" + example.rule + "\"]"), std::string::npos)
        << example.rule << " has no example";
  }
}

TEST(MatchingPage, NamesEveryRuleOfTheSharedScenarios) {
  const auto readme = test::shared_path("scenarios/README.md");
  SKIP_IF_ABSENT(readme);
  std::set<std::string> rules;
  for (const Example& example : examples_of(page())) rules.insert(example.rule);
  const std::string text = test::read_text(readme);
  std::size_t rows = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| R-")) continue;
    const std::string rule = line.substr(2, line.find(' ', 2) - 2);
    EXPECT_TRUE(rules.contains(rule)) << rule << " is not in docs/matching.md";
    ++rows;
  }
  EXPECT_GT(rows, 30u) << "the table of rules was not found";
}

TEST(MatchingPage, AHeadingWithoutAnExampleIsSeen) {
  const auto examples = examples_of("### R-A\n```json scenario\n{\n}\n```\n### R-B\n```json\n{}\n```\n");
  ASSERT_EQ(examples.size(), 2u);
  EXPECT_EQ(examples[0].text, "{}");
  EXPECT_EQ(examples[1].text, "");
}

}  // namespace
}  // namespace sluice::scenario
