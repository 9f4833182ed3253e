#include "cli/audit_lines.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>
#include <ctime>
#include <limits>

#include "audit/audit_names.h"
#include "audit/audit_words.h"
#include "domain/events.h"
#include "domain/utc.h"

namespace sluice::cli {

namespace {

using audit::AuditRecord;
using nlohmann::ordered_json;

}  // namespace

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
  to["details"] = audit::details_of(record);
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
  return one_line(std::move(text));
}

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char byte) { return (byte >= 0 && byte < ' ') || byte == 0x7f; }, '?');
  return text;
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
  constexpr std::string_view kAgo = " ago";
  if (const auto before =
          span_before(text.ends_with(kAgo) ? std::string_view(text).substr(0, text.size() - kAgo.size()) : text, now))
    return before;
  return parse_utc(text);
}

}  // namespace sluice::cli
