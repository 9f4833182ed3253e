#include "audit/audit_words.h"

#include <array>
#include <bit>
#include <cstring>
#include <vector>

#include "domain/commands.h"
#include "domain/engine_states.h"
#include "domain/reasons.h"
#include "domain/utc.h"

namespace sluice::audit {

using nlohmann::ordered_json;

namespace {

constexpr std::array<const char*, 5> kScopes{"", "global", "account", "symbol", "strategy"};
constexpr std::array<const char*, 5> kModes{"", "block_and_cancel", "block_only", "reduce_only", "flatten"};
constexpr std::array<const char*, 4> kSources{"", "log", "latch", "automatic"};
/// Of gRPC, by number.
constexpr std::array<const char*, 17> kStatuses{
    "ok",        "cancelled",      "unknown",           "invalid_argument",   "deadline_exceeded",
    "not_found", "already_exists", "permission_denied", "resource_exhausted", "failed_precondition",
    "aborted",   "out_of_range",   "unimplemented",     "internal",           "unavailable",
    "data_loss", "unauthenticated"};
constexpr std::array<const char*, kLimitKinds> kLimits{
    "max_order_quantity", "max_order_notional",    "price_band_bps",   "max_open_orders", "max_position",
    "max_open_notional",  "max_orders_per_second", "max_daily_trades", "max_daily_loss"};

/// The name, or the number where a later version wrote one that this has no name for.
template <std::size_t N>
ordered_json named(const std::array<const char*, N>& names, std::uint64_t value) {
  if (value < N && *names[value] != '\0') return names[value];
  return value;
}

std::string uuid(const AuditRecord& record) { return to_string(Uuid{record.data[0], record.data[1]}); }

/// Scope, and where it has them mode and source, of a kill or a release.
void put_scope(ordered_json& to, std::uint64_t word) {
  to["scope"] = named(kScopes, word & 0xff);
  if ((word >> 8 & 0xff) != 0) to["mode"] = named(kModes, word >> 8 & 0xff);
  if ((word >> 16 & 0xff) != 0) to["source"] = named(kSources, word >> 16 & 0xff);
}

ordered_json order_details(const AuditRecord& record) {
  ordered_json to{{"command_id", uuid(record)}};
  if (record.data[2] != 0) to["order_id"] = record.data[2];
  const std::uint64_t reason = record.data[3] & 0xffffffff;
  if (reason != 0) {
    const auto name = reason <= 0xff ? name_of(static_cast<RejectReason>(reason)) : std::string_view{};
    if (name.empty()) to["reject_reason"] = reason;
    else to["reject_reason"] = name;
  }
  if (record.kind == Kind::kRepeated) to["first_index"] = record.data[3] >> 32;
  return to;
}

ordered_json limits_details(const AuditRecord& record) {
  ordered_json to = ordered_json::object();
  if (record.data[0] != 0) to["account"] = record.data[0];
  if (record.data[1] != 0) to["instrument"] = record.data[1];
  ordered_json changed = ordered_json::array();
  for (std::size_t kind = 0; kind < kLimits.size(); ++kind) {
    if ((record.data[2] >> kind & 1) != 0) changed.push_back(kLimits[kind]);
  }
  to["limits"] = changed;
  return to;
}

/// The words as they are, up to the last that is not zero: for actions whose words have no meaning of their own.
ordered_json raw_details(const AuditRecord& record) {
  std::size_t used = record.data.size();
  while (used > 0 && record.data[used - 1] == 0) --used;
  if (used == 0) return ordered_json::object();
  return {{"data", std::vector<std::uint64_t>(record.data.begin(), record.data.begin() + static_cast<long>(used))}};
}

ordered_json kill_details(const AuditRecord& record) {
  ordered_json to{{"kill_id", uuid(record)}};
  put_scope(to, record.data[2]);
  if (record.kind == Kind::kRejected) return to;
  to[record.action == Action::kKillEngaged ? "orders_cancelled" : "stopped_after_ns"] = record.data[3];
  return to;
}

ordered_json release_details(const AuditRecord& record) {
  ordered_json to{{"release_id", uuid(record)}};
  put_scope(to, record.data[2]);
  return to;
}

ordered_json hold_details(const AuditRecord& record) {
  const std::uint64_t bit = record.data[0];
  const bool known = std::has_single_bit(bit) && bit <= static_cast<std::uint64_t>(Hold::kNoHeartbeat);
  return {{"hold", known ? ordered_json(name_of(static_cast<Hold>(bit))) : ordered_json(bit)},
          {"occupancy_permille", record.data[1]}};
}

ordered_json role_details(const AuditRecord& record) {
  const bool known = record.data[0] <= static_cast<std::uint64_t>(Role::kHalted);
  return {{"role", known ? ordered_json(name_of(static_cast<Role>(record.data[0]))) : ordered_json(record.data[0])},
          {"epoch", record.data[1]}};
}

ordered_json refusal_details(const AuditRecord& record) {
  ordered_json to{{"status", named(kStatuses, record.data[2])}};
  if (record.data[0] != 0 || record.data[1] != 0) to["command_id"] = uuid(record);
  return to;
}

ordered_json details_by_action(const AuditRecord& record) {
  const auto& data = record.data;
  switch (record.action) {
    case Action::kSubmit:
    case Action::kCancel:
    case Action::kReplace:
    case Action::kCancelAll: return order_details(record);
    case Action::kKillLatched:
    case Action::kDrill:
    case Action::kKillEngaged: return kill_details(record);
    case Action::kReleaseRequested:
    case Action::kKillReleased: return release_details(record);
    case Action::kLimitsSet: return limits_details(record);
    case Action::kInstrumentDefined: return {{"instrument", data[0]}};
    case Action::kAccountRegistered: return {{"account", data[0]}};
    case Action::kStrategyRegistered: return {{"strategy", data[0]}};
    case Action::kInstrumentState:
      return {{"instrument", data[0]},
              {"state", data[1] >= 1 && data[1] <= 3 ? ordered_json(name_of(static_cast<InstrumentState>(data[1])))
                                                     : ordered_json(data[1])}};
    case Action::kRole: return role_details(record);
    case Action::kHold: return hold_details(record);
    case Action::kSegment: return {{"segment", record.sequence}, {"format", record.index}, {"chain", chain_text(data)}};
    case Action::kAnchor:
      return {{"records", record.index}, {"at_record", record.sequence}, {"chain", chain_text(data)}};
    case Action::kDayStarted: return {{"ends_at", utc_text(Nanos{static_cast<std::int64_t>(data[0])})}};
    case Action::kCalendarSet:
    case Action::kRefused: return refusal_details(record);
    case Action::kConfiguration:
    case Action::kStarted:
    case Action::kStopped: break;
  }
  return raw_details(record);
}

}  // namespace

ordered_json details_of(const AuditRecord& record) {
  ordered_json details = details_by_action(record);
  // Of a command that is no order the last word says why it was rejected.
  if (record.kind == Kind::kRejected && record.action > Action::kCancelAll && record.action != Action::kRefused)
    details["reject_reason"] = name_of(static_cast<RejectReason>(record.data[3]));
  return details;
}

std::string chain_text(const ChainValue& chain) {
  std::array<unsigned char, sizeof chain> bytes{};
  std::memcpy(bytes.data(), chain.data(), bytes.size());
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

}  // namespace sluice::audit
