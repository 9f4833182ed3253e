// KillSoak: a whole deployment under a flow of commands while one of its processes is killed again and again; then the
// clients' journals, the log, a replay, and read models rebuilt from nothing are compared. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cli/deployment.h"
#include "cli/log_audit.h"

namespace sluice::test {

struct KillSoakOptions {
  std::string process = "engine";  // engine (that of each shard in turn), engine-<n>, command, query or nats
  int kills = 50;
  std::uint16_t shards = 1;
  std::uint64_t unanswered_min = 100;  // commands without an answer at each kill
  bool sync = true;
  std::uint64_t seed = 1;
};

struct KillSoakReport {
  std::vector<std::string> failures;  // empty: everything held
  cli::FlowTotals flow;
  std::map<std::string, std::uint64_t>
      errors;  // last error of commands that were unclear for a while, with their number
  cli::AuditReport audit;
  int kills = 0;
  std::uint64_t restart_ms_max = 0;  // SIGKILL → process ready again
};

KillSoakReport run_kill_soak(const KillSoakOptions& options);

/// Replays each shard's EVT from nothing and compares with the live engines; rebuilds the read models in a second query
/// process and compares the hashes of every row. Appends what differs to `failures`.
void compare_replicas(cli::Deployment& deployment, const std::filesystem::path& scratch,
                      std::vector<std::string>& failures);

}  // namespace sluice::test
