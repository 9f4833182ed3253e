#include "cli/scenario/json_reader.h"

#include <limits>

namespace sluice::scenario {

std::int64_t integer_of(const nlohmann::json& value, const std::string& place, ParseError& error) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const bool fits = value.is_number_integer() && (!value.is_number_unsigned() || value.get<std::uint64_t>() <= kMax);
  if (!fits) {
    error.report(place, "not a 64-bit integer: " + value.dump());
    return 0;
  }
  return value.get<std::int64_t>();
}

ObjectReader::ObjectReader(const nlohmann::json& object, std::string place, ParseError& error)
    : object_(object), place_(std::move(place)), error_(error) {
  if (!object_.is_object()) fail("not an object");
}

const nlohmann::json* ObjectReader::field(const std::string& name) {
  asked_.insert(name);
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

const nlohmann::json* ObjectReader::required(const std::string& name) {
  const nlohmann::json* value = field(name);
  if (value == nullptr) fail("field '" + name + "' is missing");
  return value;
}

std::vector<nlohmann::json> ObjectReader::array(const std::string& name, bool must) {
  const nlohmann::json* value = must ? required(name) : field(name);
  if (value == nullptr) return {};
  if (!value->is_array()) {
    fail("field '" + name + "' is not an array");
    return {};
  }
  return {value->begin(), value->end()};
}

std::int64_t ObjectReader::integer(const std::string& name) {
  const nlohmann::json* value = required(name);
  return value == nullptr ? 0 : integer_of(*value, place_ + "." + name, error_);
}

std::optional<std::int64_t> ObjectReader::optional_integer(const std::string& name) {
  if (field(name) == nullptr) return std::nullopt;
  return integer(name);
}

std::string ObjectReader::text(const std::string& name) {
  const nlohmann::json* value = required(name);
  if (value == nullptr) return {};
  if (!value->is_string()) {
    fail("field '" + name + "' is not a string");
    return {};
  }
  return value->get<std::string>();
}

std::optional<std::string> ObjectReader::optional_text(const std::string& name) {
  if (field(name) == nullptr) return std::nullopt;
  return text(name);
}

bool ObjectReader::flag(const std::string& name) {
  const nlohmann::json* value = field(name);
  if (value == nullptr) return false;
  if (!value->is_boolean()) fail("field '" + name + "' is not true or false");
  return value->is_boolean() && value->get<bool>();
}

void ObjectReader::finish() {
  if (!object_.is_object()) return;
  for (const auto& [name, value] : object_.items()) {
    if (!asked_.contains(name)) fail("unknown field '" + name + "'");
  }
}

}  // namespace sluice::scenario
