#include "cli/kill/status_view.h"

#include <algorithm>
#include <array>

#include "cli/print.h"
#include "domain/utc.h"

namespace sluice::cli {

namespace {

using nlohmann::json;

std::string name_of(v1::KillScope scope) { return short_name(v1::KillScope_Name(scope), "KILL_SCOPE_"); }
std::string name_of(v1::KillMode mode) { return short_name(v1::KillMode_Name(mode), "KILL_MODE_"); }

const char* name_of(ScopeRow::State state) {
  switch (state) {
    case ScopeRow::State::kEngaged: return "ENGAGED";
    case ScopeRow::State::kReleased: return "released";
    case ScopeRow::State::kKept: return "KEPT";
  }
  return "";
}

ScopeRow row_of(const v1::KillSwitchState& state) {
  const v1::KillSwitchEngaged& newest = state.newest();
  return {.shard = state.shard(),
          .state = state.engaged() ? ScopeRow::State::kEngaged : ScopeRow::State::kReleased,
          .scope = newest.scope(),
          .key = newest.key(),
          .mode = state.effective_mode() == v1::KILL_MODE_UNSPECIFIED ? newest.mode() : state.effective_mode(),
          .kill_id = newest.kill_id(),
          .by = newest.engaged_by(),
          .reason = newest.reason(),
          .since_unix_nanos = state.since_unix_nanos(),
          .event_sequence = state.event_sequence(),
          .orders_cancelled = newest.orders_cancelled(),
          .confirmed = true,
          .by_service = true};
}

ScopeRow row_of(std::uint32_t shard, const v1::EngagedScope& scope) {
  return {.shard = shard,
          .state = scope.in_effect() ? ScopeRow::State::kEngaged : ScopeRow::State::kKept,
          .scope = scope.scope(),
          .key = scope.key(),
          .mode = scope.mode(),
          .kill_id = scope.kill_id(),
          .by = scope.engaged_by(),
          .reason = scope.reason(),
          .since_unix_nanos = scope.since_unix_nanos(),
          .event_sequence = 0,
          .orders_cancelled = scope.orders_cancelled(),
          .confirmed = scope.recorded(),
          .by_service = false};
}

/// Owner and standby may both tell of a kill: the one that has it in effect, and recorded, knows more.
void merge(std::vector<ScopeRow>& rows, const ScopeRow& row) {
  const auto known = std::find_if(rows.begin(), rows.end(), [&](const ScopeRow& other) {
    return other.shard == row.shard && other.kill_id == row.kill_id;
  });
  if (known == rows.end()) return rows.push_back(row);
  if (known->by_service) return;
  if (known->state == ScopeRow::State::kKept && row.state == ScopeRow::State::kEngaged) *known = row;
  known->confirmed = known->confirmed || row.confirmed;
}

using Line = std::vector<std::string>;

/// Columns as wide as their widest entry.
std::string table(const std::vector<Line>& lines) {
  std::vector<std::size_t> widths;
  for (const Line& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (const Line& line : lines) {
    std::string row;
    for (std::size_t i = 0; i < line.size(); ++i)
      row += line[i] + std::string(widths[i] - line[i].size() + (i + 1 < line.size() ? 2 : 0), ' ');
    text += row.substr(0, row.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

std::string rows_text(const std::vector<ScopeRow>& rows) {
  std::vector<Line> lines{
      {"SHARD", "STATE", "SCOPE", "KEY", "MODE", "BY", "SINCE", "EVENT", "CANCELLED", "CONFIRMED", "KILL", "REASON"}};
  for (const ScopeRow& row : rows) {
    lines.push_back({std::to_string(row.shard), name_of(row.state), name_of(row.scope), row.key.empty() ? "-" : row.key,
                     name_of(row.mode), row.by, row.since_unix_nanos == 0 ? "-" : utc_text(Nanos{row.since_unix_nanos}),
                     row.event_sequence == 0 ? "-" : std::to_string(row.event_sequence),
                     std::to_string(row.orders_cancelled), row.confirmed ? "yes" : "NO", row.kill_id, row.reason});
  }
  return table(lines);
}

std::string engines_text(const std::vector<EngineAnswer>& engines) {
  std::vector<Line> lines{{"SHARD", "ENGINE", "ROLE", "EPOCH", "EXECUTED", "EVENT", "HOLDS"}};
  for (const EngineAnswer& engine : engines) {
    if (!engine.status) {
      lines.push_back({std::to_string(engine.shard), engine.address, "NOT REACHED", "-", "-", "-", engine.error});
      continue;
    }
    std::string holds;
    for (const std::string& hold : engine.status->holds()) holds += (holds.empty() ? "" : ",") + hold;
    lines.push_back({std::to_string(engine.status->shard()), engine.address, engine.status->role(),
                     std::to_string(engine.status->epoch()), std::to_string(engine.status->command_sequence()),
                     std::to_string(engine.status->event_sequence()), holds.empty() ? "-" : holds});
  }
  return table(lines);
}

std::string service_text(const StatusAnswers& answers) {
  if (!answers.service)
    return "command service: NOT REACHED: " + answers.service_error +
           "; what is shown is what engines know: released scopes and event sequences are missing\n";
  std::string text;
  if (!answers.service->complete())
    text += "NOT COMPLETE: the command service has not read the whole log since it started; more may be engaged\n";
  for (const v1::KillSwitchState& state : answers.service->kill_switches()) {
    for (const auto& open : state.open_releases()) {
      text += "shard " + std::to_string(state.shard()) + ": release " + open.release_id() + " of " +
              name_of(open.scope()) + ' ' + open.key() + " requested by " + open.requested_by() +
              " waits for another person's approval\n";
    }
  }
  for (const v1::UnconfirmedKill& kill : answers.service->unconfirmed()) {
    text += "NOT CONFIRMED: " + name_of(kill.scope()) + ' ' + kill.key() + ", by " + kill.principal() + ", kill " +
            kill.kill_id() + "; the service goes on trying\n";
  }
  return text;
}

json row_json(const ScopeRow& row) {
  constexpr std::array<const char*, 3> kStates{"engaged", "released", "kept"};
  return {{"shard", row.shard},
          {"state", kStates[static_cast<std::size_t>(row.state)]},
          {"scope", name_of(row.scope)},
          {"key", row.key},
          {"mode", name_of(row.mode)},
          {"kill_id", row.kill_id},
          {"engaged_by", row.by},
          {"reason", row.reason},
          {"since", row.since_unix_nanos == 0 ? json() : json(utc_text(Nanos{row.since_unix_nanos}))},
          {"event_sequence", row.event_sequence == 0 ? json() : json(row.event_sequence)},
          {"orders_cancelled", row.orders_cancelled},
          {"confirmed", row.confirmed},
          {"told_by", row.by_service ? "service" : "engine"}};
}

}  // namespace

std::vector<ScopeRow> scope_rows(const StatusAnswers& answers) {
  std::vector<ScopeRow> rows;
  if (answers.service) {
    for (const v1::KillSwitchState& state : answers.service->kill_switches()) rows.push_back(row_of(state));
  }
  for (const EngineAnswer& engine : answers.engines) {
    if (!engine.status) continue;
    for (const v1::EngagedScope& scope : engine.status->engaged()) merge(rows, row_of(engine.status->shard(), scope));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const ScopeRow& a, const ScopeRow& b) { return a.shard < b.shard; });
  return rows;
}

bool is_complete(const StatusAnswers& answers) {
  return answers.service && answers.service->complete() &&
         std::all_of(answers.engines.begin(), answers.engines.end(),
                     [](const EngineAnswer& engine) { return engine.status.has_value(); });
}

nlohmann::json status_json(const StatusAnswers& answers) {
  json told = answers.service ? json::parse(to_json_line(*answers.service)) : json::object();
  told["complete"] = answers.service && answers.service->complete();
  told["service"] = {{"reached", answers.service.has_value()}};
  if (!answers.service) told["service"]["error"] = answers.service_error;
  told["scopes"] = json::array();
  for (const ScopeRow& row : scope_rows(answers)) told["scopes"].push_back(row_json(row));
  told["engines"] = json::array();
  for (const EngineAnswer& engine : answers.engines) {
    json entry = engine.status ? json::parse(to_json_line(*engine.status)) : json::object();
    entry["address"] = engine.address;
    entry["shard"] = engine.status ? engine.status->shard() : engine.shard;
    entry["reached"] = engine.status.has_value();
    if (!engine.status) entry["error"] = engine.error;
    told["engines"].push_back(std::move(entry));
  }
  return told;
}

std::string status_text(const StatusAnswers& answers) {
  const std::vector<ScopeRow> rows = scope_rows(answers);
  std::string text = service_text(answers);
  if (!rows.empty()) text += rows_text(rows);
  else if (is_complete(answers)) text += "no kill switch was ever engaged\n";
  else text += "nothing that could be reached knows of an engaged kill switch\n";
  return text + '\n' + engines_text(answers.engines);
}

}  // namespace sluice::cli
