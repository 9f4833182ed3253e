// ObjectReader: strict reading of one JSON object. Every field must be asked for, so a misspelt one is an error, not a
// default.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sluice::scenario {

/// The first thing found wrong, with its place; readers of one document share it.
struct ParseError {
  std::string text;
  bool any() const { return !text.empty(); }
  void report(const std::string& place, const std::string& what) {
    if (text.empty()) text = place + ": " + what;
  }
};

class ObjectReader {
 public:
  /// `place` names the object in messages. All three outlive the reader.
  ObjectReader(const nlohmann::json& object, std::string place, ParseError& error);

  /// The field, or nullptr. It then counts as known.
  const nlohmann::json* field(const std::string& name);
  /// The field; reports its absence.
  const nlohmann::json* required(const std::string& name);
  /// The elements of an array field; empty and reported if it is something else, empty if absent and not `must`.
  std::vector<nlohmann::json> array(const std::string& name, bool must);

  std::int64_t integer(const std::string& name);
  std::optional<std::int64_t> optional_integer(const std::string& name);
  std::string text(const std::string& name);
  std::optional<std::string> optional_text(const std::string& name);
  bool flag(const std::string& name);

  /// The value that `names` gives to the field's text; `fallback` if absent. An unlisted text is reported.
  template <typename Value>
  Value choice(const std::string& name, const std::vector<std::pair<std::string, Value>>& names,
               std::optional<Value> fallback) {
    const std::optional<std::string> chosen = fallback ? optional_text(name) : std::optional(text(name));
    if (!chosen) return *fallback;
    for (const auto& [known, value] : names) {
      if (known == *chosen) return value;
    }
    fail("field '" + name + "' has the unknown value '" + *chosen + "'");
    return fallback.value_or(Value{});
  }

  void fail(const std::string& what) { error_.report(place_, what); }
  /// Reports every field that nobody asked for.
  void finish();
  const std::string& place() const { return place_; }
  ParseError& error() { return error_; }

 private:
  const nlohmann::json& object_;
  std::string place_;
  ParseError& error_;
  std::set<std::string> asked_;
};

/// An integer that fits into 64 bits; anything else is reported at `place`.
std::int64_t integer_of(const nlohmann::json& value, const std::string& place, ParseError& error);

}  // namespace sluice::scenario
