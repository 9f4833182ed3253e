// What the subcommands of `sluice kill` do, a file each. Each returns the exit code. Used by main on one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/context.h"
#include "sluice/v1/kill_switch.pb.h"

namespace sluice::cli {

struct KillFlags {
  std::string scope = "global", mode = "block-and-cancel", key, reason, kill_id, release_id;
  bool allow_unknown = false;
  std::vector<std::string> engines;  // host:port, besides those of the endpoints
  bool direct = false;               // only the engines
  bool keep_trying = false;
  std::string nats_url;       // log to prove from or check against; empty: that of the endpoints
  std::string file;           // certificate
  std::int64_t every_ms = 0;  // heartbeats; 0: one
};

v1::KillScope scope_of(const std::string& text);
v1::KillMode mode_of(const std::string& text);

int engage_kill(const Context& context, const KillFlags& flags);
int request_release(const Context& context, const KillFlags& flags);
int approve_release(const Context& context, const KillFlags& flags);
int show_kill_status(const Context& context, const KillFlags& flags);
int prove_kill(const Context& context, const KillFlags& flags);
int check_kill(const Context& context, const KillFlags& flags);
int drill_kill(const Context& context, const KillFlags& flags);
int send_heartbeats(const Context& context, const KillFlags& flags);

}  // namespace sluice::cli
