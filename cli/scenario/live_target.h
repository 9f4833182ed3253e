// LiveTarget: scenarios through the whole system: gRPC, log, engine, read models, in a deployment of its own (data
// directory, ports).
//
// One deployment serves all scenarios. They are isolated by fresh names (accounts, strategies and symbols get the
// scenario's number as prefix) and by a clean-up: kills are released by two people, leftover orders cancelled. Events
// of a step are taken from EVT, book, queue, positions and stops from the query service behind everything the step did.
// One thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/deployment.h"
#include "cli/live_client.h"
#include "cli/scenario/event_view.h"
#include "cli/scenario/live_replica.h"
#include "cli/scenario/target.h"

namespace sluice::scenario {

class LiveTarget final : public ScenarioTarget {
 public:
  /// `options`: shards are set to 1 and fsync is off, because scenarios are not about power loss.
  explicit LiveTarget(cli::DeploymentOptions options);
  ~LiveTarget() override;

  /// Starts the deployment; once, before the first reset(). Errors: as Deployment::start().
  Status start();

  Status reset(const Config& config) override;
  Result<StepResult> step(const Op& op) override;
  Result<Book> book(const std::string& sym) override;
  Result<std::vector<std::int64_t>> queue(const std::string& sym, Side side, std::int64_t px) override;
  Result<std::int64_t> position(const std::string& acct, const std::string& sym) override;
  Result<std::vector<std::int64_t>> stops() override;
  /// A replica folds the whole EVT again: its state hash must be the live engine's, and its books those of the read
  /// models.
  Status rebuild() override;
  /// As rebuild(), and its image goes through the snapshot's bytes into another engine, which must be the same again.
  Status snapshot() override;
  /// SIGKILL of the engine, and a new process on the same log; returns when it owns the shard.
  Status restart() override;

 private:
  struct OrderName {
    std::string acct;
    std::string sym;
  };
  using Scope = std::pair<KillScope, std::string>;

  std::string prefixed(const std::string& name) const { return "s" + std::to_string(scenario_) + "-" + name; }
  std::string scope_key(const Op& op) const {
    return op.scope == KillScope::kGlobal ? std::string() : prefixed(op.key);
  }
  Status clean_up();
  Status ensure_account(const std::string& acct);
  Status ensure_strategy(const std::string& strat);
  Status ensure_instrument(const std::string& sym);
  void wait_until(std::int64_t t_millis);
  Status perform(const Op& op);
  Status perform_new(const Op& op);
  Status perform_change(const Op& op);
  Status perform_kill(const Op& op);
  Status perform_release(const Op& op);
  Status perform_risk(const Op& op);
  Status perform_state(const Op& op);
  Status wait_for_ticks();
  /// Reads EVT up to everything this target has done; adds what happened to `result`.
  Status follow_events(const Op& op, StepResult& result);
  void take(const Answer& answer, const Op& op, StepResult& result);
  Status compare_books(const core::State& rebuilt);
  LiveReplica replica() const;

  const cli::Context context_;
  cli::Deployment deployment_;
  std::unique_ptr<cli::LiveClient> client_;
  std::unique_ptr<eventlog::EventLog> log_;
  std::unique_ptr<eventlog::EventFold> fold_;
  std::unique_ptr<eventlog::Reader> events_;
  std::uint64_t kill_event_ = 0;  // EVT message of the newest kill

  Config config_;
  std::uint64_t scenario_ = 0;
  std::int64_t t_millis_ = 0;
  std::set<std::string> accounts_;
  std::set<std::string> strategies_;
  std::set<std::string> symbols_;
  std::map<Scope, std::string> kills_;       // newest kill id of each scope that was engaged
  std::map<std::int64_t, OrderName> names_;  // scenario order id → who has it where
  OrderIds ids_;
  std::int64_t flattened_ = 0;  // minus the orders of the engine's own so far
};

}  // namespace sluice::scenario
