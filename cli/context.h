// What every subcommand needs: where the system is, how to print, exit codes. Used by main on one thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "eventlog/event_log.h"

namespace sluice::cli {

/// Exit codes of all subcommands; docs/OPERATIONS.md lists them.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;       // a check failed, a command was rejected, a scenario did not pass
inline constexpr int kExitUsage = 2;        // wrong flags or input
inline constexpr int kExitUnavailable = 4;  // the system, or a part of it, cannot be reached

/// Addresses as `sluice up` writes them to <data-dir>/endpoints.json.
struct Endpoints {
  std::string nats;
  std::string command;
  std::string kill;
  std::string query;
  std::vector<std::string> engines;              // control ports by shard
  std::vector<std::string> standbys;             // likewise, if there are any
  std::map<std::string, std::string> metrics{};  // host:port of /metrics by process: engine-<n>, command, query
  std::uint16_t shards = 1;
};

struct Context {
  std::string data_dir = "sluice-data";
  std::string output = "text";
  std::string principal;  // default: $SLUICE_PRINCIPAL, else the login name
  int timeout_ms = 5000;

  bool json() const { return output == "json"; }
  /// Errors: kNotFound ("is 'sluice up' running?"), kCorrupt.
  Result<Endpoints> endpoints() const;
  /// Who calls: --principal, $SLUICE_PRINCIPAL or the login name.
  std::string caller() const;
  /// Deadline and principal of one call.
  void prepare(grpc::ClientContext& call) const;
  /// Opens the log named by the endpoints.
  Result<std::unique_ptr<eventlog::EventLog>> open_log() const;
};

/// Prints `error: …` and what to do; returns the exit code for it.
int fail(const Error& error);
int fail(const grpc::Status& status);

/// What main runs: set by the subcommand that was given.
using Action = std::function<int()>;

// One function a family, each in a file of its own: adds its subcommands to `app`; the one that was chosen sets
// `action`.
void add_up(CLI::App& app, Context& context, Action& action);
void add_admin(CLI::App& app, Context& context, Action& action);
void add_reference(CLI::App& app, Context& context, Action& action);
void add_order(CLI::App& app, Context& context, Action& action);
void add_kill(CLI::App& app, Context& context, Action& action);
void add_views(CLI::App& app, Context& context, Action& action);
void add_log(CLI::App& app, Context& context, Action& action);
void add_audit(CLI::App& app, Context& context, Action& action);
void add_replay(CLI::App& app, Context& context, Action& action);
void add_scenario(CLI::App& app, Context& context, Action& action);
void add_load(CLI::App& app, Context& context, Action& action);
void add_trace(CLI::App& app, Context& context, Action& action);
void add_demo(CLI::App& app, Context& context, Action& action);
void add_perf(CLI::App& app, Context& context, Action& action);
void add_top(CLI::App& app, Context& context, Action& action);

}  // namespace sluice::cli
