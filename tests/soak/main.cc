// soak: kills one process of a deployment again and again under load. scripts/soak --kills runs it for each.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "kill_soak.h"

int main(int argc, char** argv) {
  CLI::App app{
      "Kills a process of a Sluice deployment again and again under load, and checks that nothing is lost, doubled or "
      "forked."};
  sluice::test::KillSoakOptions options;
  app.add_option("--process", options.process, "engine (of each shard in turn), engine-<n>, command, query or nats")
      ->capture_default_str();
  app.add_option("--kills", options.kills, "number of SIGKILLs")->capture_default_str();
  app.add_option("--shards", options.shards, "shards")->capture_default_str();
  app.add_option("--seed", options.seed, "seed of the flow")->capture_default_str();
  app.add_flag("!--no-sync", options.sync, "broker without fsync");
  CLI11_PARSE(app, argc, argv);
  const auto report = sluice::test::run_kill_soak(options);
  for (const auto& [error, count] : report.errors)
    std::printf("unclear: %llu times: %s\n", static_cast<unsigned long long>(count), error.c_str());
  for (const std::string& failure : report.failures) std::printf("FAILED: %s\n", failure.c_str());
  std::printf(
      "soak: process=%s kills=%d commands=%llu resent=%llu outcomes=%llu lost=%llu doubled=%llu changed=%llu void=%llu "
      "restart_ms_max=%llu %s\n",
      options.process.c_str(), report.kills, static_cast<unsigned long long>(report.flow.commands),
      static_cast<unsigned long long>(report.flow.resent), static_cast<unsigned long long>(report.audit.first_outcomes),
      static_cast<unsigned long long>(report.audit.lost), static_cast<unsigned long long>(report.audit.doubled),
      static_cast<unsigned long long>(report.audit.changed),
      static_cast<unsigned long long>(report.audit.void_messages),
      static_cast<unsigned long long>(report.restart_ms_max), report.failures.empty() ? "ok" : "FAILED");
  return report.failures.empty() ? 0 : 1;
}
