// Structured log lines on standard error: one line an event, `time level msg key=value …` or one JSON object. For
// operators, not for the audit (libs/audit) and never on the executing thread of an engine. Thread: any, after
// set_up_logging.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::runtime {

enum class LogFormat { kText, kJson };

/// One key and its value. Keys are snake_case; units stand last in the key (`wait_ms`).
struct LogField {
  LogField(std::string_view field_key, std::string_view text) : key(field_key), value(text), quoted(true) {}
  LogField(std::string_view field_key, const std::string& text) : LogField(field_key, std::string_view(text)) {}
  LogField(std::string_view field_key, const char* text) : LogField(field_key, std::string_view(text)) {}
  LogField(std::string_view field_key, bool truth) : key(field_key), value(truth ? "true" : "false") {}
  template <typename Number>
  requires((std::integral<Number> || std::floating_point<Number>)&&!std::same_as<Number, bool>)
      LogField(std::string_view field_key, Number number)
      : key(field_key), value(std::to_string(number)) {}

  std::string_view key;
  std::string value;
  bool quoted = false;  // text, so quotes in JSON
};
using LogFields = std::initializer_list<LogField>;

/// `program` goes into every line. `level` is debug, info, warn, error or off. Errors: kInvalidArgument for any other.
/// Call once, before other threads start. Without it lines of level info and above are written as text.
Status set_up_logging(std::string_view program, std::string_view level, LogFormat format = LogFormat::kText);

void log_debug(std::string_view message, LogFields fields = {});
void log_info(std::string_view message, LogFields fields = {});
void log_warn(std::string_view message, LogFields fields = {});
void log_error(std::string_view message, LogFields fields = {});

}  // namespace sluice::runtime
