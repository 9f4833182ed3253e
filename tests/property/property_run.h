// PropertyRun: one seeded flow through the core and, command by command, through the reference; every difference is a
// test failure.
#pragma once

#include <string>
#include <vector>

#include "tests/property/log_checker.h"
#include "tests/property/order_flow.h"
#include "tests/support/core_fixture.h"
#include "tests/support/reference_exchange.h"

namespace sluice::property {

struct RunOptions {
  std::uint64_t seed = 1;
  FlowMix mix{};
  std::size_t steps = 1000;
  std::size_t frame_max = 1;      // commands a frame, at most
  std::size_t restore_every = 0;  // frames after which the core goes on from its own image; 0 = never
};

class PropertyRun {
 public:
  explicit PropertyRun(const RunOptions& options);
  /// Plays all steps.
  void run();

  core::CoreFixture& core() { return core_; }
  const LogChecker& checker() const { return checker_; }
  /// All order events as texts, however they were framed.
  const std::vector<std::string>& events() const { return all_events_; }

 private:
  void perform(OrderCommand command);
  void perform(const KillStep& step);
  void perform(const LimitStep& step);
  void kill(const KillStep& step);
  void release(const KillStep& step);
  void flush();
  void after_frame(const std::vector<std::string>& expected);
  void compare_books();
  Name name_of(const KillStep& step) const;

  RunOptions options_;
  OrderFlow flow_;
  core::CoreFixture core_;
  reference::ReferenceExchange reference_;
  LogChecker checker_;
  std::vector<OrderCommand> batch_;
  std::vector<RejectReason> expected_reasons_;
  std::vector<std::string> expected_events_;  // of the batch, kills latched before it included
  bool latched_ = false;
  std::vector<std::pair<OrderCommand, RejectReason>> sent_;  // what a client may send again, and its first outcome
  std::vector<std::string> all_events_;
  std::mt19937_64 chance_;
  std::size_t frames_ = 0;
};

}  // namespace sluice::property
