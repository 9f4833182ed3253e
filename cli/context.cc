#include "cli/context.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "eventlog/jetstream_log.h"
#include "runtime/clock.h"

namespace sluice::cli {

Result<Endpoints> Context::endpoints() const {
  const std::filesystem::path path = std::filesystem::path(data_dir) / "endpoints.json";
  std::ifstream file(path);
  if (!file)
    return Error{ErrorCode::kNotFound,
                 path.string() + " does not exist: is 'sluice up' running? Give its folder with --data-dir"};
  const auto parsed = nlohmann::json::parse(file, nullptr, false);
  if (parsed.is_discarded() || !parsed.contains("nats"))
    return Error{ErrorCode::kCorrupt, path.string() + " cannot be read; start 'sluice up' again"};
  Endpoints endpoints;
  endpoints.nats = parsed.value("nats", "");
  endpoints.command = parsed.value("command", "");
  endpoints.kill = parsed.value("kill", "");
  endpoints.query = parsed.value("query", "");
  endpoints.engines = parsed.value("engines", std::vector<std::string>{});
  endpoints.standbys = parsed.value("standbys", std::vector<std::string>{});
  endpoints.metrics = parsed.value("metrics", std::map<std::string, std::string>{});
  endpoints.shards = parsed.value("shards", std::uint16_t{1});
  return endpoints;
}

std::string Context::caller() const {
  if (!principal.empty()) return principal;
  const char* named = std::getenv("SLUICE_PRINCIPAL");
  const passwd* user = getpwuid(geteuid());
  return named != nullptr && *named != '\0' ? named : user != nullptr ? user->pw_name : "";
}

void Context::prepare(grpc::ClientContext& call) const {
  call.set_deadline(runtime::deadline_after(Nanos{timeout_ms * kNanosPerMilli}));
  if (const std::string who = caller(); !who.empty()) call.AddMetadata("sluice-principal", who);
}

Result<std::unique_ptr<eventlog::EventLog>> Context::open_log() const {
  const auto found = endpoints();
  if (!found.ok()) return found.error();
  return eventlog::open_jetstream({.url = found.value().nats, .name = "sluice-cli"});
}

int fail(const Error& error) {
  std::fprintf(stderr, "error: %s\n", error.message.c_str());
  switch (error.code) {
    case ErrorCode::kInvalidArgument: return kExitUsage;
    case ErrorCode::kNotFound:
    case ErrorCode::kUnavailable:
    case ErrorCode::kTimeout: return kExitUnavailable;
    default: return kExitFailed;
  }
}

int fail(const grpc::Status& status) {
  std::fprintf(stderr, "error: %s\n", status.error_message().c_str());
  switch (status.error_code()) {
    case grpc::StatusCode::INVALID_ARGUMENT: return kExitUsage;
    case grpc::StatusCode::UNAVAILABLE:
      std::fprintf(stderr, "the service cannot be reached or cannot reach the log: see 'sluice admin status'\n");
      return kExitUnavailable;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      std::fprintf(stderr, "no answer in time; repeat with the same --command-id, or give more with --timeout-ms\n");
      return kExitUnavailable;
    default: return kExitFailed;
  }
}

}  // namespace sluice::cli
