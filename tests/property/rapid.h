// RapidCheck's side of histories: how they are made, shrunk and checked. The seed is fixed unless RC_PARAMS names
// another (`RC_PARAMS="seed=7 max_success=1000"`); a failure prints the shrunk history and how to run it again.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>
#include <string>

#include "tests/property/generator.h"
#include "tests/property/history_run.h"

namespace sluice::property {

/// Histories of a mix, up to about `steps_max` steps; they shrink to fewer and simpler steps.
rc::Gen<History> histories(const Mix& mix, std::size_t steps_max);
rc::Shrinkable<History> shrinkable(History history);

/// Checks `testable` (as rc::check does) on `runs` hundredths of RC_PARAMS' max_success; a failure is a test failure.
template <typename Testable>
void check_property(int runs, Testable&& testable) {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  rc::detail::TestMetadata metadata;
  metadata.id = std::string(info->test_suite_name()) + "/" + info->name();
  metadata.description = info->name();
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.maxSuccess = std::max(1, params.maxSuccess * runs / 100);
  const auto result = rc::detail::checkTestable(std::forward<Testable>(testable), metadata, params);
  if (result.template is<rc::detail::SuccessResult>()) return;
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  ADD_FAILURE() << text.str();
}

/// Every history of `mix` runs without a finding. `runs` as above. Returns what happened in all of them.
LogTotals check_histories(int runs, const Mix& mix, const RunOptions& options, std::size_t steps_max = 300);

/// What a flow must have shown to have tested anything: `count` at the usual max_success, less at a lower one, nothing
/// when RC_PARAMS reproduces one failure.
std::uint64_t at_least(std::uint64_t count);

/// All commands that properties of this process have run.
std::uint64_t commands_run();
void count_commands(std::uint64_t commands);

}  // namespace sluice::property
