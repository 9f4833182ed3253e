// Runner: plays scenarios against a target and says of each whether it passed, failed or is beyond this version.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/scenario/target.h"

namespace sluice::scenario {

/// What happens between a step's events and the look at its state.
enum class Mode { kPlain, kRebuild, kSnapshot, kRestart };

/// `plain`, `rebuild`, `snapshot`, `restart`.
std::string_view name_of(Mode mode);
/// nullopt if it is none of the four.
std::optional<Mode> parse_mode(std::string_view text);

enum class Verdict { kPassed, kFailed, kUnsupported };

/// What became of one scenario; `detail` names step, expected and got unless it passed.
struct ScenarioResult {
  std::string id;
  Verdict verdict = Verdict::kPassed;
  std::string detail;
};

struct Totals {
  std::size_t total = 0, passed = 0, failed = 0, unsupported = 0;
  /// Exit code of `sluice scenario run`: 0 only if every scenario passed, else 1.
  int exit_code() const { return passed == total ? 0 : 1; }
};

ScenarioResult run_scenario(const Scenario& scenario, ScenarioTarget& target, Mode mode);

/// Runs all, writes a line for each that did not pass and the summary
/// `scenarios: total=T passed=P failed=F unsupported=U via=V mode=M` to `out`.
Totals run_scenarios(const std::vector<Scenario>& scenarios, ScenarioTarget& target, Mode mode, std::string_view via,
                     std::ostream& out);

}  // namespace sluice::scenario
