// Objectives as people write them.
#include <algorithm>
#include <charconv>
#include <sstream>

#include "telemetry/objectives.h"

namespace sluice::telemetry {

namespace {

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> kUnits{
    {{"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}}};
constexpr std::array<std::pair<std::string_view, KillMode>, 4> kModes{{{"block-and-cancel", KillMode::kBlockAndCancel},
                                                                       {"block-only", KillMode::kBlockOnly},
                                                                       {"reduce-only", KillMode::kReduceOnly},
                                                                       {"flatten", KillMode::kFlatten}}};
constexpr std::array kDefaults{
    "candle_p95: candle p95 < 50ms over 60s",
    "candle_p99: candle p99 < 100ms over 60s",
    "signal_p95: signal p95 < 10ms over 60s",
    "signal_p99: signal p99 < 20ms over 60s",
    "order_placement_p95: order_placement p95 < 20ms over 60s",
    "order_placement_p99: order_placement p99 < 50ms over 60s",
    "publish_p95: publish p95 < 5ms over 60s",
    "publish_p99: publish p99 < 10ms over 60s",
    "engine_p99: decide p99 < 10us over 60s",
    "kill_p99.97: kill p99.97 < 10us over 60s",
};

constexpr std::size_t kNameMax = 40;
constexpr std::string_view kNameLetters = "abcdefghijklmnopqrstuvwxyz0123456789_.-";

Error wrong(std::string_view text, const std::string& why) {
  return {ErrorCode::kInvalidArgument, "objective '" + std::string(text) + "': " + why};
}

std::string stage_names() {
  std::string all;
  for (const StageInfo& info : stages()) all += (all.empty() ? "" : ", ") + std::string(info.name);
  return all;
}

/// A span with its unit, or a bare number.
std::optional<std::uint64_t> parse_amount(std::string_view text, bool span) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (!span) return unit.empty() ? std::optional(number) : std::nullopt;
  for (const auto& [name, nanos] : kUnits) {
    std::uint64_t amount = 0;
    if (unit == name && !__builtin_mul_overflow(number, nanos, &amount) && amount <= Windows::kValueMax) return amount;
  }
  return std::nullopt;
}

std::string amount_text(std::uint64_t amount, bool span) {
  if (!span) return std::to_string(amount);
  auto unit = std::find_if(kUnits.rbegin(), kUnits.rend(), [&](const auto& one) { return amount % one.second == 0; });
  return std::to_string(amount / unit->second) + std::string(unit->first);
}

std::optional<std::size_t> parse_quantile(std::string_view text) {
  const auto found = std::find(kQuantileNames.begin(), kQuantileNames.end(), text);
  if (found == kQuantileNames.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kQuantileNames.begin());
}

std::optional<Window> parse_window(std::string_view text) {
  const auto found = std::find_if(kWindows.begin(), kWindows.end(), [&](Window one) { return name_of(one) == text; });
  return found == kWindows.end() ? std::nullopt : std::optional(*found);
}

/// What stands behind `kill`; empty if it is right.
std::string parse_kill(std::istream& words, Objective& objective) {
  KillTrigger kill;
  std::string mode, scope;
  words >> mode;
  const auto found = std::find_if(kModes.begin(), kModes.end(), [&](const auto& one) { return one.first == mode; });
  if (found == kModes.end()) return "after kill comes block-and-cancel, block-only, reduce-only or flatten";
  kill.mode = found->second;
  if (words >> scope) {
    const auto known =
        std::find_if(kKillScopes.begin(), kKillScopes.end(), [&](KillScope one) { return name_of(one) == scope; });
    if (known == kKillScopes.end()) return "the scope of a kill is global, account, symbol or strategy";
    kill.scope = *known;
    if (kill.scope == KillScope::kStrategy && kill.mode == KillMode::kFlatten)
      return "flatten is not for a strategy, which has no position of its own";
    if ((kill.scope == KillScope::kGlobal) == static_cast<bool>(words >> kill.key))
      return kill.scope == KillScope::kGlobal ? "a global kill has no name behind it" : "whom the kill is to stop";
  }
  if (!kill.key.empty() && !is_valid_name(kill.key)) return "'" + kill.key + "' cannot be a name";
  objective.kill = kill;
  return {};
}

}  // namespace

Result<Objective> parse_objective(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0)
    return wrong(text, "must be NAME: STAGE QUANTILE < LIMIT over WINDOW [for SPAN] [kill MODE [SCOPE KEY]]");
  Objective objective;
  objective.name = text.substr(0, colon);
  if (objective.name.size() > kNameMax || objective.name.find_first_not_of(kNameLetters) != std::string::npos)
    return wrong(text, "a name is at most 40 of a-z, 0-9, '_', '.' and '-'");
  std::istringstream words{std::string(text.substr(colon + 1))};
  std::string stage, quantile, sign, limit, over, window, more, patience;
  words >> stage >> quantile >> sign >> limit >> over >> window;
  const auto known = parse_stage(stage);
  if (!known) return wrong(text, "there is no stage '" + stage + "'; there are: " + stage_names());
  objective.stage = *known;
  const auto index = parse_quantile(quantile);
  if (!index) return wrong(text, "the quantile is p50, p95, p99, p99.9, p99.97 or p99.99");
  objective.quantile = *index;
  const bool span = info_of(objective.stage).unit == Unit::kNanos;
  const auto amount = parse_amount(limit, span);
  if (sign != "<" || !amount)
    return wrong(text, span ? "the limit is a span, for example < 120ms" : "the limit is a number, for example < 32");
  objective.threshold = *amount;
  const auto wanted = parse_window(window);
  if (over != "over" || !wanted) return wrong(text, "the window is over 1s, over 5s or over 60s");
  objective.window = *wanted;
  while (words >> more) {
    if (more == "for" && words >> patience && parse_amount(patience, true)) {
      objective.patience = Nanos{static_cast<std::int64_t>(*parse_amount(patience, true))};
    } else if (more == "kill") {
      if (const std::string why = parse_kill(words, objective); !why.empty()) return wrong(text, why);
    } else {
      return wrong(text, "behind the window may come for SPAN, and kill MODE [SCOPE KEY]");
    }
  }
  return objective;
}

std::string text_of(const Objective& objective) {
  const bool span = info_of(objective.stage).unit == Unit::kNanos;
  std::string text = objective.name + ": " + std::string(name_of(objective.stage)) + ' ' +
                     std::string(kQuantileNames[objective.quantile]) + " < " + amount_text(objective.threshold, span) +
                     " over " + std::string(name_of(objective.window));
  if (objective.patience != Nanos{0})
    text += " for " + amount_text(static_cast<std::uint64_t>(objective.patience.value()), true);
  if (!objective.kill) return text;
  for (const auto& [name, mode] : kModes) {
    if (mode == objective.kill->mode) text += " kill " + std::string(name);
  }
  if (objective.kill->scope != KillScope::kGlobal)
    text += ' ' + std::string(name_of(objective.kill->scope)) + ' ' + objective.kill->key;
  return text;
}

std::vector<Objective> default_objectives() {
  std::vector<Objective> all;
  for (const char* text : kDefaults) {
    const auto objective = parse_objective(text);
    INVARIANT(objective.ok());
    all.push_back(objective.value());
  }
  return all;
}

Result<std::vector<Objective>> configure_objectives(const std::vector<std::string>& texts,
                                                    const std::vector<Stage>& stages) {
  const auto has = [&](Stage stage) { return std::find(stages.begin(), stages.end(), stage) != stages.end(); };
  std::vector<Objective> all;
  for (Objective& objective : default_objectives()) {
    if (has(objective.stage)) all.push_back(std::move(objective));
  }
  for (const std::string& text : texts) {
    const std::string name = text.substr(0, text.find(':'));
    const auto same = std::find_if(all.begin(), all.end(), [&](const Objective& one) { return one.name == name; });
    if (text == name + ": off") {
      if (same == all.end()) return wrong(text, "there is no such objective");
      all.erase(same);
      continue;
    }
    const auto objective = parse_objective(text);
    if (!objective.ok()) return objective.error();
    if (!has(objective.value().stage)) {
      std::string here;
      for (const Stage stage : stages) here += (here.empty() ? "" : ", ") + std::string(name_of(stage));
      return wrong(text, "this process does not measure that stage; it measures " + here);
    }
    if (same == all.end()) all.push_back(objective.value());
    else *same = objective.value();
  }
  return all;
}

}  // namespace sluice::telemetry
