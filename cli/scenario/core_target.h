// CoreTarget: scenarios straight into the deterministic core, without log, network or threads.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/scenario/target.h"
#include "engine/core/engine.h"
#include "engine/core/state.h"

namespace sluice::scenario {

class CoreTarget : public ScenarioTarget {
 public:
  CoreTarget();

  Status reset(const Config& config) override;
  Result<StepResult> step(const Op& op) override;
  Result<Book> book(const std::string& sym) override;
  Result<std::vector<std::int64_t>> queue(const std::string& sym, Side side, std::int64_t px) override;
  Result<std::int64_t> position(const std::string& acct, const std::string& sym) override;
  Result<std::vector<std::int64_t>> stops() override;
  /// A new engine, all answers applied again.
  Status rebuild() override;
  /// The state's image, restored into a new engine.
  Status snapshot() override;
  /// An older image, restored, and the answers since.
  Status restart() override;

 private:
  struct OrderName {
    std::string acct;
    std::string sym;
  };

  CommandId next_command_id();
  Status execute(FrameClass frame_class, const std::vector<OrderCommand>& orders,
                 const std::vector<ControlCommand>& controls);
  Status control(FrameClass frame_class, const std::string& principal, ControlCommandBody body);
  Status ensure_account(const std::string& acct);
  Status ensure_strategy(const std::string& strat);
  Status ensure_instrument(const std::string& sym);
  Status perform(const Op& op);
  Status perform_new(const Op& op);
  Status perform_change(const Op& op);
  Status perform_kill(const Op& op);
  Status perform_release(const Op& op);
  Status perform_risk(const Op& op);
  Status perform_state(const Op& op);
  Nanos log_time_at(std::int64_t t_millis) const;
  StepResult take_result(const Op& op, std::size_t first_answer);
  Status adopt(std::unique_ptr<core::Engine> engine);
  const core::State& state() const { return engine_->state(); }

  Config config_;
  std::unique_ptr<core::Engine> engine_;
  core::KillLatch latch_;
  std::vector<Answer> answers_;  // the journal: all since reset
  std::int64_t t_millis_ = 0;
  std::uint64_t commands_ = 0;
  std::map<std::int64_t, OrderName> names_;  // scenario order id → who has it where
  std::map<OrderId, std::int64_t> ids_;      // order id → scenario order id
  std::int64_t flattened_ = 0;               // minus the orders of the engine's own so far
  StateImage checkpoint_;                    // restart: an image ...
  std::size_t checkpoint_answers_ = 0;       // ... and how many answers it holds
};

}  // namespace sluice::scenario
