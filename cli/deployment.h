// Deployment: a whole Sluice on this machine: nats-server with our configuration, engines, command and query service,
// in one data directory. Used by `sluice up`, the live scenario runner and integration tests. One thread.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/context.h"
#include "runtime/child_process.h"

namespace sluice::cli {

struct DeploymentOptions {
  std::filesystem::path data_dir;
  std::filesystem::path bin_dir;  // where sluice-engine and the others are; default: beside this program
  std::map<std::string, std::filesystem::path> programs{};  // "engine", "command", "query": another one instead
  std::uint16_t shards = 1;
  std::uint64_t stream_bytes_max = std::uint64_t{1} << 30;
  bool sync = true;  // fsync of every append; false: acknowledged commands survive processes, not power loss
  std::uint32_t orders_max = 1u << 18;
  std::uint32_t keys_expected = 1u << 18;
  std::uint64_t snapshot_messages = 100'000;
  bool standbys = false;  // a hot standby for each engine
  std::string log_level = "info";
  std::multimap<std::string, std::string> objectives{};  // by "engine", "command" or "query"
};

class Deployment {
 public:
  explicit Deployment(DeploymentOptions options);
  ~Deployment();

  /// Starts everything and writes endpoints.json. Errors: kUnavailable naming the process and its log file; kConflict
  /// (the log was set up otherwise).
  Status start();
  /// SIGTERM in the order of the flow: first who takes work in, then the engines, then the broker; waits for each
  /// group. True if all ended with 0.
  bool stop();
  /// Starts again what has died, on the same port. Errors: kHalted: a process refused to go on; its log says why.
  Status tend();

  const Endpoints& endpoints() const { return endpoints_; }
  /// Names of the processes: nats, engine-<n>, standby-<n>, command, query.
  std::vector<std::string> names() const;
  runtime::ChildProcess& process(const std::string& name) { return *services_.at(name).process; }
  /// Environment for the next start of a process; for failpoints.
  void set_environment(const std::string& name, std::map<std::string, std::string> environment);
  /// Starts one process again and waits until it is ready; the command service, while there is no broker, until its
  /// kill port is served.
  Status restart(const std::string& name);
  std::uint64_t restarts() const { return restarts_; }
  std::filesystem::path log_file(const std::string& name) const { return options_.data_dir / "logs" / (name + ".log"); }
  /// host:port of the /metrics of a process.
  const std::string& metrics_address(const std::string& name) const { return endpoints_.metrics.at(name); }
  const std::filesystem::path& data_dir() const { return options_.data_dir; }
  const std::string& warning() const { return warning_; }

 private:
  struct Service {
    std::vector<std::string> argv;
    std::map<std::string, std::string> environment;
    std::filesystem::path ready_file;  // empty: nats, which is asked
    std::unique_ptr<runtime::ChildProcess> process;
  };
  /// Ends the named processes at the same time. True if all ended with 0.
  bool stop_together(const std::vector<std::string>& names);
  Status launch(const std::string& name);
  /// The program of a role, as options say.
  std::string program(const std::string& role) const;
  Status wait_ready(const std::string& name);
  Status start_nats();
  Status provision();
  /// Starts the engine of a shard, or its standby if `standby_of` names the owner's control port; returns its control
  /// port.
  Result<std::string> start_engine(const std::string& name, std::uint16_t shard, const std::string& standby_of);
  Result<std::map<std::string, std::string>> start_service(const std::string& name, std::vector<std::string> argv);
  void write_endpoints() const;
  void write_prometheus_targets() const;
  std::string performance_sources() const;

  const DeploymentOptions options_;
  std::map<std::string, Service> services_;
  std::vector<std::string> order_;  // of starting
  Endpoints endpoints_;
  std::uint64_t restarts_ = 0;
  std::string warning_;
};

/// The folder of the running program.
std::filesystem::path program_dir();

}  // namespace sluice::cli
