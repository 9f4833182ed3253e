#include "tests/property/history.h"

#include <array>
#include <charconv>
#include <ostream>
#include <sstream>

namespace sluice::property {

namespace {

constexpr std::array<std::string_view, 9> kKinds{"order", "resend", "kill",     "release", "limit",
                                                 "wait",  "state",  "calendar", "restore"};

template <typename T>
concept IsStrong = requires(T value) {
  value.value();
};

template <typename T>
std::int64_t number_of(const T& value) {
  if constexpr (IsStrong<T>) return static_cast<std::int64_t>(value.value());
  else return static_cast<std::int64_t>(value);
}
template <typename T>
T from_number(std::int64_t number) {
  if constexpr (IsStrong<T>) return T{static_cast<typename T::rep>(number)};
  else return static_cast<T>(number);
}

/// Calls `visit(name, field)` for everything a step has but its kind.
template <typename S, typename Visit>
void for_each_field(S& step, Visit&& visit) {
  visit("do", step.order.kind);
  visit("acct", step.order.account);
  visit("sym", step.order.instrument);
  visit("strat", step.order.strategy);
  visit("id", step.order.client_order_id);
  visit("order", step.order.order_id);
  visit("side", step.order.side);
  visit("type", step.order.type);
  visit("tif", step.order.tif);
  visit("px", step.order.price);
  visit("qty", step.order.quantity);
  visit("stop", step.order.stop_price);
  visit("display", step.order.display);
  visit("stp", step.order.stp);
  visit("flags", step.order.flags);
  visit("fields", step.order.fields);
  visit("expire", step.order.expire_at);
  visit("joins", step.joins);
  visit("stamp", step.stamp);
  visit("valid", step.valid);
  visit("ends", step.ends);
  visit("back", step.back);
  visit("altered", step.altered);
  visit("scope", step.scope);
  visit("key", step.key);
  visit("path", step.path);
  visit("mode", step.mode);
  visit("of", step.of);
  visit("state", step.state);
  visit("limit", step.limit);
  visit("lifts", step.lifts);
  visit("value", step.value);
}

template <typename W, typename Visit>
void for_each_world_field(W& world, Visit&& visit) {
  visit("accounts", world.accounts);
  visit("strategies", world.strategies);
  visit("instruments", world.instruments);
  visit("tick", world.tick);
  visit("lot", world.lot);
  visit("stop_in_market", world.stop_in_market);
  visit("orders_max", world.orders_max);
  visit("key_window_millis", world.key_window_millis);
}

std::string text_of(const ClientOrderId& id) { return id.str(); }
template <typename T>
std::string text_of(const T& value) {
  return std::to_string(number_of(value));
}

bool read(std::string_view text, ClientOrderId& id) {
  const auto parsed = ClientOrderId::from(text);
  if (parsed) id = *parsed;
  return parsed.has_value();
}
template <typename T>
bool read(std::string_view text, T& value) {
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  value = from_number<T>(number);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
}

/// Gives `name=value` to the field of that name.
template <typename ForEach>
bool read_field(std::string_view word, ForEach&& for_each) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) return false;
  bool found = false;
  for_each([&](std::string_view name, auto& field) {
    if (name == word.substr(0, equals)) found = read(word.substr(equals + 1), field);
  });
  return found;
}

}  // namespace

std::string to_text(const Step& step) {
  std::string text(kKinds[static_cast<std::size_t>(step.kind)]);
  std::vector<std::string> defaults;
  const Step plain;
  for_each_field(plain, [&](std::string_view, const auto& field) { defaults.push_back(text_of(field)); });
  std::size_t at = 0;
  for_each_field(step, [&](std::string_view name, const auto& field) {
    const std::string value = text_of(field);
    if (value != defaults[at++]) text.append(" ").append(name).append("=").append(value);
  });
  return text;
}

std::string to_text(const History& history) {
  std::string text = "world";
  for_each_world_field(history.world, [&](std::string_view name, const auto& field) {
    text.append(" ").append(name).append("=").append(text_of(field));
  });
  text += "\n";
  for (const Step& step : history.steps) text += to_text(step) + "\n";
  return text;
}

std::optional<History> parse_history(std::string_view text) {
  History history;
  std::istringstream lines{std::string(text)};
  bool has_world = false;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first, word;
    if (!(words >> first) || first[0] == '#') continue;
    Step step;
    if (first != "world") {
      std::size_t kind = 0;
      while (kind < kKinds.size() && kKinds[kind] != first) ++kind;
      if (kind == kKinds.size()) return std::nullopt;
      step.kind = static_cast<StepKind>(kind);
    }
    while (words >> word) {
      const bool known = first == "world"
                             ? read_field(word, [&](auto&& visit) { for_each_world_field(history.world, visit); })
                             : read_field(word, [&](auto&& visit) { for_each_field(step, visit); });
      if (!known) return std::nullopt;
    }
    if (first != "world") history.steps.push_back(step);
    has_world = has_world || first == "world";
  }
  return has_world ? std::optional(history) : std::nullopt;
}

std::ostream& operator<<(std::ostream& out, const History& history) { return out << "\n" << to_text(history); }

}  // namespace sluice::property
