// A line of the audit in words and as JSON. One thread.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit_reader.h"

namespace sluice::cli {

/// One object: time, shard, sequence, index, action, kind, who, texts, details.
nlohmann::ordered_json audit_json(const audit::AuditLine& line);
/// `2026-11-21T16:38:19.123456789Z 0 12/3 submit rejected account 7 command_id=… reason=max_position`.
std::string audit_text(const audit::AuditLine& line);
/// A reason with a line break must not look like two lines, nor may it steer a terminal.
std::string one_line(std::string text);

/// A moment: `2026-11-21T16:38:19[.5]Z`, nanoseconds since 1970, or `90s`, `5m`, `2h`, `1d` before `now`, also with
/// ` ago`. nullopt for anything else.
inline constexpr const char* kNoMoment =
    "is no moment: give 2026-11-21T16:38:19Z, nanoseconds since 1970, or 90s, 5m, 2h, 1d ago";
std::optional<Nanos> parse_moment(const std::string& text, Nanos now);

}  // namespace sluice::cli
