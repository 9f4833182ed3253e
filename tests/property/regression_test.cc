// Histories that once found a fault, kept as text: tests/property/regressions/<what it was>.txt. Each must run without
// a finding, with a second execution and a comparison of everything after every frame.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/property/rapid.h"

namespace sluice::property {
namespace {

std::vector<std::filesystem::path> kept() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(SLUICE_SOURCE_DIR "/tests/property/regressions")) {
    if (entry.path().extension() == ".txt") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

class Regression : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Regression, RunsWithoutAFinding) {
  std::ifstream file(GetParam());
  std::stringstream text;
  text << file.rdbuf();
  const auto history = parse_history(text.str());
  ASSERT_TRUE(history.has_value()) << GetParam();
  RunOptions options;
  options.reexecute = true;
  options.books_every = 1;
  const auto finding = find_fault(*history, options);
  EXPECT_FALSE(finding.has_value()) << to_text(*finding);
}

INSTANTIATE_TEST_SUITE_P(Kept, Regression, testing::ValuesIn(kept()),
                         [](const auto& tested) { return tested.param.stem().string(); });

}  // namespace
}  // namespace sluice::property
