// What a step expects against what a target shows, and how both are named in a failure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/scenario/target.h"

namespace sluice::scenario {

/// One thing that is not as expected.
struct Mismatch {
  std::string what;  // events, book X, queue X B 100, pos A X, stops
  std::string expected;
  std::string got;
};

/// Trades and triggers in order, all other events as a multiset. nullopt if they agree.
std::optional<Mismatch> compare_events(const std::vector<Event>& expected, const std::vector<Event>& got);
/// The state after a step, where the step says what it must be. Asks `target` only for that. Errors: the target's.
Result<std::optional<Mismatch>> compare_state(const Step& step, ScenarioTarget& target);

/// `new 3`, `kill account A`, as failures name an operation.
std::string to_text(const Op& op);
std::string to_text(const std::vector<Event>& events);

}  // namespace sluice::scenario
