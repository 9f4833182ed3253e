// CrashRig: a whole deployment on this machine, a flow of commands with its journal, and what must hold after a crash:
// the log agrees with the journal, a replay with the live engine, rebuilt read models with those kept up. One thread.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <thread>

#include "cli/deployment.h"
#include "cli/flow.h"
#include "cli/log_audit.h"
#include "crash/client.h"
#include "domain/events.h"
#include "support/metrics.h"
#include "support/process.h"

namespace sluice::test {

struct CrashRigOptions {
  std::uint64_t snapshot_messages = 100'000;
  std::uint64_t stream_bytes_max = std::uint64_t{1} << 28;
  bool standbys = false;
  std::uint16_t shards = 1;
  std::multimap<std::string, std::string> objectives{};  // as DeploymentOptions
};

class CrashRig {
 public:
  explicit CrashRig(const CrashRigOptions& options = {});
  ~CrashRig();

  /// Starts `process` again with the failpoint `name:count` armed.
  void arm(const std::string& process, const std::string& failpoint);
  /// Begins the flow: accounts A to D on symbols X and Y.
  void start_flow(cli::FlowOptions options = {});
  /// Waits for the end of `process` at its failpoint, then starts it again without.
  void expect_crash_and_restart(const std::string& process);
  void expect_crash(const std::string& process);
  void restart(const std::string& process);
  void kill(const std::string& process, int signal);
  /// Waits until the flow has `more` answers than now.
  void flow_goes_on(std::uint64_t more = 300);
  /// Ends the flow; every command of it has its result after this.
  void end_flow();
  /// Ends the flow, if it runs, compares everything, and stops all processes cleanly.
  void expect_all_agree();

  cli::Deployment& deployment() { return *deployment_; }
  cli::Flow& flow() { return *flow_; }
  const cli::FlowTotals& totals() const { return totals_; }
  const cli::AuditReport& audit() const { return audit_; }
  const std::filesystem::path& dir() const { return dir_.path(); }
  Client client() { return Client(deployment_->endpoints()); }
  eventlog::EventLog& log() { return *log_; }
  /// First outcomes of EVT of shard 0, by command id.
  std::map<Uuid, Outcome> outcomes();
  /// The kill's record in EVT of shard 0; engaged by latch or log. Nothing if it is not there.
  std::optional<KillSwitchEngaged> recorded(const std::string& kill_id);
  /// What the named process shows at /metrics.
  Metrics metrics(const std::string& process) { return scrape(deployment_->metrics_address(process)); }
  /// Runs `sluice` on this deployment; its exit code, and the JSON it printed last.
  std::pair<int, nlohmann::json> sluice(std::vector<std::string> arguments);
  /// What the named process has printed.
  std::string printed(const std::string& process) const;
  std::filesystem::path engine_dir() const { return dir_.path() / "d" / "engine-0"; }

 private:
  void for_each_answer(const std::function<void(const Answer&)>& take);

  TempDir dir_;
  std::unique_ptr<cli::Deployment> deployment_;
  std::unique_ptr<eventlog::EventLog> log_;
  std::unique_ptr<cli::Flow> flow_;
  std::thread sending_;
  cli::FlowTotals totals_;
  cli::AuditReport audit_;
};

}  // namespace sluice::test
