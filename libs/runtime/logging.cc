#include "runtime/logging.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <mutex>

#include "runtime/clock.h"

namespace sluice::runtime {

namespace {

struct Form {
  std::string program = "sluice";
  LogFormat format = LogFormat::kText;
};
struct Logging {
  std::shared_ptr<spdlog::logger> logger;
  std::mutex mutex;  // a signal may be logged while the program sets up its log
  Form form;         // guarded by mutex

  Form current() {
    const std::lock_guard lock(mutex);
    return form;
  }
};

/// Never destroyed: lines may still be written while static objects go.
Logging& logging() {
  static Logging* const instance = [] {
    auto* fresh = new Logging;
    fresh->logger = std::make_shared<spdlog::logger>("sluice", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    fresh->logger->set_pattern("%v");  // the line is formatted here, so that text and JSON have the same fields
    fresh->logger->set_level(spdlog::level::info);
    return fresh;
  }();
  return *instance;
}

void append_escaped(fmt::memory_buffer& line, std::string_view text) {
  line.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      line.push_back('\\');
      line.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(line), "\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      line.push_back(c);
    }
  }
  line.push_back('"');
}

bool needs_quotes(std::string_view text) {
  return text.empty() || std::any_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '=' || c == '\\';
         });
}

std::string timestamp() {
  const Nanos now = wall_now();
  const std::time_t seconds = now.value() / kNanosPerSecond;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(seconds), now.value() % kNanosPerSecond / 1000);
}

std::string_view level_name(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::debug: return "debug";
    case spdlog::level::warn: return "warn";
    case spdlog::level::err: return "error";
    default: return "info";
  }
}

void write_text(fmt::memory_buffer& line, const std::string& program, std::string_view level, std::string_view message,
                LogFields fields) {
  fmt::format_to(std::back_inserter(line), "{} level={} program={} msg=", timestamp(), level, program);
  append_escaped(line, message);
  for (const LogField& field : fields) {
    fmt::format_to(std::back_inserter(line), " {}=", field.key);
    if (field.quoted && needs_quotes(field.value)) append_escaped(line, field.value);
    else line.append(field.value);
  }
}

void write_json(fmt::memory_buffer& line, const std::string& program, std::string_view level, std::string_view message,
                LogFields fields) {
  fmt::format_to(std::back_inserter(line), R"({{"time":"{}","level":"{}","program":"{}","msg":)", timestamp(), level,
                 program);
  append_escaped(line, message);
  for (const LogField& field : fields) {
    line.push_back(',');
    append_escaped(line, field.key);
    line.push_back(':');
    if (field.quoted) append_escaped(line, field.value);
    else line.append(field.value);
  }
  line.push_back('}');
}

void write(spdlog::level::level_enum level, std::string_view message, LogFields fields) {
  Logging& state = logging();
  if (!state.logger->should_log(level)) return;
  fmt::memory_buffer line;
  const Form form = state.current();
  if (form.format == LogFormat::kJson) write_json(line, form.program, level_name(level), message, fields);
  else write_text(line, form.program, level_name(level), message, fields);
  state.logger->log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

Status set_up_logging(std::string_view program, std::string_view level, LogFormat format) {
  struct Named {
    std::string_view name;
    spdlog::level::level_enum level;
  };
  constexpr std::array<Named, 5> kLevels{{{"debug", spdlog::level::debug},
                                          {"info", spdlog::level::info},
                                          {"warn", spdlog::level::warn},
                                          {"error", spdlog::level::err},
                                          {"off", spdlog::level::off}}};
  const auto* const found =
      std::find_if(kLevels.begin(), kLevels.end(), [&](const Named& named) { return named.name == level; });
  if (found == kLevels.end()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("log_level is debug, info, warn, error or off, not '{}'", level)};
  }
  Logging& state = logging();
  {
    const std::lock_guard lock(state.mutex);
    state.form = {std::string(program), format};
  }
  state.logger->set_level(found->level);
  state.logger->flush_on(spdlog::level::info);
  return ok_status();
}

void log_debug(std::string_view message, LogFields fields) { write(spdlog::level::debug, message, fields); }
void log_info(std::string_view message, LogFields fields) { write(spdlog::level::info, message, fields); }
void log_warn(std::string_view message, LogFields fields) { write(spdlog::level::warn, message, fields); }
void log_error(std::string_view message, LogFields fields) { write(spdlog::level::err, message, fields); }

}  // namespace sluice::runtime
