// Configuration of a process: one TOML file, and each key also an environment variable and a flag. Flag beats variable
// beats file beats default. An unknown key is an error that names it. Used by main, on one thread, before others start.
#pragma once

#include <CLI/CLI.hpp>
#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sluice::runtime {

/// Exit code for a wrong flag, key, value or file.
inline constexpr int kUsageExitCode = 2;

class Config {
 public:
  Config(const std::string& program, const std::string& description);

  /// Declares `name` (snake_case): `name = …` in the file, SLUICE_<NAME>, and --<name-with-dashes>. `value` holds the
  /// default and receives the effective value; it must outlive parse(). Types: std::string, bool, integers,
  /// std::vector<std::string>.
  template <typename T>
  CLI::Option* key(const std::string& name, T& value, const std::string& help) {
    CLI::Option* option = nullptr;
    if constexpr (std::same_as<T, bool>) {
      option = app_.add_flag(flag_names(name), value, help);
    } else {
      option = app_.add_option(flag_names(name), value, help)->capture_default_str();
    }
    declare(name, option, [&value] { return toml_value(value); });
    if constexpr (std::same_as<T, std::vector<std::string>>) option->delimiter(',');
    else option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    return option;
  }

  /// Reads file, environment and flags. What the process should end with: 0 after --help and --print-config,
  /// kUsageExitCode after an error (told on standard error); nullopt: go on.
  std::optional<int> parse(int argc, const char* const* argv);

  /// The effective configuration, as a file that could be given to --config.
  std::string effective_toml() const;
  /// Keys and effective values, without the user and password of an URL: for those who record it.
  std::vector<std::pair<std::string, std::string>> values() const;

  /// For what key() does not cover (requirements between flags, checks of values).
  CLI::App& app() { return app_; }

 private:
  struct Key {
    std::string name;
    CLI::Option* option;
    std::function<std::string()> print;
  };
  static std::string flag_names(const std::string& name);
  static std::string toml_value(const std::string& text);
  static std::string toml_value(const std::vector<std::string>& list);
  static std::string toml_value(bool truth) { return truth ? "true" : "false"; }
  template <std::integral Number>
  static std::string toml_value(Number number) {
    return std::to_string(number);
  }
  void declare(const std::string& name, CLI::Option* option, std::function<std::string()> print);
  std::vector<std::string> environment_arguments(const std::vector<std::string>& arguments) const;

  CLI::App app_;
  CLI::Option* config_file_ = nullptr;
  bool print_ = false;
  std::vector<Key> keys_;
};

/// A `host:port` as given to listen on; an IPv6 host stands in brackets. Errors: kInvalidArgument.
struct ListenAddress {
  std::string host;  // without brackets
  std::uint16_t port = 0;
};
Result<ListenAddress> parse_listen_address(std::string_view address);

/// The loopback rule: anything but localhost, 127.0.0.0/8 and ::1 needs `insecure`, because the ports speak plain text
/// and trust their callers. Errors: kInvalidArgument, the message says what to do.
Status check_listen_address(std::string_view address, bool insecure);

}  // namespace sluice::runtime
