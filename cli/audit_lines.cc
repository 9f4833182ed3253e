#include "cli/audit_lines.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <cstring>
#include <ctime>
#include <limits>

#include "audit/audit_names.h"
#include "domain/commands.h"
#include "domain/reasons.h"
#include "engine/engine_status.h"
#include "engine/holds.h"

namespace sluice::cli {

namespace {

using audit::Action;
using audit::AuditRecord;
using nlohmann::ordered_json;

constexpr std::array<const char*, 5> kScopes{"", "global", "account", "symbol", "strategy"};
constexpr std::array<const char*, 5> kModes{"", "block_and_cancel", "block_only", "reduce_only", "flatten"};
constexpr std::array<const char*, 4> kSources{"", "log", "latch", "automatic"};
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
  if (record.kind == audit::Kind::kRepeated) to["first_index"] = record.data[3] >> 32;
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
  if (record.kind == audit::Kind::kRejected) return to;
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
  const bool known = std::has_single_bit(bit) && bit <= static_cast<std::uint64_t>(engine::Hold::kNoHeartbeat);
  return {{"hold", known ? ordered_json(engine::Holds::name_of(static_cast<engine::Hold>(bit))) : ordered_json(bit)},
          {"occupancy_permille", record.data[1]}};
}

ordered_json role_details(const AuditRecord& record) {
  const bool known = record.data[0] <= static_cast<std::uint64_t>(engine::Role::kHalted);
  return {{"role", known ? ordered_json(engine::name_of(static_cast<engine::Role>(record.data[0])))
                         : ordered_json(record.data[0])},
          {"epoch", record.data[1]}};
}

std::string seconds_text(std::int64_t seconds) {
  const std::time_t moment = seconds;
  std::tm parts{};
  gmtime_r(&moment, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  return text.data();
}

}  // namespace

ordered_json audit_details(const AuditRecord& record) {
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
    case Action::kConfiguration:
    case Action::kStarted:
    case Action::kStopped:
    case Action::kRefused: break;
  }
  return raw_details(record);
}

ordered_json audit_json(const audit::AuditLine& line) {
  const AuditRecord& record = line.record;
  ordered_json to{{"time", utc_text(record.time)}, {"shard", record.shard}};
  if (!audit::is_of_file(record)) {
    if (record.sequence != 0) to["sequence"] = record.sequence;
    if (record.sequence != 0 && record.index != kNoCommand) to["index"] = record.index;
  }
  const auto action = audit::name_of(record.action);
  to["action"] = action == "unknown" ? ordered_json(static_cast<unsigned>(record.action)) : ordered_json(action);
  to["kind"] = audit::name_of(record.kind);
  if (record.actor != 0) to["account"] = record.actor;
  if (!line.principal.empty()) to["principal"] = line.principal;
  if (!line.key.empty()) to["key"] = line.key;
  if (!line.reason.empty()) to["reason"] = line.reason;
  if (!line.detail.empty()) to["detail"] = line.detail;
  to["details"] = audit_details(record);
  const bool of_order = record.action <= Action::kCancelAll;
  if (record.kind == audit::Kind::kRejected && !of_order)
    to["details"]["reject_reason"] = name_of(static_cast<RejectReason>(record.data[3]));
  return to;
}

std::string audit_text(const audit::AuditLine& line) {
  const ordered_json json = audit_json(line);
  const auto word = [](const ordered_json& value) {
    return value.is_string() ? value.get<std::string>()
                             : value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  };
  std::string text = word(json["time"]) + " shard " + word(json["shard"]);
  if (json.contains("sequence")) text += ' ' + word(json["sequence"]);
  if (json.contains("index")) text += '/' + word(json["index"]);
  text += ' ' + word(json["action"]) + ' ' + word(json["kind"]);
  if (json.contains("account")) text += " account " + word(json["account"]);
  if (json.contains("principal")) text += " by " + word(json["principal"]);
  if (json.contains("key")) text += " key=" + word(json["key"]);
  for (const auto& [name, value] : json["details"].items()) text += ' ' + name + '=' + word(value);
  if (json.contains("reason")) text += " reason=\"" + word(json["reason"]) + '"';
  if (json.contains("detail")) text += " detail=\"" + word(json["detail"]) + '"';
  // A reason with a line break must not look like two lines, nor may it steer a terminal.
  std::replace_if(
      text.begin(), text.end(), [](char byte) { return (byte >= 0 && byte < ' ') || byte == 0x7f; }, '?');
  return text;
}

std::string utc_text(Nanos time) {
  std::int64_t seconds = time.value() / kNanosPerSecond;
  std::int64_t rest = time.value() % kNanosPerSecond;
  if (rest < 0) {
    rest += kNanosPerSecond;
    --seconds;
  }
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%09lldZ", static_cast<long long>(rest));
  return seconds_text(seconds) + fraction.data();
}

namespace {

/// A span or moment beyond has no nanoseconds in 64 bits: the year 2262.
constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max() / kNanosPerSecond - 1;

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<Nanos> span_before(std::string_view text, Nanos now) {
  constexpr std::string_view kUnits = "smhd";
  constexpr std::array<std::int64_t, 4> kSeconds{1, 60, 3600, 86'400};
  const std::size_t unit = text.empty() ? std::string_view::npos : kUnits.find(text.back());
  if (unit == std::string_view::npos) return std::nullopt;
  const auto count = whole_number(text.substr(0, text.size() - 1));
  if (!count || *count > kSecondsMax / kSeconds[unit]) return std::nullopt;
  return now - Nanos{*count * kSeconds[unit] * kNanosPerSecond};
}

}  // namespace

std::optional<Nanos> parse_moment(const std::string& text, Nanos now) {
  if (const auto nanos = whole_number(text)) return Nanos{*nanos};
  if (const auto before = span_before(text, now)) return before;
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  std::int64_t fraction = 0;
  if (*rest == '.') {
    std::int64_t unit = kNanosPerSecond / 10;
    for (++rest; std::isdigit(static_cast<unsigned char>(*rest)) != 0; ++rest, unit /= 10)
      fraction += (*rest - '0') * unit;
  }
  const std::int64_t seconds = ::timegm(&parts);
  if (std::strcmp(rest, "Z") != 0 || seconds > kSecondsMax || seconds < -kSecondsMax) return std::nullopt;
  return Nanos{seconds * kNanosPerSecond + fraction};
}

std::string chain_text(const audit::ChainValue& chain) {
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

}  // namespace sluice::cli
