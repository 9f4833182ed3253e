// Messages of the log as JSON: what `sluice log` prints. One thread.
#pragma once

#include <nlohmann/json.hpp>

#include "domain/commands.h"
#include "eventlog/event_log.h"

namespace sluice::cli {

/// Sequence, time, kind, address and commands of a CMD message; `fault` if it is no valid frame.
nlohmann::json command_message_json(const Genesis& genesis, const eventlog::LogMessage& message);
/// Sequence, time, kind, epoch, chain, what it answers, outcomes and events of an EVT message; `error` if it cannot be
/// read.
nlohmann::json event_message_json(const eventlog::LogMessage& message);

}  // namespace sluice::cli
