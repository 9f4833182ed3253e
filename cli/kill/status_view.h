// StatusView: what is engaged, put together from the command service and every engine: the service where it can be
// asked, and what only engines know beside it. Values; one thread.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sluice/v1/engine.pb.h"
#include "sluice/v1/kill_switch.pb.h"

namespace sluice::cli {

/// What one engine answered, or why it did not.
struct EngineAnswer {
  std::string address;
  std::uint32_t shard = 0;
  std::optional<v1::EngineControlServiceStatusResponse> status;
  std::string error;
};
struct StatusAnswers {
  std::optional<v1::StatusResponse> service;
  std::string service_error;
  std::vector<EngineAnswer> engines;
};

/// One scope in one shard.
struct ScopeRow {
  enum class State {
    kEngaged,   // in effect
    kReleased,  // was engaged
    kKept,      // on disk of an engine that does not execute; takes effect before it executes anything
  };
  std::uint32_t shard = 0;
  State state = State::kEngaged;
  v1::KillScope scope = v1::KILL_SCOPE_UNSPECIFIED;
  std::string key;
  v1::KillMode mode = v1::KILL_MODE_UNSPECIFIED;  // what holds
  std::string kill_id, by, reason;
  std::int64_t since_unix_nanos = 0;  // log time; 0: not in effect
  std::uint64_t event_sequence = 0;   // 0: only the service knows
  std::uint64_t orders_cancelled = 0;
  bool confirmed = false;   // the event log records it
  bool by_service = false;  // the service says so, else an engine
};

/// By shard, then as they were answered. A kill that the service knows is shown as the service says.
std::vector<ScopeRow> scope_rows(const StatusAnswers& answers);
/// Nothing that was asked is missing, and the service has read the whole log.
bool is_complete(const StatusAnswers& answers);
/// Everything that was answered, and the rows.
nlohmann::json status_json(const StatusAnswers& answers);
/// For people: a table of the rows, then each engine, then what could not be reached.
std::string status_text(const StatusAnswers& answers);

}  // namespace sluice::cli
