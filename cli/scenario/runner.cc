#include "cli/scenario/runner.h"

#include <optional>

#include "cli/scenario/compare.h"

namespace sluice::scenario {

namespace {

constexpr Mode kModes[] = {Mode::kPlain, Mode::kRebuild, Mode::kSnapshot, Mode::kRestart};

Status between_steps(ScenarioTarget& target, Mode mode) {
  switch (mode) {
    case Mode::kPlain: return ok_status();
    case Mode::kRebuild: return target.rebuild();
    case Mode::kSnapshot: return target.snapshot();
    case Mode::kRestart: return target.restart();
  }
  return ok_status();
}

std::string to_text(const Error& error) { return std::string(sluice::name_of(error.code)) + ": " + error.message; }

std::string to_text(const Mismatch& mismatch) {
  return mismatch.what + ": expected " + mismatch.expected + ", got " + mismatch.got;
}

/// What is wrong with one step, if anything is.
struct StepVerdict {
  Verdict verdict = Verdict::kPassed;
  std::string detail;
};

StepVerdict run_step(const Step& step, ScenarioTarget& target, Mode mode) {
  const Result<StepResult> result = target.step(step.op);
  if (!result.ok()) return {Verdict::kFailed, "the target failed: " + to_text(result.error())};
  if (result.value().unsupported) {
    return {Verdict::kUnsupported, "expected " + to_text(step.expect) + ", got unsupported"};
  }
  if (const auto mismatch = compare_events(step.expect, result.value().events))
    return {Verdict::kFailed, to_text(*mismatch)};
  const Status moved = between_steps(target, mode);
  if (!moved.ok()) return {Verdict::kFailed, std::string(name_of(mode)) + " failed: " + to_text(moved.error())};
  const auto state = compare_state(step, target);
  if (!state.ok()) return {Verdict::kFailed, "the target failed: " + to_text(state.error())};
  if (state.value()) return {Verdict::kFailed, to_text(*state.value())};
  return {};
}

}  // namespace

std::string_view name_of(Mode mode) {
  switch (mode) {
    case Mode::kPlain: return "plain";
    case Mode::kRebuild: return "rebuild";
    case Mode::kSnapshot: return "snapshot";
    case Mode::kRestart: return "restart";
  }
  return "?";
}

std::optional<Mode> parse_mode(std::string_view text) {
  for (const Mode mode : kModes) {
    if (name_of(mode) == text) return mode;
  }
  return std::nullopt;
}

ScenarioResult run_scenario(const Scenario& scenario, ScenarioTarget& target, Mode mode) {
  const Status fresh = target.reset(scenario.config);
  if (!fresh.ok()) return {scenario.id, Verdict::kFailed, "reset failed: " + to_text(fresh.error())};
  for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
    const StepVerdict step = run_step(scenario.steps[i], target, mode);
    if (step.verdict == Verdict::kPassed) continue;
    return {scenario.id, step.verdict,
            "step " + std::to_string(i + 1) + " (" + to_text(scenario.steps[i].op) + "): " + step.detail};
  }
  return {scenario.id, Verdict::kPassed, ""};
}

Totals run_scenarios(const std::vector<Scenario>& scenarios, ScenarioTarget& target, Mode mode, std::string_view via,
                     std::ostream& out) {
  Totals totals{scenarios.size(), 0, 0, 0};
  for (const Scenario& scenario : scenarios) {
    const ScenarioResult result = run_scenario(scenario, target, mode);
    switch (result.verdict) {
      case Verdict::kPassed: ++totals.passed; continue;
      case Verdict::kFailed: ++totals.failed; break;
      case Verdict::kUnsupported: ++totals.unsupported; break;
    }
    out << (result.verdict == Verdict::kFailed ? "failed " : "unsupported ") << result.id << " " << result.detail
        << "\n";
  }
  out << "scenarios: total=" << totals.total << " passed=" << totals.passed << " failed=" << totals.failed
      << " unsupported=" << totals.unsupported << " via=" << via << " mode=" << name_of(mode) << "\n";
  return totals;
}

}  // namespace sluice::scenario
