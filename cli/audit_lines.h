// A line of the audit in words and as JSON: what its four data words mean by action (docs/audit.md). One thread.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit_reader.h"

namespace sluice::cli {

/// What a record says besides time, place and who: names as in JSON, in the order of the words.
nlohmann::ordered_json audit_details(const audit::AuditRecord& record);

/// One object: time, shard, sequence, index, action, kind, who, texts, details.
nlohmann::ordered_json audit_json(const audit::AuditLine& line);
/// `2026-11-21T16:38:19.123456789Z 0 12/3 submit rejected account 7 command_id=… reason=max_position`.
std::string audit_text(const audit::AuditLine& line);

/// RFC 3339, UTC, nanoseconds.
std::string utc_text(Nanos time);
/// A moment: `2026-11-21T16:38:19[.5]Z`, nanoseconds since 1970, or `90s`, `5m`, `2h`, `1d` before `now`. nullopt for
/// anything else.
std::optional<Nanos> parse_moment(const std::string& text, Nanos now);
/// 64 hexadecimal digits, the bytes in their order.
std::string chain_text(const audit::ChainValue& chain);

}  // namespace sluice::cli
