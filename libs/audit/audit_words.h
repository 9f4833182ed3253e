// What the data words of an audit record mean, by action (docs/audit.md), and chain values as text. Thread: any.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "audit/anchor_hash.h"
#include "audit/audit_record.h"

namespace sluice::audit {

/// What a record says besides time, place and who: names as in JSON, in the order of the words.
nlohmann::ordered_json details_of(const AuditRecord& record);

/// 64 hexadecimal digits, the bytes in their order.
std::string chain_text(const ChainValue& chain);

}  // namespace sluice::audit
